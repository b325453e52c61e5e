/* Writes the first inputs of fuzz_counters: what kernels wrote, and files made by hand.
 *   make-counters-corpus DIRECTORY */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "tests/fuzz/counters_files.h"

enum { GOLDEN_LIMIT = 1 << 20 };

/* What has no golden file. */
static const struct {
	const char *path, *content;
} made[] = {
	{"proc/5/stat",
		"5 (qemu-system-x86) S 1 1 1 0 -1 0 98 0 0 0 10 1 5 6 20 0 1 0 7 3133440 383 "
		"18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n"},
	{"proc/5/cmdline", "qemu -name guest=tare-0123abcd-1"},
	{"proc/5/task/51/stat",
		"51 (CPU 0/KVM) S 1 1 1 0 -1 0 98 0 0 0 10 1 5 6 20 0 1 0 7 1 2 3 1 1 1 "
		"0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0\n"},
	{"proc/5/task/51/schedstat", "5000000000 250000000 77\n"},
	{"proc/7/stat",
		"7 (vhost-5) S 2 0 0 0 -1 2129984 0 0 0 0 0 6 0 0 20 0 1 0 42 0 0 1 0 0 0 0 0 0 "
		"0 2147483647 0 1 0 0 0 1 0 0 0\n"},
	{"dev/kmsg", "4,4729,17500498241,-;hrtimer: interrupt took 5 ns\n SUBSYSTEM=x\n"},
	{"sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1,3,64-65\n"},
	{"sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "12\n"},
	{"sys/kernel/debug/kvm/5-11/exits", "1024\n"},
	{"sys/class/powercap/intel-rapl:0/name", "package-0\n"},
	{"sys/class/powercap/intel-rapl:0/energy_uj", "900000000\n"},
	{"sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n"},
};

static int write_input(
	const char *directory, const char *name, size_t file, const char *bytes, size_t count)
{
	cleanup_free char *path = str_printf("%s/%s-%zu", directory, name, file);
	cleanup_text struct text input = {0};
	char number = (char)file;

	text_add_bytes(&input, &number, 1);
	text_add_bytes(&input, bytes, count);
	return file_write(path, input.bytes, input.count, NULL);
}

/* Of a file that was captured; those that were not are no failure. */
static int copy_golden(const char *directory, const char *top, size_t file)
{
	cleanup_free char *path = str_printf(
		"%s/tests/golden/counters%s/%s", TARE_SOURCE_DIR, top, counters_files[file]);
	cleanup_free char *bytes = NULL;
	size_t count;

	if (!file_exists(path))
		return 0;
	if (file_read(path, GOLDEN_LIMIT, &bytes, &count, NULL) < 0)
		return -1;
	return write_input(directory, *top ? "guest" : "here", file, bytes, count);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make-counters-corpus DIRECTORY\n");
		return 2;
	}
	for (size_t i = 0; i < ARRAY_COUNT(counters_files); i++) {
		if (copy_golden(argv[1], "", i) < 0 || copy_golden(argv[1], "/guest", i) < 0)
			return 1;
		for (size_t m = 0; m < ARRAY_COUNT(made); m++)
			if (strcmp(made[m].path, counters_files[i]) == 0 &&
				write_input(argv[1], "made", i, made[m].content,
					strlen(made[m].content)) < 0)
				return 1;
	}
	return 0;
}
