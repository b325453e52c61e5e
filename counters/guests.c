/* Source "guests": the CPU time of the run's QEMU processes by what their threads are for, and of
 * the kernel's threads that serve them, from /proc/PID/task (proc(5)). Threads that have ended
 * count as emulator. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/processes.h"

static const double ns_per_s = 1e9;

struct guest_sums {
	double vcpu_ticks, io_ticks, vhost_ticks, all_ticks;
	double waiting_ns; /* of vCPUs for a CPU */
	bool waiting_known;
	size_t guests;
};

/* QEMU calls its threads "CPU 0/KVM", "CPU 1/TCG", "IO iothread1". */
static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* "TIME-ON-CPU TIME-WAITED SLICES" in ns. */
static void add_waiting(
	struct counters *counters, unsigned pid, const char *thread, struct guest_sums *sums)
{
	const char *text =
		counters_filef(counters, NULL, "proc/%u/task/%.16s/schedstat", pid, thread);
	unsigned long long ns;

	if (!text || sscanf(text, "%*u %llu", &ns) != 1)
		return;
	sums->waiting_ns += (double)ns;
	sums->waiting_known = true;
}

static void add_thread(
	struct counters *counters, unsigned pid, const char *thread, struct guest_sums *sums)
{
	const char *text = counters_filef(counters, NULL, "proc/%u/task/%.16s/stat", pid, thread);
	struct known_process found = {0};

	if (!text || !processes_parse(text, &found))
		return;
	if (begins(found.name, "CPU ")) {
		sums->vcpu_ticks += (double)found.ticks;
		add_waiting(counters, pid, thread, sums);
	} else if (begins(found.name, "IO ")) {
		sums->io_ticks += (double)found.ticks;
	} else if (begins(found.name, "vhost-")) {
		sums->vhost_ticks += (double)found.ticks;
	}
}

static void add_guest(
	struct counters *counters, const struct known_process *process, struct guest_sums *sums)
{
	char path[32];

	snprintf(path, sizeof(path), "proc/%u/task", process->pid);
	int fd = openat(counters->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			add_thread(counters, process->pid, entry->d_name, sums);
	sums->all_ticks += (double)process->ticks;
	sums->guests++;
}

/* Kernel threads that serve a process have its number in their names. */
static void add_servant(
	struct counters *counters, const struct known_process *process, struct guest_sums *sums)
{
	unsigned pid;
	bool serves = sscanf(process->name, "vhost-%9u", &pid) == 1 ||
		      sscanf(process->name, "kvm-pit/%9u", &pid) == 1;

	if (serves && processes_is_own(counters, pid))
		sums->vhost_ticks += (double)process->ticks;
}

static int guests_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	double tick_s = 1. / (double)sysconf(_SC_CLK_TCK);
	struct guest_sums sums = {0};

	for (size_t i = 0; i < counters->known_count; i++) {
		const struct known_process *process = &counters->known[i];
		if (process->is_kernel)
			add_servant(counters, process, &sums);
		else if (process->own == OWN_YES && begins(process->name, "qemu"))
			add_guest(counters, process, &sums);
	}
	if (!sums.guests)
		return error_set(why, "the run has no process of QEMU on this host");
	double emulator_ticks = sums.all_ticks - sums.vcpu_ticks - sums.io_ticks;
	reading_add(reading, "vcpus", "s", COUNTER_TOTAL, sums.vcpu_ticks * tick_s);
	reading_add(reading, "io_threads", "s", COUNTER_TOTAL, sums.io_ticks * tick_s);
	reading_add(reading, "emulator", "s", COUNTER_TOTAL, emulator_ticks * tick_s);
	reading_add(reading, "vhost", "s", COUNTER_TOTAL, sums.vhost_ticks * tick_s);
	if (sums.waiting_known)
		reading_add(
			reading, "vcpu_run_delay", "s", COUNTER_TOTAL, sums.waiting_ns / ns_per_s);
	else
		reading_add_gap(reading, "vcpu_run_delay", "s", COUNTER_TOTAL,
			"the kernel has no schedstat");
	return 0;
}

const struct counter_source source_guests = {
	.name = "guests",
	.where = "hosts of KVM or QEMU guests",
	.read = guests_read,
};
