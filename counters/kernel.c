/* Source "kernel": the warnings and worse that the kernel logged during the run, from /dev/kmsg
 * (the kernel's Documentation/ABI/testing/dev-kmsg). Its note holds the first of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "counters/source.h"

enum { RECORD_BYTES = 8192, NOTE_BYTES = 300, RECORDS_MOST = 20000 };

struct warnings {
	double count;
	char note[NOTE_BYTES]; /* their texts, as far as they fit */
};

static void add_note(struct warnings *warnings, const char *text)
{
	size_t used = strlen(warnings->note), length = strcspn(text, "\n");
	const char *between = used ? "; " : "";

	if (used + strlen(between) + length < sizeof(warnings->note))
		snprintf(warnings->note + used, sizeof(warnings->note) - used, "%s%.*s", between,
			(int)length, text);
	text_one_line(warnings->note);
}

/* A record: "PRIORITY,NUMBER,TIME,FLAGS[,…];TEXT\n[ KEY=VALUE\n …]". The kernel's own have facility
 * 0; what programs write to its log has others. */
static void take_record(const char *record, struct warnings *warnings)
{
	const char *text = strchr(record, ';');
	unsigned priority;

	if (!text || sscanf(record, "%9u,", &priority) != 1 || LOG_FAC(priority) != 0 ||
		LOG_PRI(priority) > LOG_WARNING)
		return;
	warnings->count++;
	add_note(warnings, text + 1);
}

/* One read is one record; EPIPE: the next one was overwritten before it was read. */
static int take_records(int fd, struct warnings *warnings)
{
	static const int overwritten = EPIPE;
	char record[RECORD_BYTES + 1];

	for (int i = 0; i < RECORDS_MOST; i++) {
		ssize_t got = read(fd, record, RECORD_BYTES);
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got == 0 || (got < 0 && errno != overwritten))
			return got == 0 ? 0 : -1;
		record[got > 0 ? got : 0] = '\0';
		take_record(record, warnings);
	}
	return 0;
}

static int begin(struct counters *counters, struct error *why)
{
	if (counters->kernel_log_fd >= 0)
		close(counters->kernel_log_fd);
	counters->kernel_log_fd =
		openat(counters->root_fd, "dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (counters->kernel_log_fd < 0)
		return error_errno(why, errno, "/dev/kmsg");
	if (lseek(counters->kernel_log_fd, 0, SEEK_END) < 0)
		return error_errno(why, errno, "/dev/kmsg cannot be read from its end");
	return 0;
}

static int kernel_read(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	struct warnings warnings = {0};

	if (!reading->after && begin(counters, why) < 0)
		return -1;
	if (counters->kernel_log_fd < 0)
		return error_set(why, "/dev/kmsg was not open when the run began");
	if (reading->after && take_records(counters->kernel_log_fd, &warnings) < 0)
		return error_errno(why, errno, "/dev/kmsg");
	struct counter counter = {reading->source, "warnings", "1", COUNTER_TOTAL, warnings.count,
		warnings.note[0] ? warnings.note : NULL};
	counter_list_add(reading->out, &counter);
	return 0;
}

const struct counter_source source_kernel = {
	.name = "kernel",
	.where = "Linux hosts, as root or where kernel.dmesg_restrict is 0",
	.read = kernel_read,
};
