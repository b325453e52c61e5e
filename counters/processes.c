/* Source "processes": the CPU time of the run's own processes, and of the kernel's threads that run
 * on the watched CPUs, from /proc/PID/stat (proc_pid_stat(5)). Own are the process that leads the
 * campaign, those whose command line has the campaign's id, and all that descend from them; a
 * process that has ended is in its parent's time. What a watched CPU did beyond these was done for
 * others. Costs about 3 us for each process of the host. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/processes.h"

enum { PF_KTHREAD = 0x00200000, STAT_BYTES = 1024, DEPTH_MOST = 128 };

/* The name, in parentheses, may have any bytes: what follows it begins after the last one. */
bool processes_parse(const char *text, struct known_process *out)
{
	const char *name = strchr(text, '('), *rest = strrchr(text, ')');
	unsigned flags, cpu = 0;
	unsigned long long user, system;
	long long child_user, child_system;

	if (!name || !rest || rest < name || sscanf(text, "%9u", &out->pid) != 1 ||
		sscanf(rest + 1,
			" %*c %9u %*d %*d %*d %*d %u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d "
			"%*d %*d %llu %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u "
			"%*d %9u",
			&out->parent, &flags, &user, &system, &child_user, &child_system,
			&out->start, &cpu) != 8 ||
		child_user < 0 || child_system < 0)
		return false;
	out->ticks = user + system;
	out->child_ticks = (unsigned long long)child_user + (unsigned long long)child_system;
	snprintf(out->name, sizeof(out->name), "%.*s", (int)(rest - name - 1), name + 1);
	out->is_kernel = flags & PF_KTHREAD;
	out->cpu = cpu;
	return true;
}

static int compare_processes(const void *left, const void *right)
{
	const struct known_process *a = left, *b = right;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static struct known_process *find_process(
	struct known_process *processes, size_t count, unsigned pid)
{
	struct known_process key = {.pid = pid};

	return count ? bsearch(&key, processes, count, sizeof(key), compare_processes) : NULL;
}

/* Its stat by a directory of /proc; false: it has ended meanwhile. */
static bool read_process(int proc_fd, const char *name, struct known_process *out)
{
	char path[64], text[STAT_BYTES];

	snprintf(path, sizeof(path), "%.32s/stat", name);
	cleanup_fd int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		return false;
	text[got] = '\0';
	return processes_parse(text, out);
}

bool processes_is_own(const struct counters *counters, unsigned pid)
{
	const struct known_process *process =
		find_process(counters->known, counters->known_count, pid);

	return process && process->own == OWN_YES;
}

static int list_processes(
	struct counters *counters, struct known_process **out, size_t *count, struct error *why)
{
	int fd = openat(counters->root_fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	size_t capacity = 0;
	struct dirent *entry;

	if (!directory) {
		error_errno(why, errno, "/proc");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((entry = readdir(directory))) {
		struct known_process found = {0};
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
			!read_process(fd, entry->d_name, &found))
			continue;
		array_reserve(out, &capacity, *count + 1);
		(*out)[(*count)++] = found;
	}
	if (*count)
		qsort(*out, *count, sizeof(**out), compare_processes);
	return 0;
}

/* --- whose they are --------------------------------------------------------------------------- */

/* Words of a command line end in NUL. */
static bool has_id(struct counters *counters, unsigned pid)
{
	if (!counters->campaign_id || !counters->campaign_id[0] ||
		!counters_filef(counters, NULL, "proc/%u/cmdline", pid))
		return false;
	return memmem(counters->bytes.bytes, counters->bytes.count, counters->campaign_id,
		       strlen(counters->campaign_id)) != NULL;
}

/* A command line is read once, when the process is first seen. */
static void find_roots(struct counters *counters, struct known_process *processes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct known_process *process = &processes[i];
		const struct known_process *known =
			find_process(counters->known, counters->known_count, process->pid);
		if (process->is_kernel)
			continue;
		if (process->pid == (unsigned)counters->self)
			process->is_root = true;
		else if (known && known->start == process->start)
			process->is_root = known->is_root;
		else
			process->is_root = has_id(counters, process->pid);
	}
}

static enum ownership ownership_of(struct known_process *processes, size_t count,
	struct known_process *process, unsigned depth)
{
	if (process->own != OWN_UNKNOWN)
		return process->own;
	struct known_process *parent = find_process(processes, count, process->parent);
	bool own = process->is_root ||
		   (parent && depth < DEPTH_MOST &&
			   ownership_of(processes, count, parent, depth + 1) == OWN_YES);
	process->own = own ? OWN_YES : OWN_NO;
	return process->own;
}

/* Of what was own when the run began, and is not a child of anything own that would have its time:
 * the one that has ended since, or NULL. */
static const struct known_process *ended_root(
	struct counters *counters, struct known_process *processes, size_t count)
{
	for (size_t i = 0; i < counters->known_count; i++) {
		struct known_process *before = &counters->known[i];
		const struct known_process *parent =
			find_process(counters->known, counters->known_count, before->parent);
		const struct known_process *now = find_process(processes, count, before->pid);
		if (before->is_root && !(parent && parent->own == OWN_YES) &&
			!(now && now->start == before->start))
			return before;
	}
	return NULL;
}

/* --- sums ------------------------------------------------------------------------------------- */

static unsigned long long own_ticks(const struct known_process *processes, size_t count)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < count; i++)
		if (processes[i].own == OWN_YES)
			sum += processes[i].ticks + processes[i].child_ticks;
	return sum;
}

