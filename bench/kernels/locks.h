/* The locks that tare-lockhold compares, each of its own file-local state: one lock a process.
 * Textbook forms on purpose: how they behave when a holder loses its CPU is what is measured. */
#ifndef TARE_KERNELS_LOCKS_H
#define TARE_KERNELS_LOCKS_H

/* What one thread owns of a queueing lock; on a cache line of its own. */
struct lock_node {
	_Alignas(64) struct lock_node *next;
	int waiting;
};

struct lock {
	const char *name;
	void (*acquire)(struct lock_node *own);
	void (*release)(struct lock_node *own);
};

extern const struct lock locks[]; /* ends with a NULL name */

#endif
