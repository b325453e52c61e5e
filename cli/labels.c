/* See labels.h. */
#include "cli/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { PARAMETERS_MAX = 64 };

/* An entry's parameters: "key=value" each. */
struct words {
	char *list[PARAMETERS_MAX]; /* owned */
	size_t count;
};

/* Whether "key=…" follows. */
static bool begins_parameter(const char *text)
{
	return text[strcspn(text, " =(")] == '=';
}

/* How long the first parameter is; values may hold blanks: "network=delay 2ms", and in brackets
 * other parameters: "background=disk(size=1M seconds=2)". */
static size_t parameter_bytes(const char *text)
{
	size_t length = 0;
	int depth = 0;

	for (; text[length]; length++) {
		depth += (text[length] == '(') - (text[length] == ')');
		if (text[length] == ' ' && depth == 0 && begins_parameter(text + length + 1))
			break;
	}
	return length;
}

static void words_read(const char *parameters, struct words *words)
{
	words->count = 0;
	while (*parameters && words->count < PARAMETERS_MAX) {
		size_t length = parameter_bytes(parameters);
		words->list[words->count++] = str_printf("%.*s", (int)length, parameters);
		parameters += length + strspn(parameters + length, " ");
	}
}

static void words_drop(struct words *words, size_t index)
{
	free(words->list[index]);
	memmove(&words->list[index], &words->list[index + 1],
		(--words->count - index) * sizeof(*words->list));
}

static bool has_word(const char *parameters, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = parameters; (at = strstr(at, word)); at += length)
		if ((at == parameters || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* Whether an entry's words but the skipped-th say which of its benchmark's entries it is. */
static bool tell_apart(const struct campaign *campaign, const struct campaign_benchmark *b,
	const struct words *words, size_t skipped)
{
	for (size_t i = 0; i < campaign->benchmark_count; i++) {
		const struct campaign_benchmark *other = &campaign->benchmarks[i];
		bool differs = other == b || other->benchmark != b->benchmark;
		for (size_t w = 0; w < words->count && !differs; w++)
			differs = w != skipped && !has_word(other->parameters, words->list[w]);
		if (!differs)
			return false;
	}
	return true;
}

/* A word as a label has it: where the values are words to choose from, the value says enough. */
static const char *short_word(const struct campaign_benchmark *b, const char *word)
{
	const char *value = strchr(word, '=');
	cleanup_free char *key = str_printf("%.*s", (int)(value ? value - word : 0), word);
	const struct option_row *row = option_find(b->benchmark->options, key);

	return row && row->type == OPTION_CHOICE ? value + 1 : word;
}

char *label_benchmark(const struct campaign *campaign, const struct campaign_benchmark *b)
{
	struct text label = {0};
	struct words words;

	words_read(b->parameters, &words);
	for (size_t w = words.count; w-- > 0;)
		if (tell_apart(campaign, b, &words, w))
			words_drop(&words, w);
	text_add(&label, b->benchmark->name);
	while (words.count) {
		text_addf(&label, " %s", short_word(b, words.list[0]));
		words_drop(&words, 0);
	}
	return text_take(&label);
}

char *label_find(const struct campaign *campaign, const char *benchmark, const char *parameters)
{
	for (size_t i = 0; i < campaign->benchmark_count; i++) {
		const struct campaign_benchmark *b = &campaign->benchmarks[i];
		if (strcmp(b->benchmark->name, benchmark) == 0 &&
			strcmp(b->parameters, parameters) == 0)
			return label_benchmark(campaign, b);
	}
	return str_printf("%s%s%s", benchmark, parameters[0] ? " " : "", parameters);
}
