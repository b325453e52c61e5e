/* The text that the programs under kernels/ print: see timing.h. */
#include "bench/timing.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { WORD_BYTES = 48, REASON_BYTES = 200, SERIES_MAX = 4096, VALUES_MAX = 10000000 };

struct scanner {
	const char *at, *end;
	size_t line; /* 1-based, of the last word */
	char word[WORD_BYTES];
};

/* The next word, NUL-terminated in s->word. Words end at blanks and newlines only: a word at the
 * very end of the text is an error, as is one that is too long or not printable. */
static int next_word(struct scanner *s, struct error *e)
{
	size_t count = 0;

	while (s->at < s->end && (*s->at == ' ' || *s->at == '\n'))
		s->line += *s->at++ == '\n';
	while (s->at < s->end && *s->at != ' ' && *s->at != '\n') {
		if (!isgraph((unsigned char)*s->at) || count + 1 == WORD_BYTES)
			return error_set(e,
				"output line %zu: unexpected character or too long a word",
				s->line);
		s->word[count++] = *s->at++;
	}
	s->word[count] = '\0';
	if (s->at == s->end)
		return error_set(e, "output line %zu: truncated", s->line);
	return 0;
}

/* The next word as a number from 0 to maximum. Only digits, '.', 'e', 'E', '+' and '-' are allowed:
 * strtod alone would also accept "inf", "nan" and hexadecimal. */
static int next_number(struct scanner *s, double maximum, double *value, struct error *e)
{
	char *end;

	if (next_word(s, e) < 0)
		return -1;
	*value = strtod(s->word, &end);
	if (!s->word[0] || *end || s->word[strspn(s->word, "0123456789.eE+-")] ||
		!(*value >= 0 && *value <= maximum))
		return error_set(e, "output line %zu: expected a number from 0 to %g, got \"%s\"",
			s->line, maximum, s->word);
	return 0;
}

static int next_count(struct scanner *s, double maximum, size_t *count, struct error *e)
{
	double value;

	if (next_number(s, maximum, &value, e) < 0)
		return -1;
	if (value != floor(value))
		return error_set(e, "output line %zu: expected a count", s->line);
	*count = (size_t)value;
	return 0;
}

static int metric_index(const struct metric *metrics, const char *name)
{
	for (int i = 0; metrics[i].name; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return i;
	return -1;
}

static bool has_series(const struct samples *samples, unsigned metric, double x)
{
	for (size_t i = 0; i < samples->count; i++)
		if (samples->series[i].metric == metric && samples->series[i].x == x)
			return true;
	return false;
}

/* One series after its name, which is s->word. */
static int parse_series(
	struct scanner *s, const struct metric *metrics, struct samples *out, struct error *e)
{
	int metric = metric_index(metrics, s->word);
	double x, value;
	size_t count;

	if (metric < 0)
		return error_set(e, "output line %zu: unknown metric \"%s\"", s->line, s->word);
	if (next_number(s, 1e15, &x, e) < 0 || next_count(s, VALUES_MAX, &count, e) < 0)
		return -1;
	if (count == 0)
		return error_set(e, "output line %zu: a series without values", s->line);
	if (!metrics[metric].x_name && x != 0)
		return error_set(
			e, "output line %zu: %s has no axis", s->line, metrics[metric].name);
	if (has_series(out, (unsigned)metric, x))
		return error_set(
			e, "output line %zu: duplicate %s at %g", s->line, metrics[metric].name, x);
	for (size_t i = 0; i < count; i++)
		if (next_number(s, 1e15, &value, e) < 0 ||
			bench_samples_add(out, (unsigned)metric, x, value, e) < 0)
			return -1;
	return 0;
}

/* "gap NAME REASON": the name is the next word, the reason the rest of the line. */
static int parse_gap(
	struct scanner *s, const struct metric *metrics, struct samples *out, struct error *e)
{
	size_t count = 0;
	char reason[REASON_BYTES];

	if (next_word(s, e) < 0)
		return -1;
	int metric = metric_index(metrics, s->word);
	if (metric < 0)
		return error_set(e, "output line %zu: unknown metric \"%s\"", s->line, s->word);
	for (size_t i = 0; i < out->gap_count; i++)
		if (out->gaps[i].metric == (unsigned)metric)
			return error_set(e, "output line %zu: duplicate gap of %s", s->line,
				metrics[metric].name);
	while (s->at < s->end && *s->at == ' ')
		s->at++;
	for (; s->at < s->end && *s->at != '\n'; s->at++) {
		if (!isprint((unsigned char)*s->at) || count + 1 == sizeof(reason))
			return error_set(
				e, "output line %zu: unexpected character in a reason", s->line);
		reason[count++] = *s->at;
	}
	reason[count] = '\0';
	if (count == 0 || s->at == s->end)
		return error_set(e, "output line %zu: truncated", s->line);
	bench_samples_add_gap(out, (unsigned)metric, reason);
	return 0;
}

static int parse_all(struct scanner *s, const char *program, const struct metric *metrics,
	struct samples *out, struct error *e)
{
	size_t announced, series = 0;
	double version;

	if (next_word(s, e) < 0)
		return -1;
	if (strcmp(s->word, program) != 0)
		return error_set(e, "output line %zu: expected \"%s 1\", got \"%s\"", s->line,
			program, s->word);
	if (next_number(s, 1e6, &version, e) < 0)
		return -1;
	if (version != 1)
		return error_set(e,
			"%s prints format %g, expected 1: rebuild the image with tare image",
			program, version);
	for (;;) {
		if (next_word(s, e) < 0)
			return -1;
		if (strcmp(s->word, "done") == 0)
			break;
		if (strcmp(s->word, "gap") == 0) {
			if (parse_gap(s, metrics, out, e) < 0)
				return -1;
			continue;
		}
		if (series++ == SERIES_MAX)
			return error_set(e, "more than %d series", SERIES_MAX);
		if (parse_series(s, metrics, out, e) < 0)
			return -1;
	}
	if (next_count(s, SERIES_MAX, &announced, e) < 0)
		return -1;
	if (announced != series || s->end - s->at != 1)
		return error_set(e,
			"output line %zu: %zu series instead of %zu, or text after the end",
			s->line, series, announced);
	return 0;
}

int timing_parse(const char *program, const struct metric *metrics, const char *text, size_t length,
	struct samples *out, struct error *e)
{
	struct scanner s = {.at = text, .end = text + length, .line = 1};

	if (parse_all(&s, program, metrics, out, e) < 0)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		if (out->series[i].metric == 0)
			return 0;
	return error_set(e, "%s measured no %s", program, metrics[0].name);
}

void timing_add_sizes(struct argv *argv, const struct number_list *sizes)
{
	cleanup_text struct text text = {0};

	for (size_t i = 0; i < sizes->count; i++)
		text_addf(&text, "%s%lld", i ? "," : "", (long long)sizes->values[i]);
	argv_add(argv, text.bytes ? text.bytes : "");
}