/* What the kernel's threads on watched CPUs did since the last reading. Threads come and go without
 * leaving their time to a parent: what they did before they ended is not seen. */
static unsigned long long kernel_growth(
	const struct counters *counters, const struct known_process *processes, size_t count)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < count; i++) {
		const struct known_process *process = &processes[i];
		if (!process->is_kernel || !reading_watches(counters, process->cpu))
			continue;
		const struct known_process *known =
			find_process(counters->known, counters->known_count, process->pid);
		bool same = known && known->start == process->start;
		if (!same || process->ticks >= known->ticks)
			sum += process->ticks - (same ? known->ticks : 0);
	}
	return sum;
}

static bool any_kernel_thread(const struct known_process *processes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (processes[i].is_kernel)
			return true;
	return false;
}

static void add_all(struct reading *reading, struct known_process *processes, size_t count)
{
	struct counters *counters = reading->counters;
	double tick_s = 1. / (double)sysconf(_SC_CLK_TCK);
	const struct known_process *ended =
		reading->after ? ended_root(counters, processes, count) : NULL;

	if (ended) {
		char why[64];
		snprintf(why, sizeof(why), "process %u of the campaign ended during the run",
			ended->pid);
		reading_add_gap(reading, "own", "s", COUNTER_TOTAL, why);
	} else {
		reading_add(reading, "own", "s", COUNTER_TOTAL,
			(double)own_ticks(processes, count) * tick_s);
	}
	if (!any_kernel_thread(processes, count)) {
		reading_add_gap(reading, "kernel_threads", "s", COUNTER_TOTAL,
			"this process's PID namespace has no kernel threads");
		return;
	}
	if (counters->known_count)
		counters->kernel_threads_s +=
			(double)kernel_growth(counters, processes, count) * tick_s;
	reading_add(reading, "kernel_threads", "s", COUNTER_TOTAL, counters->kernel_threads_s);
}

static int processes_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	struct known_process *processes = NULL;
	size_t count = 0;

	if (list_processes(counters, &processes, &count, why) < 0)
		return -1;
	find_roots(counters, processes, count);
	for (size_t i = 0; i < count; i++)
		ownership_of(processes, count, &processes[i], 0);
	add_all(reading, processes, count);
	free(counters->known);
	counters->known = processes;
	counters->known_count = count;
	return 0;
}

const struct counter_source source_processes = {
	.name = "processes",
	.where = "Linux hosts; not in a PID namespace of its own",
	.read = processes_read,
};
