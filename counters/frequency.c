/* Source "frequency": the cycles of the watched CPUs while they worked, as they ran (APERF) and as
 * they would have run at their base frequency (MPERF), from the registers of that name (Intel SDM
 * 3, 14.5; AMD APM 2, 17.3): their quotient is the mean frequency over the base frequency. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "counters/source.h"

enum { MSR_MPERF = 0xe7, MSR_APERF = 0xe8 };

static int read_register(int fd, off_t number, double *sum)
{
	uint64_t value;
	ssize_t got = pread(fd, &value, sizeof(value), number);

	if (got != sizeof(value)) {
		errno = got < 0 ? errno : EIO;
		return -1;
	}
	*sum += (double)le64toh(value);
	return 0;
}

static int frequency_read(struct reading *reading, struct error *why)
{
	const struct counters *counters = reading->counters;
	double aperf = 0, mperf = 0;

	for (size_t i = 0; i < counters->cpu_count; i++) {
		char path[64];
		snprintf(path, sizeof(path), "dev/cpu/%u/msr", counters->cpus[i]);
		cleanup_fd int fd = openat(counters->root_fd, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return error_errno(why, errno, "/%s (module msr)", path);
		if (read_register(fd, MSR_MPERF, &mperf) < 0 ||
			read_register(fd, MSR_APERF, &aperf) < 0)
			return error_errno(why, errno, "/%s has no APERF and MPERF", path);
	}
	reading_add(reading, "aperf", "cycles", COUNTER_TOTAL, aperf);
	reading_add(reading, "mperf", "cycles", COUNTER_TOTAL, mperf);
	return 0;
}

const struct counter_source source_frequency = {
	.name = "frequency",
	.where = "x86 hardware with the module msr, as root; guests do not have the registers",
	.read = frequency_read,
};
