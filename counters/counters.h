/* Counters of a host: what its kernel and hardware counted while a run went on. They are read at
 * the run's edges only, never in between, so that reading disturbs nothing. Each source (one file
 * each) says where it works; where it does not, the reason is its value: "not available" and zero
 * are two things. */
#ifndef TARE_COUNTERS_COUNTERS_H
#define TARE_COUNTERS_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum counter_kind {
	COUNTER_TOTAL, /* grows; what happened is the difference of the edges */
	COUNTER_TOTAL_32, /* the same, and begins again at 2^32 */
	COUNTER_LEVEL, /* is what it is at the moment */
};
/* "total", "total32", "level": as the store has them. */
const char *counter_kind_text(enum counter_kind kind);
/* -1: none of them. */
int counter_kind_read(const char *text, enum counter_kind *kind);

/* One counter at one edge. In a list, its strings are the list's. */
struct counter {
	const char *source; /* "cpu" */
	const char
		*name; /* within the source; NULL: this is the source as a whole, not available */
	const char *unit; /* "s", "bytes", "1"; NULL with the name */
	enum counter_kind kind;
	double value; /* NAN: not available */
	const char *note; /* not available: why. Else NULL, or what the value is about */
};

/* Zero-initialised is empty. */
struct counter_list {
	struct counter *items;
	size_t count, capacity;
	char **strings; /* those of the items */
	size_t string_count, string_capacity;
};
/* Copies the strings. */
void counter_list_add(struct counter_list *list, const struct counter *counter);
void counter_list_free(struct counter_list *list);

/* The same counter at both edges of a run. Strings are those of the lists. */
struct counter_pair {
	const char *source, *name, *unit, *note;
	enum counter_kind kind;
	double before, after; /* NAN: not available then */
};
/* Every counter of either edge once, in the order of the second edge; one that vanished in between,
 * or that came, has a note which says so. Caller frees the array; the lists must outlive it. */
size_t counters_pair(const struct counter_list *before, const struct counter_list *after,
	struct counter_pair **out);

/* What has to be remembered of a host between the edges of a run. */
struct counters;

/* root stands before every path ("": the host's own files). self: the process that the run's other
 * processes on this host descend from, if they do not have the campaign's id in their command
 * lines. Never fails. */
struct counters *counters_new(const char *root, pid_t self);
void counters_free(struct counters *counters); /* safe with NULL */
/* Where source xen asks libvirt instead of at xen:///system; the URI outlives the counters. */
void counters_ask_libvirt(struct counters *counters, const char *uri);

/* Takes away what campaigns that were killed had set in the kernel below root: those whose ids have
 * no entry in the directory run_root. */
void counters_clean(const char *root, const char *run_root);

/* What a run has on the host. */
struct counters_scope {
	const unsigned *cpus; /* the CPUs that its machines are on */
	size_t cpu_count;
	const char *campaign_id; /* in the command lines of what belongs to it */
	bool exit_reasons; /* count exits of KVM guests by reason, which costs a little */
};
/* Reads every source, before a run and after it; adds to out. */
void counters_begin(
	struct counters *counters, const struct counters_scope *scope, struct counter_list *out);
void counters_end(struct counters *counters, struct counter_list *out);

/* A file of a machine's, read by its agent; strings stay the caller's. */
struct captured_file {
	const char *path; /* "proc/stat" */
	const char *text; /* not found: why not */
	bool found;
};
/* What a guest's own kernel counts, from its files at one edge of a run; adds to out. The sources
 * are those of hosts that need nothing but files, their names begin with "guest_", and all of the
 * guest's CPUs are watched. */
void counters_read_captured(
	const struct captured_file *files, size_t count, struct counter_list *out);
/* The same for a guest that did not answer, and why. */
void counters_add_silent(struct counter_list *out, const char *why);

/* The sources, for lists of them: the index-th one's name and where it works; NULL: no more. */
const char *counters_source(size_t index, const char **where);

#endif
