/* A directory that stands for a host's /, and what reading it gives. */
#ifndef TARE_TESTS_COUNTERS_RIG_H
#define TARE_TESTS_COUNTERS_RIG_H

#include "counters/counters.h"

struct rig {
	char root[64];
	struct counters *counters;
	bool exit_reasons; /* asked for from the next reading on */
	struct counter_list before, after;
};

/* A fresh, empty root; self as in counters_new. */
void rig_open(struct rig *rig, pid_t self);
void rig_close(struct rig *rig);
/* Writes a file below the root, with its directories. */
void rig_write(const struct rig *rig, const char *path, const char *text);
/* The same with the content of a golden file: of this path below the golden root, or below the one
 * that was captured in a guest of Linux 6.1. */
void rig_copy(const struct rig *rig, const char *path);
void rig_copy_guest(const struct rig *rig, const char *path);
void rig_remove(const struct rig *rig, const char *path);

void rig_begin(struct rig *rig, const unsigned *cpus, size_t cpu_count, const char *campaign_id);
void rig_end(struct rig *rig);
/* The counter in a list; name NULL: the source as a whole. NULL: it is not there. */
const struct counter *rig_find(
	const struct counter_list *list, const char *source, const char *name);
/* Its value; the test fails where it is not there. */
double rig_value(const struct counter_list *list, const char *source, const char *name);
/* Why the source, or one of its counters, is not available; the test fails where it is. */
const char *rig_gap(const struct counter_list *list, const char *source, const char *name);

#endif
