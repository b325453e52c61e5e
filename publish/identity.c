/* See identity.h. */
#include "publish/identity.h"

#include <ctype.h>
#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "publish/patterns.h"

enum { HOST_BYTES = 256, USER_BYTES = 4096 };

/* --- collecting ---------------------------------------------------------------------------------
 */

/* Names that say nothing of whose they are. */
static bool is_common(const char *word)
{
	static const char *const common[] = {"", "localhost", "localhost.localdomain", "root",
		"tare", "unknown", "none", "(none)", "0", "1"};

	for (size_t i = 0; i < ARRAY_COUNT(common); i++)
		if (strcasecmp(word, common[i]) == 0)
			return true;
	return false;
}

static void add_word(struct identity *identity, const char *word, const char *kind, size_t *count)
{
	if (!word || is_common(word))
		return;
	for (size_t i = 0; i < identity->count; i++)
		if (strcasecmp(identity->words[i].word, word) == 0)
			return;
	array_reserve(&identity->words, &identity->capacity, identity->count + 1);
	identity->words[identity->count++] = (struct identity_word){
		.word = str_dup(word), .instead = str_printf("%s-%zu", kind, ++*count)};
}

/* With the short form of a name in a domain, and the domains, but those at the top. */
static void add_host(struct identity *identity, const char *name)
{
	const char *dot = name ? strchr(name, '.') : NULL;

	add_word(identity, name, "host", &identity->hosts);
	if (!dot || isdigit((unsigned char)name[0]))
		return;
	cleanup_free char *shorter = str_printf("%.*s", (int)(dot - name), name);
	add_word(identity, shorter, "host", &identity->hosts);
	for (; strchr(dot + 1, '.'); dot = strchr(dot + 1, '.'))
		add_word(identity, dot + 1, "domain", &identity->domains);
}

static bool holds(const char *key, const char *word)
{
	return strcasestr(key, word) != NULL;
}

/* A fact whose key says that it tells one machine from all others. */
static bool is_serial(const char *key)
{
	static const char *const words[] = {
		"serial", "uuid", "asset", "wwn", "wwid", "machine_id", "boot_id"};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (holds(key, words[i]))
			return true;
	return false;
}

static void add_facts(struct identity *identity, const char *text, const char *machine)
{
	json_t *facts = text ? json_loads(text, 0, NULL) : NULL, *value;
	const char *key;

	json_object_foreach(facts, key, value)
	{
		const char *word = json_string_value(value);
		/* Inside guests and containers the host's name is the machine's, which tare gave.
		 * */
		if (word && (holds(key, "hostname") || holds(key, "nodename")) &&
			strcmp(word, machine) != 0)
			add_host(identity, word);
		else if (word && holds(key, "user") && !strchr(word, ' '))
			add_word(identity, word, "user", &identity->users);
		else if (word && is_serial(key))
			add_word(identity, word, "serial", &identity->serials);
	}
	json_decref(facts);
}

/* The hosts of a site file, those that measured nothing, too: the values of its keys "host" in any
 * place, names and ranges. A word of the file is found whatever YAML makes of it. */
static void add_site(struct identity *identity, const char *yaml)
{
	static const char key[] = "host:";

	for (const char *at = yaml; at && (at = strstr(at, key)); at += strlen(key)) {
		const char *value = at + strlen(key);
		if (at > yaml && isalnum((unsigned char)at[-1]))
			continue;
		value += strspn(value, " \t\"'");
		size_t length = strcspn(value, " \t\r\n,}#\"'[");
		cleanup_free char *name = str_printf("%.*s", (int)length, value);
		add_host(identity, name);
		/* node[01-04]: with any number behind it. */
		for (size_t i = 0; value[length] == '[' && i < identity->count; i++)
			identity->words[i].numbered |=
				strcasecmp(identity->words[i].word, name) == 0;
	}
}

static void add_here(struct identity *identity)
{
	char name[HOST_BYTES] = "", buffer[USER_BYTES];
	struct passwd entry, *user = NULL;

	if (getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &user) != 0)
		user = NULL;

	gethostname(name, sizeof(name) - 1);
	add_host(identity, name);
	add_word(identity, user ? user->pw_name : NULL, "user", &identity->users);
	add_word(identity, getenv("SUDO_USER"), "user", &identity->users);
}

static int compare_lengths(const void *left, const void *right)
{
	const struct identity_word *a = left, *b = right;
	size_t x = strlen(a->word), y = strlen(b->word);

	return x > y ? -1 : x < y ? 1 : strcmp(a->word, b->word);
}

