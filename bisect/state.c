/* The search's file. See state.h. */
#include "bisect/state.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

enum { LARGEST_FILE_BYTES = 16 << 20, VERSION = 1 };

struct state {
	char *path;
	json_t *root;
};

/* --- what is asked ---------------------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *words_of(const struct argv *argv)
{
	json_t *words = json_array();

	for (size_t i = 0; argv && i < argv->count; i++)
		json_array_append_new(words, json_string(argv->words[i]));
	return words;
}

static json_t *revisions_of(const struct revisions *revisions)
{
	json_t *list = json_array();

	for (size_t i = 0; i < revisions->count; i++)
		json_array_append_new(list, json_string(revisions->list[i].name));
	return list;
}

static json_t *asked(const struct search_setup *setup, const char *yaml)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "campaign", yaml, "settings",
		text_or_null(setup->settings), "target", text_or_null(setup->target), "option",
		setup->option, "delta", text_or_null(setup->delta), "value",
		text_or_null(setup->value), "build", words_of(setup->command), "revisions",
		revisions_of(setup->revisions));
}

/* The first thing that differs, in the order of asked(); NULL: none. */
static const char *find_difference(const json_t *one, const json_t *other)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)one, key,
		value) if (!json_equal(value, json_object_get(other, key))) return key;
	return NULL;
}

/* --- the file --------------------------------------------------------------------------------- */

static int write_file(const struct state *state, struct error *e)
{
	char *text = json_dumps(state->root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	int status = -1;

	if (text)
		status = file_write(state->path, text, strlen(text), e);
	else
		error_set(e, "%s: cannot be written as JSON", state->path);
	free(text);
	return status;
}

static int begin(struct state *state, json_t *question, struct error *e)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		return error_set(e, "cannot draw a random seed");
	state->root = json_pack("{s:i, s:O, s:I, s:[]}", "version", VERSION, "asked", question,
		"seed", (json_int_t)seed, "blocks");
	if (!state->root)
		return error_set(e, "what is asked is not UTF-8 text");
	return write_file(state, e);
}

static int continue_with(
	struct state *state, const json_t *question, const char *directory, struct error *e)
{
	cleanup_free char *text = NULL;
	json_error_t mistake;
	size_t count;

	if (file_read(state->path, LARGEST_FILE_BYTES, &text, &count, e) < 0)
		return -1;
	state->root = json_loadb(text, count, 0, &mistake);
	if (!state->root || json_integer_value(json_object_get(state->root, "version")) != VERSION)
		return error_set(e, "%s: not written by this tare: %s", state->path,
			state->root ? "another version" : mistake.text);
	const char *key = find_difference(question, json_object_get(state->root, "asked"));

	if (key)
		return error_set(e, "%s holds a bisection with another %s; give another --out",
			directory, key);
	return 0;
}

struct state *state_open(const struct search_setup *setup, const char *yaml, struct error *e)
{
	struct state *state = mem_new(1, sizeof(*state));
	json_t *question = asked(setup, yaml);

	state->path = str_printf("%s/bisect.json", setup->directory);
	int status = file_exists(state->path) ? continue_with(state, question, setup->directory, e)
					      : begin(state, question, e);
	json_decref(question);
	if (status == 0)
		return state;
	state_free(state);
	return NULL;
}

void state_free(struct state *state)
{
	if (!state)
		return;
	json_decref(state->root);
	free(state->path);
	free(state);
}

uint64_t state_seed(const struct state *state)
{
	return (uint64_t)json_integer_value(json_object_get(state->root, "seed"));
}

/* --- blocks ----------------------------------------------------------------------------------- */

size_t state_block(const struct state *state, size_t block, size_t revisions[BISECT_STARTS_MOST])
{
	const json_t *list = json_array_get(json_object_get(state->root, "blocks"), block);
	size_t count = json_array_size(list);

	count = count < BISECT_STARTS_MOST ? count : BISECT_STARTS_MOST;
	for (size_t i = 0; i < count; i++)
		revisions[i] = (size_t)json_integer_value(json_array_get(list, i));
	return count;
}

int state_add_block(struct state *state, const size_t *revisions, size_t count, struct error *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer((json_int_t)revisions[i]));
	json_array_append_new(json_object_get(state->root, "blocks"), list);
	return write_file(state, e);
}

/* --- the answer ------------------------------------------------------------------------------- */

static json_t *untestable_of(const struct search_answer *answer, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (answer->untestable[i])
			json_array_append_new(list, json_integer((json_int_t)i));
	return list;
}

int state_write_answer(struct state *state, const struct search_answer *answer, struct error *e)
{
	size_t count = json_array_size(
		json_object_get(json_object_get(state->root, "asked"), "revisions"));
	cleanup_free char *metric = measured_metric_text(&answer->metric);
	json_t *chances = json_array();

	for (size_t k = 0; k + 1 < count; k++)
		json_array_append_new(chances, json_real(answer->chances[k]));
	json_object_set_new(state->root, "answer",
		json_pack("{s:s, s:o, s:o, s:{s:I, s:I, s:f}}", "metric", metric, "untestable",
			untestable_of(answer, count), "posterior", chances, "likeliest", "first",
			(json_int_t)answer->group.first, "last", (json_int_t)answer->group.last,
			"chance", answer->group.chance));
	return write_file(state, e);
}
