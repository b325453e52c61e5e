/* Source "exit_reasons": why the vCPUs of the run's guests left them, by the histogram trigger of
 * the tracepoint kvm_exit (the kernel's Documentation/trace/histogram). It counts every exit while
 * the run goes on, which costs some of it: only where a campaign asks. The trigger lives in a trace
 * instance of its own, named by the campaign, so that nothing else that traces is touched. Reasons
 * are those of AMD's or Intel's manuals (asm/svm.h, asm/vmx.h); what has no name is "other". */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "counters/processes.h"

#define INSTANCES "sys/kernel/tracing/instances"
#define PREFIX "tare-"
#define EVENT "/events/kvm/kvm_exit"
#define TRIGGER "hist:keys=common_pid,exit_reason"

enum { PATH_BYTES = 256 };

/* Numbers from first to last, of AMD's SVM and of Intel's VMX; -1: none. */
static const struct {
	const char *name;
	int svm_first, svm_last, vmx_first, vmx_last;
} reasons[] = {
	{"cpuid", 0x72, 0x72, 10, 10},
	{"hypercall", 0x81, 0x81, 18, 18},
	{"port_io", 0x7b, 0x7b, 30, 30},
	{"register", 0x7c, 0x7c, 31, 32},
	{"halt", 0x78, 0x78, 12, 12},
	{"interrupt", 0x60, 0x60, 1, 1},
	{"interrupt_window", 0x64, 0x64, 7, 7},
	{"exception", 0x40, 0x5f, 0, 0},
	{"nmi", 0x61, 0x61, 8, 8},
	{"page_fault", 0x400, 0x400, 48, 48},
	{"mmio", -1, -1, 49, 49},
	{"apic", 0x401, 0x402, 44, 45},
	{"apic_write", -1, -1, 56, 56},
	{"pause", 0x77, 0x77, 40, 40},
	{"control_register", 0x00, 0x1f, 28, 28},
	{"timer", -1, -1, 52, 52},
};
enum { REASONS = ARRAY_COUNT(reasons), OTHER = REASONS };

/* A file of the trace instance of that campaign below the root; "": the instance itself. */
static void instance_path(const char *id, const char *file, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, INSTANCES "/" PREFIX "%.32s%s", id, file);
}