/* --- names of the campaign ----------------------------------------------------------------------
 */

static bool is_word(const struct identity *identity, const char *name)
{
	for (size_t i = 0; i < identity->count; i++)
		if (name && strcasecmp(identity->words[i].word, name) == 0)
			return true;
	return false;
}

static int refuse(const char *name, struct error *e)
{
	return error_set(e,
		"\"%s\" is the name of a host or a user, and also one that the campaign uses: it "
		"cannot be left out; rename it there, or publish with --identify",
		name);
}

static int check_names(
	const struct identity *identity, const struct store_data *data, struct error *e)
{
	/* Keys of the events' and facts' JSON. */
	static const char *const keys[] = {
		"host", "target", "placement", "block", "seconds", "kernel", "image", "driver"};

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		if (is_word(identity, keys[i]))
			return refuse(keys[i], e);
	for (size_t i = 0; i < data->target_count; i++) {
		if (is_word(identity, data->targets[i].name))
			return refuse(data->targets[i].name, e);
		if (is_word(identity, data->targets[i].driver))
			return refuse(data->targets[i].driver, e);
	}
	for (size_t i = 0; i < data->metric_count; i++) {
		const struct data_metric *metric = &data->metrics[i];
		const char *names[] = {metric->benchmark, metric->name, metric->unit};
		for (size_t n = 0; n < ARRAY_COUNT(names); n++)
			if (is_word(identity, names[n]))
				return refuse(names[n], e);
	}
	return 0;
}

/* Those of an allocation that it was continued on, also where none of its machines ran there. */
static void add_allocations(struct identity *identity, const struct store_data *data)
{
	for (size_t i = 0; i < data->event_count; i++) {
		if (strcmp(data->events[i].kind, "hosts") != 0)
			continue;
		cleanup_free char *names = str_dup(data->events[i].text);
		for (char *rest = names, *name; (name = strsep(&rest, " "));)
			add_host(identity, name);
	}
}

int identity_collect(struct identity *identity, const struct store_data *data, struct error *e)
{
	add_here(identity);
	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		add_host(identity, machine->host);
		add_facts(identity, machine->facts_json, machine->name);
		add_facts(identity, machine->driver_json, machine->name);
	}
	add_site(identity, data->site_yaml);
	add_allocations(identity, data);
	qsort(identity->words, identity->count, sizeof(*identity->words), compare_lengths);
	return check_names(identity, data, e);
}

void identity_free(struct identity *identity)
{
	for (size_t i = 0; i < identity->count; i++) {
		free(identity->words[i].word);
		free(identity->words[i].instead);
	}
	free(identity->words);
	*identity = (struct identity){0};
}

/* --- replacing ----------------------------------------------------------------------------------
 */

/* The word of the identity, in whatever case, that begins here and ends where a word may; NULL:
 * none. */
static const struct identity_word *find_word(
	const struct identity *identity, const char *at, size_t *length)
{
	for (size_t i = 0; i < identity->count; i++) {
		const struct identity_word *word = &identity->words[i];
		*length = strlen(word->word);
		if (strncasecmp(at, word->word, *length) != 0)
			continue;
		if (word->numbered)
			*length += strspn(at + *length, "0123456789");
		if (!pattern_is_in_word(at[*length]))
			return word;
	}
	return NULL;
}

/* What is to be replaced here: kept bytes stay before it. The longer of a known word and a pattern,
 * for a user's name may begin an address of e-mail. Its length with what is kept; 0: nothing is. */
static size_t find_replaced(const struct identity *identity, const char *at, char before,
	size_t *kept, const char **instead)
{
	size_t word_length = 0;
	const struct identity_word *word = find_word(identity, at, &word_length);
	size_t length = pattern_match(at, before, kept, instead);

	if (!word || length > word_length)
		return length;
	*kept = 0;
	*instead = word->instead;
	return word_length;
}

char *identity_clean(void *context, const char *text)
{
	const struct identity *identity = context;
	cleanup_text struct text out = {0};
	const char *copied = text;

	for (const char *at = text; *at;) {
		size_t kept = 0, length = 0;
		const char *instead = NULL;
		char before = at == text ? '\0' : at[-1];
		if (!pattern_is_in_word(before))
			length = find_replaced(identity, at, before, &kept, &instead);
		if (!length) {
			at++;
			continue;
		}
		text_add_bytes(&out, copied, (size_t)(at - copied) + kept);
		text_add(&out, instead);
		copied = at += length;
	}
	if (copied == text)
		return NULL;
	text_add(&out, copied);
	return text_take(&out);
}
