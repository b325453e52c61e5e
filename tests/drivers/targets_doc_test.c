/* docs/targets.md against the tables that it was written from. TARE_UPDATE_GOLDEN=1 writes the
 * parts between the marks anew: read the difference before it is committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/domain.h"
#include "drivers/driver.h"

#define DOC TARE_SOURCE_DIR "/docs/targets.md"

enum { LIMIT = 1 << 20 };

static const char *yes(bool is)
{
	return is ? "yes" : "";
}

static void add_targets(struct text *out)
{
	text_add(out,
		"| target | what it is | driver and options | host | kernel | own address | "
		"CPUs | save | migrate | counters |\n|---|---|---|---|---|---|---|---|---|---|\n");
	for (const struct target *target = targets; target->name; target++) {
		const struct driver *driver = driver_find(target->driver);
		void *options = target_options(target);
		unsigned caps = driver_caps(driver, options);
		options_free(driver->options, options);
		text_addf(out, "| `%s` | %s | %s", target->name, target->summary, driver->name);
		for (const struct target_preset *at = target->presets; at->option; at++)
			text_addf(out, ", %s=%s", at->option, at->value);
		text_addf(out, " | %s | %s | %s | ",
			target->environment ? target->environment : "any",
			caps & CAP_SHARES_KERNEL ? "the host's" : "its own",
			yes(caps & CAP_OWN_NETWORK));
		if (driver->cpus_max)
			text_addf(out, "%u", driver->cpus_max);
		text_addf(out, " | %s | %s | %s |\n", yes(caps & CAP_SAVE), yes(caps & CAP_MIGRATE),
			yes(caps & CAP_STORAGE_COUNTERS));
	}
}

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

static void add_devices(struct text *out)
{
	text_add(out, "| devices | disks | bus | network card | machine | root, scratch in the "
		      "guest |\n|---|---|---|---|---|---|\n");
	for (const struct device_model *row = device_models; row->name; row++) {
		text_addf(out, "| `%s` | %s | %s | %s | %s | ", row->name,
			!row->bus            ? "none: directories"
			: row->writable_root ? "writable root, a layer over the image"
					     : "read-only root",
			or_nothing(row->bus), or_nothing(row->nic), or_nothing(row->machine));
		text_addf(out, row->root ? "%s, %s |\n" : "|\n", row->root, row->scratch);
	}
}

static void add_choices(struct text *out, const struct option_row *row)
{
	text_add(out, "; ");
	for (const char *const *choice = row->choices; *choice; choice++)
		text_addf(out, "%s`%s`", choice == row->choices ? "" : ", ", *choice);
}

static void add_options(struct text *out)
{
	for (const struct driver *const *at = drivers; *at; at++) {
		const struct driver *driver = *at;
		text_addf(out, "%s### %s: %s\n\n| option | default | meaning |\n|---|---|---|\n",
			at == drivers ? "" : "\n", driver->name, driver->summary);
		for (const struct option_row *row = driver->options; row->name; row++) {
			text_addf(out, "| `%s` | %s | %s", row->name, or_nothing(row->default_text),
				row->help);
			if (row->choices)
				add_choices(out, row);
			text_add(out, " |\n");
		}
	}
}

static const struct part {
	const char *name;
	void (*add)(struct text *out);
} parts[] = {{"targets", add_targets}, {"devices", add_devices}, {"options", add_options}};

/* The document with its parts as they have to be. Caller frees. */
static char *renewed(const char *document)
{
	struct text out = {0};
	const char *at = document;

	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		cleanup_free char *begin = str_printf("<!-- begin %s -->\n", parts[i].name);
		cleanup_free char *end = str_printf("<!-- end %s -->\n", parts[i].name);
		const char *from = strstr(at, begin), *to = strstr(at, end);
		if (!from || !to || to < from) {
			fail_msg("docs/targets.md lacks the marks of %s", parts[i].name);
			break;
		}
		text_add_bytes(&out, at, (size_t)(from - at) + strlen(begin));
		text_add(&out, "\n");
		parts[i].add(&out);
		text_add(&out, "\n");
		at = to;
	}
	text_add(&out, at);
	return text_take(&out);
}

static void tables_are_current(void **state)
{
	(void)state;
	cleanup_free char *document = NULL;
	struct error e = {""};
	size_t count;

	if (file_read(DOC, LIMIT, &document, &count, &e) < 0 || !document) {
		fail_msg("%s", e.text);
		return;
	}
	cleanup_free char *expected = renewed(document);
	if (getenv("TARE_UPDATE_GOLDEN")) {
		assert_int_equal(file_write(DOC, expected, strlen(expected), &e), 0);
		return;
	}
	assert_string_equal(document, expected);
}

/* Appends a source file with the seams of its split string literals closed. */
static void add_source(struct text *out, const char *path)
{
	cleanup_free char *bytes = NULL;
	struct error e = {""};
	size_t count;

	if (file_read(path, LIMIT, &bytes, &count, &e) < 0 || !bytes) {
		fail_msg("%s", e.text);
		return;
	}
	for (const char *at = bytes; *at; at++) {
		size_t blanks = *at == '"' ? strspn(at + 1, " \t\n") : 0;
		if (blanks > 0 && memchr(at + 1, '\n', blanks) && at[1 + blanks] == '"')
			at += 1 + blanks;
		else
			text_add_bytes(out, at, 1);
	}
}

/* Every reason that the document quotes is one that a driver gives. */
static void reasons_exist(void **state)
{
	(void)state;
	cleanup_text struct text sources = {0};
	cleanup_free char *document = NULL;
	cleanup_dir DIR *dir = opendir(TARE_SOURCE_DIR "/drivers");
	struct dirent *entry;
	size_t size, count = 0;

	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		cleanup_free char *path = str_printf(TARE_SOURCE_DIR "/drivers/%s", entry->d_name);
		if (dot && strcmp(dot, ".c") == 0)
			add_source(&sources, path);
	}
	assert_int_equal(file_read(DOC, LIMIT, &document, &size, NULL), 0);
	if (!document || !sources.bytes) {
		fail_msg("nothing read");
		return;
	}
	for (char *at = strstr(document, "\n| reason |"); (at = strstr(at, "\n| \"")); count++) {
		char *reason = at + strlen("\n| \"");
		at = strstr(reason, "\" |");
		assert_non_null(at);
		*at++ = '\0';
		/* The program's name is not part of the literal. */
		const char *words = strstr(reason, ": not installed");
		if (!strstr(sources.bytes, words ? words : reason))
			fail_msg("no driver says \"%s\"", reason);
	}
	assert_true(count >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_current),
		cmocka_unit_test(reasons_exist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
