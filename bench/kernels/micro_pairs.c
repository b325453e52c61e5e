/* Operations of tare-micro with a partner: a process on the same or on another CPU that returns a
 * token, and a thread that must be interrupted. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "micro.h"
#include "micro_cpus.h"

/* One way to hand a token over. End 0 is the parent, end 1 the child. */
struct relay {
	void (*give)(int to, uint32_t token);
	uint32_t (*take)(int at);
};

static struct {
	const struct relay *relay;
	pid_t child;
	uint32_t token;
	int pipes[2][2], events[2]; /* to end 0, to end 1 */
	_Atomic uint32_t *words; /* the same, shared by both processes */
} pair;

static void pipe_give(int to, uint32_t token)
{
	unsigned char byte = (unsigned char)token;

	if (write(pair.pipes[to][1], &byte, 1) != 1)
		kernel_die("context_switch: %s", strerror(errno));
}

static uint32_t pipe_take(int at)
{
	unsigned char byte;

	if (read(pair.pipes[at][0], &byte, 1) != 1)
		kernel_die("context_switch: the other process has ended");
	return byte;
}

static void futex_give(int to, uint32_t token)
{
	atomic_store(&pair.words[to], token);
	syscall(SYS_futex, &pair.words[to], FUTEX_WAKE, 1, NULL, NULL, 0);
}

static uint32_t futex_take(int at)
{
	uint32_t token;

	while ((token = atomic_exchange(&pair.words[at], 0)) == 0)
		syscall(SYS_futex, &pair.words[at], FUTEX_WAIT, 0, NULL, NULL, 0);
	return token;
}

static void eventfd_give(int to, uint32_t token)
{
	uint64_t value = token;

	if (write(pair.events[to], &value, sizeof(value)) != sizeof(value))
		kernel_die("wakeup_eventfd: %s", strerror(errno));
}

static uint32_t eventfd_take(int at)
{
	uint64_t value;

	if (read(pair.events[at], &value, sizeof(value)) != sizeof(value))
		kernel_die("wakeup_eventfd: %s", strerror(errno));
	return (uint32_t)value;
}

static void child_loop(int cpu, pid_t father)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != father)
		_exit(1);
	micro_pin(cpu);
	for (;;)
		pair.relay->give(0, pair.relay->take(1));
}

static void pair_start(const struct relay *relay, int cpu)
{
	pid_t father = getpid();

	pair.relay = relay;
	pair.token = 0;
	pair.child = fork();
	if (pair.child < 0)
		kernel_die("fork: %s", strerror(errno));
	if (pair.child == 0)
		child_loop(cpu, father);
}

void micro_context_switch_start(void)
{
	static const struct relay relay = {pipe_give, pipe_take};

	if (pipe(pair.pipes[0]) != 0 || pipe(pair.pipes[1]) != 0)
		kernel_die("pipe: %s", strerror(errno));
	pair_start(&relay, micro_cpus[0]);
}

void micro_wakeup_futex_start(void)
{
	static const struct relay relay = {futex_give, futex_take};
	void *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (words == MAP_FAILED)
		kernel_die("mmap: %s", strerror(errno));
	pair.words = words;
	pair_start(&relay, micro_cpus[1]);
}

void micro_wakeup_eventfd_start(void)
{
	static const struct relay relay = {eventfd_give, eventfd_take};

	for (int end = 0; end < 2; end++) {
		pair.events[end] = eventfd(0, EFD_CLOEXEC);
		if (pair.events[end] < 0)
			kernel_die("eventfd: %s", strerror(errno));
	}
	pair_start(&relay, micro_cpus[1]);
}

/* Round trips, of two hand-overs each. */
void micro_pair_run(long count)
{
	for (long i = 0; i < count; i++) {
		pair.token = pair.token % 250 + 1;
		pair.relay->give(1, pair.token);
		if (pair.relay->take(0) != pair.token)
			kernel_die("the other process returned a wrong token");
	}
}

/* The caller waits, running, until the other CPU has gone idle; then it wakes the process there and
 * waits, running, for the token. */
double micro_halted_wakeup_ns(void)
{
	enum { IDLE_NS = 500000 };
	static const int64_t limit_ns = 10000000000;
	int64_t begun = kernel_clock_ns(), now;

	while (kernel_clock_ns() - begun < IDLE_NS)
		;
	pair.token = pair.token % 250 + 1;
	begun = kernel_clock_ns();
	pair.relay->give(1, pair.token);
	while (atomic_load_explicit(&pair.words[0], memory_order_relaxed) != pair.token) {
		now = kernel_clock_ns();
		if (now - begun > limit_ns)
			kernel_die("the other process did not wake up");
	}
	now = kernel_clock_ns();
	atomic_store(&pair.words[0], 0);
	return (double)(now - begun);
}

void micro_pair_stop(void)
{
	kill(pair.child, SIGKILL);
	waitpid(pair.child, NULL, 0);
}

/* --- shootdown: a page's protection is changed while another CPU runs a thread of the same
 * process, whose TLB must forget the page: an inter-processor interrupt and its answer. With two
 * calls of mprotect, and a write fault where these leave the page to one. */

static struct {
	pthread_t thread;
	atomic_int state; /* 0 starting, 1 running, 2 to end */
	volatile unsigned char *page;
	_Atomic uint64_t turns;
} other;

static void *run_on_other_cpu(void *argument)
{
	(void)argument;
	micro_pin(micro_cpus[1]);
	atomic_store(&other.state, 1);
	while (atomic_load_explicit(&other.state, memory_order_relaxed) == 1)
		atomic_fetch_add_explicit(&other.turns, 1, memory_order_relaxed);
	return NULL;
}

void micro_shootdown_alone_start(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		kernel_die("mmap: %s", strerror(errno));
	other.page = page;
}

void micro_shootdown_start(void)
{
	micro_shootdown_alone_start();
	atomic_store(&other.state, 0);
	if (pthread_create(&other.thread, NULL, run_on_other_cpu, NULL) != 0)
		kernel_die("shootdown: no thread");
	while (atomic_load(&other.state) == 0)
		;
}

/* The write makes the page writable in this CPU's page table again, so that the next change has
 * something to take away. */
void micro_shootdown_run(long count)
{
	for (long i = 0; i < count; i++) {
		other.page[0] = (unsigned char)i;
		if (mprotect((void *)other.page, 4096, PROT_READ) != 0 ||
			other.page[0] != (unsigned char)i ||
			mprotect((void *)other.page, 4096, PROT_READ | PROT_WRITE) != 0)
			kernel_die("shootdown: %s", strerror(errno));
	}
}

void micro_shootdown_alone_stop(void)
{
	munmap((void *)other.page, 4096);
}

void micro_shootdown_stop(void)
{
	uint64_t before = atomic_load(&other.turns);

	while (atomic_load(&other.turns) == before)
		; /* it was there, and it still is */
	atomic_store(&other.state, 2);
	pthread_join(other.thread, NULL);
	micro_shootdown_alone_stop();
}
