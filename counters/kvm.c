/* Source "kvm": why the vCPUs of the run's guests left them, from KVM's counters of each guest in
 * debugfs (the kernel's Documentation/virt/kvm; arch/x86/kvm/x86.c has the names). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "counters/processes.h"

#define GUESTS "sys/kernel/debug/kvm"

static const struct {
	const char *file, *unit;
	double scale;
	enum counter_kind kind;
} rows[] = {
	{"exits", "1", 1, COUNTER_TOTAL},
	{"halt_exits", "1", 1, COUNTER_TOTAL},
	{"io_exits", "1", 1, COUNTER_TOTAL},
	{"mmio_exits", "1", 1, COUNTER_TOTAL},
	{"irq_exits", "1", 1, COUNTER_TOTAL},
	{"irq_window_exits", "1", 1, COUNTER_TOTAL},
	{"signal_exits", "1", 1, COUNTER_TOTAL},
	{"irq_injections", "1", 1, COUNTER_TOTAL},
	{"insn_emulation", "1", 1, COUNTER_TOTAL},
	{"hypercalls", "1", 1, COUNTER_TOTAL},
	{"pf_taken", "1", 1, COUNTER_TOTAL},
	{"pf_fixed", "1", 1, COUNTER_TOTAL},
	{"tlb_flush", "1", 1, COUNTER_TOTAL},
	{"remote_tlb_flush", "1", 1, COUNTER_TOTAL},
	{"fpu_reload", "1", 1, COUNTER_TOTAL},
	{"host_state_reload", "1", 1, COUNTER_TOTAL},
	{"preemption_reported", "1", 1, COUNTER_TOTAL},
	{"nested_run", "1", 1, COUNTER_TOTAL},
	{"halt_attempted_poll", "1", 1, COUNTER_TOTAL},
	{"halt_successful_poll", "1", 1, COUNTER_TOTAL},
	{"halt_poll_success_ns", "s", 1e-9, COUNTER_TOTAL},
	{"halt_poll_fail_ns", "s", 1e-9, COUNTER_TOTAL},
	{"halt_wait_ns", "s", 1e-9, COUNTER_TOTAL},
	{"pages_4k", "1", 1, COUNTER_LEVEL},
	{"pages_2m", "1", 1, COUNTER_LEVEL},
	{"pages_1g", "1", 1, COUNTER_LEVEL},
};

struct kvm_sums {
	double at[ARRAY_COUNT(rows)];
	bool found[ARRAY_COUNT(rows)];
	size_t guests;
};

static void add_guest(struct counters *counters, const char *directory, struct kvm_sums *sums)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t number;
		const char *text =
			counters_filef(counters, NULL, GUESTS "/%.64s/%s", directory, rows[i].file);
		if (!text || counters_number(text, &number) < 0)
			continue;
		sums->at[i] += (double)number * rows[i].scale;
		sums->found[i] = true;
	}
	sums->guests++;
}

/* A guest's directory is "PID-FD", of the process that made it. */
static int kvm_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	int fd = openat(counters->root_fd, GUESTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct kvm_sums sums = {0};
	struct dirent *entry;

	if (!directory)
		return error_errno(why, errno, "/" GUESTS);
	while ((entry = readdir(directory))) {
		unsigned pid;
		if (sscanf(entry->d_name, "%9u-%*u", &pid) == 1 && processes_is_own(counters, pid))
			add_guest(counters, entry->d_name, &sums);
	}
	if (!sums.guests)
		return error_set(why, "the run has no guest of KVM on this host");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (sums.found[i])
			reading_add(reading, rows[i].file, rows[i].unit, rows[i].kind, sums.at[i]);
	return 0;
}

const struct counter_source source_kvm = {
	.name = "kvm",
	.where = "hosts of KVM guests, as root and with debugfs mounted",
	.read = kvm_read,
};
