/* Four locks: test-and-set, ticket, MCS and futex. See locks.h. */
#include "locks.h"

#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void relax(void)
{
	__builtin_ia32_pause();
}

/* --- test-and-set (test-and-test-and-set): no order */

static _Alignas(64) bool tas_taken;

static void tas_acquire(struct lock_node *own)
{
	(void)own;
	while (__atomic_exchange_n(&tas_taken, true, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&tas_taken, __ATOMIC_RELAXED))
			relax();
}

static void tas_release(struct lock_node *own)
{
	(void)own;
	__atomic_store_n(&tas_taken, false, __ATOMIC_RELEASE);
}

/* --- ticket, as in Linux 2.6.25 to 4.1: first come, first served, even if preempted */

static _Alignas(64) uint32_t ticket_next;
static _Alignas(64) uint32_t ticket_served;

static void ticket_acquire(struct lock_node *own)
{
	uint32_t mine = __atomic_fetch_add(&ticket_next, 1, __ATOMIC_RELAXED);

	(void)own;
	while (__atomic_load_n(&ticket_served, __ATOMIC_ACQUIRE) != mine)
		relax();
}

static void ticket_release(struct lock_node *own)
{
	(void)own;
	__atomic_store_n(&ticket_served, ticket_served + 1, __ATOMIC_RELEASE);
}

/* --- MCS (Mellor-Crummey and Scott 1991): a queue, every waiter spins on a separate cache line */

static _Alignas(64) struct lock_node *mcs_tail;

static void mcs_acquire(struct lock_node *own)
{
	struct lock_node *before;

	own->next = NULL;
	own->waiting = 1;
	before = __atomic_exchange_n(&mcs_tail, own, __ATOMIC_ACQ_REL);
	if (!before)
		return;
	__atomic_store_n(&before->next, own, __ATOMIC_RELEASE);
	while (__atomic_load_n(&own->waiting, __ATOMIC_ACQUIRE))
		relax();
}

static void mcs_release(struct lock_node *own)
{
	struct lock_node *last = own, *after = __atomic_load_n(&own->next, __ATOMIC_ACQUIRE);

	if (!after) {
		if (__atomic_compare_exchange_n(
			    &mcs_tail, &last, NULL, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
		while (!(after = __atomic_load_n(&own->next, __ATOMIC_ACQUIRE)))
			relax();
	}
	__atomic_store_n(&after->waiting, 0, __ATOMIC_RELEASE);
}

/* --- futex (Drepper, "Futexes are tricky", mutex 3): waiters sleep. 0 free, 1 taken, 2 taken with
 * possible sleepers */

static _Alignas(64) uint32_t futex_word;

static void futex_acquire(struct lock_node *own)
{
	uint32_t was = 0;

	(void)own;
	if (__atomic_compare_exchange_n(
		    &futex_word, &was, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&futex_word, 2, __ATOMIC_ACQUIRE) != 0)
		syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void futex_release(struct lock_node *own)
{
	(void)own;
	if (__atomic_exchange_n(&futex_word, 0, __ATOMIC_RELEASE) == 2)
		syscall(SYS_futex, &futex_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

const struct lock locks[] = {
	{"test-and-set", tas_acquire, tas_release},
	{"ticket", ticket_acquire, ticket_release},
	{"mcs", mcs_acquire, mcs_release},
	{"futex", futex_acquire, futex_release},
	{0},
};
