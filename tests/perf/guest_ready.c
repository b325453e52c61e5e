/* How long a guest takes from start() until its agent answers, against QEMU by hand with the same
 * kernel and an initrd that holds nothing but BusyBox, up to its init; the same accelerator, one
 * CPU, 512 MiB each. In turns, the order changing from pair to pair.
 *     guest_ready plain|lean PAIRS INITRD
 *   plain  qemu-system-x86_64 -kernel vmlinuz, everything else QEMU's defaults
 *   lean   the kernel decompressed, machine q35, no default devices: what QEMU can do at best
 * Prints "# accelerator NAME", then a line "OURS_S THEIRS_S" per pair. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "tests/perf/machine.h"

#define MARKER "tare-perf-init"

static const double limit_s = 120;

static const struct comparator {
	const char *name, *kernel;
	const char *words[10];
} comparators[] = {
	{"plain", "vmlinuz", {"-nographic"}},
	{"lean", "vmlinux",
		{"-machine", "q35", "-nodefaults", "-no-user-config", "-display", "none", "-serial",
			"stdio"}},
	{0},
};

/* The seconds from exec to the marker on the serial line; -1 with the error. */
static double time_qemu(const struct comparator *comparator, const struct image *image,
	const char *accelerator, const char *initrd, struct error *e)
{
	cleanup_free char *kernel = str_printf("%s/%s", image->directory, comparator->kernel);
	cleanup_argv struct argv argv = {0};
	cleanup_text struct text seen = {0};
	cleanup_fd int to = -1, from = -1;
	double began_s, took_s = -1;
	pid_t pid;

	argv_add_all(&argv, "/usr/bin/qemu-system-x86_64", "-accel", accelerator, "-m", "512",
		"-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append",
		"console=ttyS0 quiet panic=-1", NULL);
	for (const char *const *word = comparator->words; *word; word++)
		argv_add(&argv, *word);
	began_s = clock_monotonic_s();
	if (process_spawn(&argv, "/dev/null", &pid, &to, &from, e) < 0)
		return -1;
	while (took_s < 0 && clock_monotonic_s() - began_s < limit_s) {
		struct pollfd wait = {.fd = from, .events = POLLIN};
		char bytes[4096];
		ssize_t count = poll(&wait, 1, 1000) > 0 ? read(from, bytes, sizeof(bytes)) : -1;

		if (count == 0)
			break;
		if (count > 0)
			text_add_bytes(&seen, bytes, (size_t)count);
		if (seen.count && memmem(seen.bytes, seen.count, MARKER, strlen(MARKER)))
			took_s = clock_monotonic_s() - began_s;
	}
	process_end(pid, 0);
	if (took_s < 0)
		error_set(e, "QEMU (%s) did not come to its init", comparator->name);
	return took_s;
}

static double time_ours(struct perf_host *host, struct error *e)
{
	double began_s, took_s = -1;
	struct machine *machine = perf_start(host, "kvm-virtio", 1, &began_s, e);

	if (machine && agent_hello(machine->agent, limit_s, e) == 0)
		took_s = clock_monotonic_s() - began_s;
	machine_stop(machine);
	return took_s;
}

static int measure(struct perf_host *host, const struct comparator *comparator, int pairs,
	const char *initrd, struct error *e)
{
	/* What start() chooses, asked of a first guest, which also warms the files' cache. */
	struct machine *first = perf_start(host, "kvm-virtio", 1, NULL, e);
	if (!first || agent_hello(first->agent, limit_s, e) < 0) {
		machine_stop(first);
		return -1;
	}
	const char *accelerator = first->emulated ? "tcg" : "kvm";
	machine_stop(first);
	printf("# accelerator %s\n", accelerator);
	for (int i = 0; i < pairs; i++) {
		double ours_s = -1, theirs_s = -1;

		for (int turn = 0; turn < 2; turn++) {
			if ((turn + i) % 2)
				ours_s = time_ours(host, e);
			else
				theirs_s =
					time_qemu(comparator, host->image, accelerator, initrd, e);
			if ((turn + i) % 2 ? ours_s < 0 : theirs_s < 0)
				return -1;
		}
		printf("%.4f %.4f\n", ours_s, theirs_s);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct comparator *comparator = comparators;
	struct perf_host host;
	struct error e = {""};

	while (argc == 4 && comparator->name && strcmp(comparator->name, argv[1]) != 0)
		comparator++;
	if (argc != 4 || !comparator->name) {
		fprintf(stderr, "usage: guest_ready plain|lean PAIRS INITRD\n");
		return 2;
	}
	int status = perf_open(&host, "/var/tmp", true, &e);
	if (status == 0)
		status = measure(&host, comparator, atoi(argv[2]), argv[3], &e);
	perf_close(&host);
	if (status < 0)
		fprintf(stderr, "guest_ready: %s\n", e.text);
	return status < 0;
}
