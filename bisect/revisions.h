/* The revisions that a bisection is about, from a good one to a bad one: commits of a repository,
 * names that a build command understands, or values of a target's option. */
#ifndef TARE_BISECT_REVISIONS_H
#define TARE_BISECT_REVISIONS_H

#include <stddef.h>

#include "base/error.h"

struct revision {
	char *name; /* a commit's whole hash, or as it was given */
	char *subject; /* of a commit; "" */
};

/* The first is good, the last is bad. Zero-initialised is empty. */
struct revisions {
	struct revision *list;
	size_t count;
};

enum { REVISIONS_MOST = 4096 };

/* The commits from good to bad, a merge being one commit (git rev-list --first-parent). Unknown
 * revisions, and a good one that is no ancestor of the bad one, are errors. The caller frees *out
 * with revisions_free, also after an error. */
int revisions_from_git(const char *repository, const char *good, const char *bad,
	struct revisions *out, struct error *e);
/* One a line; empty lines and those that begin with # are left out. */
int revisions_from_file(const char *path, struct revisions *out, struct error *e);
int revisions_from_values(
	const char *const *values, size_t count, struct revisions *out, struct error *e);
void revisions_free(struct revisions *revisions);

/* What people call it: "17 (3f2a1b9c Make it slower)", "3 (/opt/qemu-10/qemu)". Caller frees. */
char *revisions_label(const struct revisions *revisions, size_t index);
/* The part of the name that files are called by. Caller frees. */
char *revisions_file_name(const struct revisions *revisions, size_t index);

#endif