static int write_trigger(int root_fd, const char *id, const char *text, struct error *why)
{
	char path[PATH_BYTES];

	instance_path(id, EVENT "/trigger", path);
	cleanup_fd int fd = openat(root_fd, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return error_errno(why, errno, "/%s", path);
	return 0;
}

static void remove_instance(int root_fd, const char *id)
{
	char path[PATH_BYTES];

	write_trigger(root_fd, id, "!" TRIGGER, NULL);
	instance_path(id, "", path);
	unlinkat(root_fd, path, AT_REMOVEDIR);
}

void exit_reasons_stop(struct counters *counters)
{
	if (counters->counts_reasons)
		remove_instance(counters->root_fd, counters->campaign_id);
	counters->counts_reasons = false;
}

void counters_clean(const char *root, const char *run_root)
{
	cleanup_free char *top = str_printf("%s/", root);
	cleanup_fd int root_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = root_fd < 0 ? -1 : openat(root_fd, INSTANCES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		const char *id = entry->d_name + strlen(PREFIX);
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		cleanup_free char *run = str_printf("%s/%s", run_root, id);
		if (!file_exists(run))
			remove_instance(root_fd, id);
	}
}

/* Sets counts_reasons, or why not. The instance may be there: of a run that ended without its
 * second edge. */
static void start(struct counters *counters, struct error *why)
{
	const char *id = counters->campaign_id;
	char path[PATH_BYTES];

	remove_instance(counters->root_fd, id);
	counters->counts_reasons = false;
	instance_path(id, "", path);
	if (mkdirat(counters->root_fd, path, 0700) < 0 && errno != EEXIST) {
		error_errno(why, errno, "/%s", path);
		return;
	}
	counters->counts_reasons = true;
	if (write_trigger(counters->root_fd, id, TRIGGER ":size=16384", why) < 0)
		exit_reasons_stop(counters);
}

static size_t reason_of(int number, bool svm)
{
	for (size_t i = 0; i < REASONS; i++) {
		int first = svm ? reasons[i].svm_first : reasons[i].vmx_first;
		int last = svm ? reasons[i].svm_last : reasons[i].vmx_last;
		if (first >= 0 && number >= first && number <= last)
			return i;
	}
	return OTHER;
}

enum owner { OWNER_RUN, OWNER_OTHER, OWNER_ENDED };

/* Whose process the thread is of. */
static enum owner owner_of(struct counters *counters, unsigned thread)
{
	const char *text = counters_filef(counters, NULL, "proc/%u/status", thread);
	const char *line = text ? strstr(text, "\nTgid:") : NULL;
	unsigned pid;

	if (!line || sscanf(line, "\nTgid: %9u", &pid) != 1)
		return OWNER_ENDED;
	return processes_is_own(counters, pid) ? OWNER_RUN : OWNER_OTHER;
}

struct hits {
	double by_reason[REASONS + 1];
	double ended; /* of threads that have ended, whose ever they were */
	unsigned long long dropped;
	bool has_totals; /* the histogram came to its end */
};

/* Lines "{ common_pid:       1234, exit_reason:        114 } hitcount:        300". */
static void add_lines(struct counters *counters, const char *text, bool svm, struct hits *hits)
{
	/* The file's bytes go when another file is read. */
	cleanup_free char *copy = str_dup(text);
	char *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned thread, number;
		unsigned long long count;
		if (sscanf(line, "{ common_pid: %9u, exit_reason: %9u } hitcount: %llu", &thread,
			    &number, &count) == 3) {
			enum owner owner = owner_of(counters, thread);
			hits->by_reason[reason_of((int)number, svm)] +=
				owner == OWNER_RUN ? (double)count : 0;
			hits->ended += owner == OWNER_ENDED ? (double)count : 0;
		} else if (sscanf(line, " Dropped: %llu", &hits->dropped) == 1) {
			hits->has_totals = true;
		}
	}
}

static int read_hits(struct reading *reading, struct hits *hits, struct error *why)
{
	struct counters *counters = reading->counters;
	bool svm = counters_exists(counters, "sys/module/kvm_amd");
	char path[PATH_BYTES];

	instance_path(counters->campaign_id, EVENT "/hist", path);
	const char *text = counters_file(counters, path, why);
	if (!text)
		return -1;
	add_lines(counters, text, svm, hits);
	if (!hits->has_totals)
		return error_set(why, "/%s has no totals", path);
	if (hits->dropped)
		return error_set(
			why, "the histogram was too small: %llu exits were dropped", hits->dropped);
	if (hits->ended > 0)
		return error_set(why, "%.0f exits are of threads that have ended", hits->ended);
	return 0;
}

static int exit_reasons_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	struct hits hits = {.has_totals = false};
	int status = 0;

	if (!counters->wants_reasons)
		return error_set(why, "not asked for (exit_reasons in the campaign file)");
	if (!reading->after)
		start(counters, &counters->no_reasons);
	if (!counters->counts_reasons)
		return error_set(why, "%s", counters->no_reasons.text);
	if (reading->after) {
		status = read_hits(reading, &hits, why);
		exit_reasons_stop(counters);
	}
	for (size_t i = 0; status == 0 && i <= REASONS; i++)
		reading_add(reading, i == OTHER ? "other" : reasons[i].name, "1", COUNTER_TOTAL,
			hits.by_reason[i]);
	return status;
}

const struct counter_source source_exit_reasons = {
	.name = "exit_reasons",
	.where = "hosts of KVM guests, as root, with tracefs mounted and where the campaign asks",
	.read = exit_reasons_read,
};
