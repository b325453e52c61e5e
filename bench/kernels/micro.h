/* The operations that tare-micro can time (micro_operations.c, micro_pairs.c), and those of them
 * that tare-exits uses. Knows nothing about how often they are run. */
#ifndef TARE_KERNELS_MICRO_H
#define TARE_KERNELS_MICRO_H

#include "operation.h"

extern const struct operation micro_operations[]; /* ends with a NULL name */

/* First write to a page of anonymous memory, whose mapping is made once and then emptied again and
 * again: pages that this process had before (micro_operations.c). */
void micro_page_fault_start(void);
void micro_page_fault_prepare(long count);
void micro_page_fault_run(long count);
void micro_page_fault_stop(void);
enum { MICRO_PAGES = 4096 };
/* How much later than asked a sleep of 100 us ends (micro_operations.c). */
void micro_timer_start(void);
double micro_timer_sample_ns(void);

/* Two processes that pass a token back and forth (micro_pairs.c). */
void micro_context_switch_start(void);
void micro_wakeup_futex_start(void);
void micro_wakeup_eventfd_start(void);
void micro_pair_run(long count);
void micro_pair_stop(void);
/* After micro_wakeup_futex_start: from the wake-up of a process whose CPU has been idle for 500 us
 * until it has run, as the waker, which keeps running, sees it. */
double micro_halted_wakeup_ns(void);
/* A thread of this process that is running on the second CPU (micro_pairs.c). */
void micro_shootdown_start(void);
void micro_shootdown_run(long count);
void micro_shootdown_stop(void);
/* The same without the thread: micro_shootdown_run has no other CPU to interrupt. */
void micro_shootdown_alone_start(void);
void micro_shootdown_alone_stop(void);

#endif
