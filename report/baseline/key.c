/* What a stored campaign can be compared with, as names of directories. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "report/baseline/baseline.h"

enum { DIGEST_SHOWN = 12, NAME_SHOWN = 40 };

/* Letters, digits and ".-_" stay; the first is no dot, so that the name is never hidden. */
static void add_plain(struct text *out, const char *name, size_t most)
{
	for (size_t i = 0; i < most && name[i]; i++) {
		char c = name[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i > 0);

		text_add_bytes(out, plain ? &c : "_", 1);
	}
}

/* Fowler, Noll and Vo's hash (FNV-1a): tells texts apart, and protects nothing. */
static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash;
}

static char *text_fact(const struct data_machine *machine, const char *key)
{
	json_t *facts = json_loads(machine->facts_json ? machine->facts_json : "", 0, NULL);
	char *text = str_dup(json_string_value(json_object_get(facts, key)));

	json_decref(facts);
	return text;
}

static void add_once(struct text *out, const char *word)
{
	if (word && (!out->count || !strstr(out->bytes, word)))
		text_addf(out, "%s%s", out->count ? ", " : "", word);
}

/* The hosts by the names that the site has for them. A host called "localhost" has the name that a
 * native machine found there. CPU models of natives tell hosts of one name apart. */
static char *host_key(const struct store_data *data)
{
	cleanup_text struct text names = {0}, models = {0};
	struct text key = {0};

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		bool native = strcmp(data->targets[machine->target_index].driver, "native") == 0;
		bool here = machine->host && strcmp(machine->host, "localhost") == 0;
		cleanup_free char *own = native ? text_fact(machine, "hostname") : NULL;
		cleanup_free char *model = native ? text_fact(machine, "cpu_model") : NULL;

		if (!here || own)
			add_once(&names, here ? own : machine->host);
		add_once(&models, model);
	}
	if (!names.count)
		text_add(&names, data->machine_count ? "localhost" : "unknown");
	add_plain(&key, names.bytes, NAME_SHOWN);
	text_add(&names, "\n");
	text_add(&names, models.count ? models.bytes : "");
	text_addf(&key, "-%08" PRIx32, hash_of(names.bytes));
	return text_take(&key);
}

/* What follows the algorithm, "sha256:". */
static const char *digits_of(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

static char *image_key(const struct store_data *data)
{
	struct text key = {0};

	if (!data->image_digest || !*data->image_digest)
		return str_dup("no-image");
	add_plain(&key, digits_of(data->image_digest), DIGEST_SHOWN);
	return text_take(&key);
}

/* An import has no campaign file: what it has for its digest is that of the measurements. */
static char *campaign_key(const struct store_data *data)
{
	struct text key = {0};

	add_plain(&key, data->name, NAME_SHOWN);
	text_add(&key, "-");
	if (store_is_imported(data))
		text_add(&key, "imported");
	else
		add_plain(&key, data->yaml_digest, DIGEST_SHOWN);
	return text_take(&key);
}

static char *entry_key(const struct store_data *data)
{
	struct text key = {0};
	char time[CLOCK_TEXT_BYTES];

	for (const char *at = clock_utc_text(data->started_ns, time); *at; at++)
		if (*at != '-' && *at != ':')
			text_add_bytes(&key, at, 1);
	text_add(&key, "Z-");
	add_plain(&key, data->campaign_id, NAME_SHOWN);
	return text_take(&key);
}

void baseline_key_of(const struct store_data *data, struct baseline_key *key)
{
	*key = (struct baseline_key){
		host_key(data), image_key(data), campaign_key(data), entry_key(data)};
}

void baseline_key_free(struct baseline_key *key)
{
	free(key->host);
	free(key->image);
	free(key->campaign);
	free(key->entry);
	*key = (struct baseline_key){0};
}
