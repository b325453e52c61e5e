/* See written.h. */
#include "written.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "report/model/build.h"
#include "report/verdict/compare.h"
#include "report/write/formats.h"
#include "report/write/timing_write.h"

static void fail(const char *format, const char *what)
{
	fprintf(stderr, "%s: %s\n", format, what);
	abort();
}

/* No field of CSV begins like a formula, unless it is a number. */
static void check_fields(const char *format, const struct text *text)
{
	bool quoted = false, begins = true;

	for (size_t i = 0; i < text->count; i++) {
		char c = text->bytes[i], *end = NULL;

		if (begins && c != '"' && strchr("=+-@\t\r", c) && c) {
			strtod(text->bytes + i, &end);
			if (end == text->bytes + i || !strchr(",\n", *end))
				fail(format, "a formula");
		}
		begins = c == '"' ? begins && !quoted : !quoted && (c == ',' || c == '\n');
		quoted ^= c == '"';
	}
}

static void check_text(const char *format, const struct text *text)
{
	if (strcmp(format, "csv") == 0 || strcmp(format, "samples") == 0)
		check_fields(format, text);
	for (size_t i = 0; i < text->count; i++) {
		unsigned char c = (unsigned char)text->bytes[i];

		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			fail(format, "a control character");
	}
	if (strcmp(format, "json") == 0) {
		json_error_t problem;
		json_t *root = json_loadb(text->bytes, text->count, 0, &problem);

		if (!root)
			fail(format, problem.text);
		json_decref(root);
	}
}

static void write_format(const struct report_model *model, unsigned choice)
{
	cleanup_text struct text text = {0};
	size_t count = 0;

	while (report_formats[count].name)
		count++;
	const struct report_format *format = &report_formats[choice % (count + 1)];
	if (format->name)
		format->write(model, &text);
	else
		report_write_samples_csv(model, &text);
	check_text(format->name ? format->name : "samples", &text);
}

/* Against itself, which says nothing new of the numbers and everything of the code. */
static void write_comparison(const struct store_data *data, unsigned choice)
{
	struct compare_source source = {.data = data, .label = "one"}, other = source;
	struct compare_options options = {.force = true, .details = true};
	struct comparison *comparison = NULL;
	cleanup_text struct text text = {0};
	struct error e = {""};
	size_t count = 1; /* there is one */

	other.label = "two";
	if (compare_new(&source, &other, &options, &comparison, &e) < 0)
		return;
	while (compare_formats[count].name)
		count++;
	const struct compare_format *format = &compare_formats[choice % count];
	format->write(comparison, &text);
	check_text(format->name, &text);
	compare_free(comparison);
}

void written_check(const struct store_data *data, unsigned choice)
{
	struct report_options options = {.confidence = 0.95,
		.width = choice & 1 << 12 ? 40 : 0,
		.all = choice & 1 << 13,
		.area = (choice >> 14) == 1   ? "disk"
			: (choice >> 14) == 2 ? "linpack"
					      : NULL};
	struct report_model *model = NULL;
	cleanup_text struct text timing = {0};
	struct error e = {""};

	if (choice % 4 == 0) {
		write_comparison(data, choice / 4);
	} else if (choice % 4 == 1) {
		if (report_timing(data, true, &timing, &e) == 0)
			check_text("json", &timing);
	} else if (report_model_new(data, &options, &model, &e) == 0) {
		write_format(model, choice / 4);
		report_model_free(model);
	}
}

unsigned written_choice(const uint8_t *bytes, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = sum * 31 + bytes[i];
	return sum >> 16;
}
