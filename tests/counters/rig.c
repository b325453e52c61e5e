/* See rig.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "tests/counters/rig.h"

enum { GOLDEN_LIMIT = 1 << 20 };

void rig_open(struct rig *rig, pid_t self)
{
	*rig = (struct rig){.root = "/tmp/tare-counters-XXXXXX"};
	assert_non_null(mkdtemp(rig->root));
	rig->counters = counters_new(rig->root, self);
}

void rig_close(struct rig *rig)
{
	counters_free(rig->counters);
	counter_list_free(&rig->before);
	counter_list_free(&rig->after);
	assert_int_equal(dir_remove(rig->root, NULL), 0);
}

static void write_bytes(const struct rig *rig, const char *path, const char *bytes, size_t count)
{
	cleanup_free char *whole = str_printf("%s/%s", rig->root, path);
	cleanup_free char *directory = str_dup(whole);
	struct error e = {""};

	*strrchr(directory, '/') = '\0';
	if (dir_make(directory, &e) < 0 || file_write(whole, bytes, count, &e) < 0)
		fail_msg("%s", e.text);
}

void rig_write(const struct rig *rig, const char *path, const char *text)
{
	write_bytes(rig, path, text, strlen(text));
}

static void copy(const struct rig *rig, const char *top, const char *path)
{
	cleanup_free char *from =
		str_printf("%s/tests/golden/counters%s/%s", TARE_SOURCE_DIR, top, path);
	cleanup_free char *bytes = NULL;
	struct error e = {""};
	size_t count;

	if (file_read(from, GOLDEN_LIMIT, &bytes, &count, &e) < 0)
		fail_msg("%s", e.text);
	write_bytes(rig, path, bytes, count);
}

void rig_copy(const struct rig *rig, const char *path)
{
	copy(rig, "", path);
}

void rig_copy_guest(const struct rig *rig, const char *path)
{
	copy(rig, "/guest", path);
}

void rig_remove(const struct rig *rig, const char *path)
{
	cleanup_free char *whole = str_printf("%s/%s", rig->root, path);

	assert_int_equal(dir_remove(whole, NULL), 0);
}

void rig_begin(struct rig *rig, const unsigned *cpus, size_t cpu_count, const char *campaign_id)
{
	struct counters_scope scope = {cpus, cpu_count, campaign_id, rig->exit_reasons};

	counter_list_free(&rig->before);
	counters_begin(rig->counters, &scope, &rig->before);
}

void rig_end(struct rig *rig)
{
	counter_list_free(&rig->after);
	counters_end(rig->counters, &rig->after);
}

const struct counter *rig_find(
	const struct counter_list *list, const char *source, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct counter *counter = &list->items[i];
		bool same = name && counter->name ? strcmp(name, counter->name) == 0
						  : name == counter->name;
		if (same && strcmp(counter->source, source) == 0)
			return counter;
	}
	return NULL;
}

double rig_value(const struct counter_list *list, const char *source, const char *name)
{
	const struct counter *counter = rig_find(list, source, name);

	if (!counter) {
		fail_msg("%s has no %s", source, name);
		return NAN; /* not reached */
	}
	if (!isfinite(counter->value))
		fail_msg("%s %s: %s", source, name, counter->note);
	return counter->value;
}

const char *rig_gap(const struct counter_list *list, const char *source, const char *name)
{
	const struct counter *counter = rig_find(list, source, name);

	if (!counter || isfinite(counter->value) || !counter->note) {
		fail_msg("%s %s: there is no reason why it is not available", source,
			name ? name : "");
		return ""; /* not reached */
	}
	return counter->note;
}
