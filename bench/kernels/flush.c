/* tare-flush: writes blocks until they are acknowledged as durable, and prints the number of bytes
 * and flushes. Whether they were durable is decided by an observer of the storage.
 *
 * Usage: tare-flush --mode MODE --block BYTES --count N --file FILE --go FILE
 * Writes the whole file once and flushes it (so that no allocation is measured), prints the first
 * line, waits until the second FILE appears, and writes the blocks again, in their order:
 *   direct     O_DIRECT without a flush: acknowledged, but not requested to be durable
 *   fsync      through the page cache, with an fsync after each
 *   fdatasync  likewise with fdatasync
 *   dsync      O_DIRECT and O_DSYNC: every write is durable when it returns
 * Then it prints the rest. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "await.h"
#include "kernel.h"

static const char usage[] = "usage: tare-flush --mode direct|fsync|fdatasync|dsync --block BYTES "
			    "--count N --file FILE --go FILE";

enum { ALIGNMENT = 4096 };

static const struct mode {
	const char *name, *acknowledged;
	int flags;
	int (*flush)(int fd);
	bool asks; /* every write is requested to be durable */
} modes[] = {
	{"direct", "direct_bytes", O_DIRECT, NULL, false},
	{"fsync", "acknowledged_bytes", 0, fsync, true},
	{"fdatasync", "acknowledged_bytes", 0, fdatasync, true},
	{"dsync", "acknowledged_bytes", O_DIRECT | O_DSYNC, NULL, true},
};

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	kernel_die("unknown mode \"%s\"", name);
}

static void write_all(int fd, const char *file, const void *block, size_t size, long number)
{
	ssize_t written;

	do
		written = pwrite(fd, block, size, (off_t)number * (off_t)size);
	while (written < 0 && errno == EINTR);
	if (written != (ssize_t)size)
		kernel_die("%s: %s", file, written < 0 ? strerror(errno) : "a write was cut short");
}

static int open_file(const char *file, int flags)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC | flags, 0600);

	if (fd < 0)
		kernel_die("%s: %s", file, strerror(errno));
	return fd;
}

static void prepare(const char *file, const void *block, size_t size, long count)
{
	int fd = open_file(file, O_CREAT | O_TRUNC);

	for (long i = 0; i < count; i++)
		write_all(fd, file, block, size, i);
	if (fsync(fd) < 0)
		kernel_die("%s: %s", file, strerror(errno));
	close(fd);
}

static void measure(const struct mode *mode, const char *file, const void *block, size_t size,
	long count, double *latencies_us)
{
	int fd = open_file(file, mode->flags);

	for (long i = 0; i < count; i++) {
		int64_t before = kernel_clock_ns();

		write_all(fd, file, block, size, i);
		if (mode->flush && mode->flush(fd) < 0)
			kernel_die("%s: %s", file, strerror(errno));
		latencies_us[i] = (double)(kernel_clock_ns() - before) / 1e3;
	}
	close(fd);
}

static void print(const struct mode *mode, double bytes, double flushes, const double *latencies_us,
	long count)
{
	kernel_series(mode->acknowledged, "", 0, &bytes, 1);
	if (mode->asks) {
		kernel_series("flushes_asked", "", 0, &flushes, 1);
		kernel_series("latency", "", 0, latencies_us, count);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"mode", required_argument, NULL, 'm'},
		{"block", required_argument, NULL, 'b'}, {"count", required_argument, NULL, 'c'},
		{"file", required_argument, NULL, 'f'}, {"go", required_argument, NULL, 'g'}, {0}};
	const char *file = NULL, *go = NULL, *mode_name = "fsync";
	size_t size = 4096;
	long count = 1000;
	void *block = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm')
			mode_name = optarg;
		else if (option == 'b')
			size = (size_t)kernel_number(optarg, ALIGNMENT, 0x1p30) / ALIGNMENT *
			       ALIGNMENT;
		else if (option == 'c')
			count = (long)kernel_number(optarg, 1, 1e6);
		else if (option == 'f')
			file = optarg;
		else if (option == 'g')
			go = optarg;
		else
			kernel_die("%s", usage);
	}
	if (optind != argc || !go || !file)
		kernel_die("%s", usage);

	const struct mode *mode = mode_find(mode_name);
	double *latencies_us = kernel_touched(count, sizeof(*latencies_us));

	if (posix_memalign(&block, ALIGNMENT, size))
		kernel_die("no memory for a block of %zu bytes", size);
	memset(block, 0, size);
	prepare(file, block, size, count);
	kernel_begin("tare-flush");
	fflush(stdout);
	while (!appeared(go))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	/* Other bytes than before, so that no layer below can skip the write. */
	memset(block, 0xa5, size);
	measure(mode, file, block, size, count, latencies_us);
	print(mode, (double)size * (double)count, (double)count, latencies_us, count);
	unlink(file);
	free(latencies_us);
	free(block);
	return kernel_end();
}
