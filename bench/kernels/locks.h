/* The locks that tare-lockhold compares. Their state is file-local: one lock of each kind per
 * process. They are textbook forms on purpose, without measures against a preempted holder. */
#ifndef TARE_KERNELS_LOCKS_H
#define TARE_KERNELS_LOCKS_H

/* A thread's node in a queueing lock, on a separate cache line. */
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
