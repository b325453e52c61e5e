/* Storage back ends without guests, with a loop device in the part of a spare one; and reading the
 * kernel's counters. */
#include <setjmp.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/counters.h"
#include "drivers/disks.h"
#include "drivers/local.h"
#include "drivers/storage.h"

enum { MIB = 1 << 20, SKIPPED = 77 };

static char id[17], *dir, *device; /* the spare device of 24 MiB */

static int tool(const char *const *words, char **output)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	struct error e = {""};

	for (; *words; words++)
		argv_add(&argv, *words);
	int status = process_run(&argv, 20, &result, &e) < 0 ? -1 : result.exit_status;
	if (output) {
		*output = str_dup(result.output ? result.output : "");
		(*output)[strcspn(*output, "\n")] = '\0';
	}
	process_result_free(&result);
	return status;
}

static struct storage_spec example(enum storage_kind kind, const char *spare)
{
	static char name[64];

	snprintf(name, sizeof(name), "tare-%s-example-1", id);
	return (struct storage_spec){.kind = kind,
		.name = name,
		.campaign_id = id,
		.work_dir = dir,
		.size_bytes = 16 * MIB,
		.offset_bytes = 63 * 512,
		.device = spare};
}

static unsigned long long number_of(const char *path)
{
	cleanup_free char *line = file_read_line(path);

	return line ? strtoull(line, NULL, 10) : 0;
}

/* The file system is where it should be, and nothing is left afterwards. */
static void check_back_end(enum storage_kind kind, const char *spare)
{
	struct storage_spec spec = example(kind, spare);
	struct storage *storage = NULL;
	struct error e = {""};

	if (storage_make(&spec, &storage, &e) < 0)
		fail_msg("%s", e.text);
	if (kind == STORAGE_PARTITION) {
		cleanup_free char *start =
			str_printf("/sys/class/block/%s/start", strrchr(storage->path, '/') + 1);
		cleanup_free char *size =
			str_printf("/sys/class/block/%s/size", strrchr(storage->path, '/') + 1);
		assert_int_equal(number_of(start), 63);
		assert_int_equal(number_of(size), 16 * MIB / 512);
		assert_non_null(strstr(storage->words, "partition at byte 32256 of "));
	}
	assert_int_equal(
		storage->is_device, kind == STORAGE_BLOCK_DEVICE || kind == STORAGE_PARTITION);
	assert_string_equal(storage->format, kind == STORAGE_QCOW2 ? "qcow2" : "raw");
	if (kind != STORAGE_QCOW2) {
		cleanup_free char *label = NULL;
		assert_int_equal(tool((const char *const[]){"blkid", "-p", "-o", "value", "-s",
					      "LABEL", storage->path, NULL},
					 &label),
			0);
		assert_string_equal(label, SCRATCH_LABEL);
	}
	cleanup_free char *path = str_dup(storage->path);
	storage_free(storage);
	if (kind == STORAGE_PARTITION)
		assert_false(file_exists(path));
	assert_int_equal(storage_clean(id), 0);
}

static void files(void **state)
{
	(void)state;
	check_back_end(STORAGE_RAW_FILE, NULL);
	check_back_end(STORAGE_QCOW2, NULL);
}

static void loop_devices(void **state)
{
	(void)state;
	check_back_end(STORAGE_BLOCK_DEVICE, NULL);
	check_back_end(STORAGE_PARTITION, NULL);
}

/* What tare left on a spare device it takes again. */
static void spare_device(void **state)
{
	(void)state;
	check_back_end(STORAGE_PARTITION, device);
	check_back_end(STORAGE_BLOCK_DEVICE, device);
	check_back_end(STORAGE_BLOCK_DEVICE, device);
}

static void fails(struct storage_spec spec, const char *why)
{
	struct storage *storage = NULL;
	struct error e = {""};

	assert_int_equal(storage_make(&spec, &storage, &e), -1);
	assert_null(storage);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" lacks \"%s\"", e.text, why);
}

static void refusals(void **state)
{
	(void)state;
	struct storage_spec spec = example(STORAGE_BLOCK_DEVICE, device);
	struct storage *storage = NULL;
	struct error e = {""};

	spec.size_bytes = 25 * MIB;
	fails(spec, "are needed");
	spec = example(STORAGE_PARTITION, device);
	spec.offset_bytes = 1000;
	fails(spec, "not a multiple of 512");
	fails(example(STORAGE_BLOCK_DEVICE, "/dev/null"), "not a block device");
	fails(example(STORAGE_BLOCK_DEVICE, "/no/such"), "No such file");
	/* One machine has it; the next one does not get it. */
	spec = example(STORAGE_BLOCK_DEVICE, device);
	assert_int_equal(storage_make(&spec, &storage, &e), 0);
	fails(spec, "in use by another machine");
	storage_free(storage);
	/* Somebody else's file system. */
	assert_int_equal(
		tool((const char *const[]){"mke2fs", "-q", "-F", "-L", "precious", device, NULL},
			NULL),
		0);
	fails(spec, "device_overwrite");
	spec.overwrite = true;
	assert_int_equal(storage_make(&spec, &storage, &e), 0);
	storage_free(storage);
}

/* Not freed, as after a kill. */
static void leftovers_are_cleaned(void **state)
{
	(void)state;
	struct storage_spec spec = example(STORAGE_PARTITION, NULL);
	struct storage *storage = NULL;
	struct error e = {""};

	if (storage_make(&spec, &storage, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(file_exists(storage->path));
	assert_int_equal(storage_clean("nosuch"), 0);
	assert_int_equal(storage_clean(id), 2);
	assert_false(file_exists(storage->path));
	storage->is_loop = false;
	free(take_ptr(storage->partition));
	storage_free(storage);
}

static const struct {
	const char *line;
	bool good;
	struct storage_counts counts;
} lines[] = {
	{" 1825432    90163 99685115  1453819  2873676   637438 355229944  3445526        0  "
	 "1828500  5701797   485298       35 109081272   520570   594387   281880",
		true, {2873676, 355229944ULL * 512, 594387}},
	{"0 0 0 0 7 0 8 0 0 0 0 0 0 0 0 9 0", true, {7, 4096, 9}},
	{"0 0 0 0 7 0 8 0 0 0 0", false, {0, 0, 0}}, /* before Linux 5.5 */
	{"", false, {0, 0, 0}},
};

static void counter_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		struct storage_counts counts = {0};
		assert_int_equal(counters_parse(lines[i].line, &counts), lines[i].good);
		assert_memory_equal(&counts, &lines[i].counts, sizeof(counts));
	}
}

/* A loop device is followed to the disk below its file; a file in memory lies on none. */
static void counters_of_what_is_below(void **state)
{
	(void)state;
	struct storage_counts of_loop, of_directory, none;

	assert_int_equal(counters_of_host(device, &of_loop), counters_of_host(dir, &of_directory));
	assert_false(counters_of_host("/dev/shm", &none));
	assert_false(counters_of_host("/proc/version", &none));
	assert_false(counters_of_host("/no/such", &none));
}

/* A directory has its device's counts, and nobody's in between. */
static void counters_of_a_directory(void **state)
{
	(void)state;
	struct storage_counts before;
	struct storage_counters counters;
	bool known = counters_of_host(dir, &before);

	counters_of_directory(dir, &counters);
	assert_false(counters.machine_known);
	assert_int_equal(counters.host_known, known);
	assert_true(!known || counters.host.writes >= before.writes);
	counters_of_directory("/dev/shm", &counters);
	assert_false(counters.host_known);
}

static int set_up(void **state)
{
	(void)state;
	struct error e = {""};

	snprintf(id, sizeof(id), "s%d", (int)getpid());
	dir = str_printf("/tmp/tare-test-%s", id);
	cleanup_free char *file = str_printf("%s/spare", dir);
	if (dir_make(dir, &e) < 0 || drivers_own(id, &e) < 0 ||
		disk_make_sparse(file, 24 * MIB, &e) < 0)
		return -1;
	return tool((const char *const[]){"losetup", "--find", "--show", "--partscan", file, NULL},
		&device);
}

static int tear_down(void **state)
{
	(void)state;
	struct error e = {""};

	tool((const char *const[]){"losetup", "--detach", device, NULL}, NULL);
	int status = dir_remove(dir, &e) | drivers_clean(id, NULL, NULL, &e);
	free(dir);
	free(device);
	return status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(loop_devices),
		cmocka_unit_test(spare_device),
		cmocka_unit_test(refusals),
		cmocka_unit_test(leftovers_are_cleaned),
		cmocka_unit_test(counter_lines),
		cmocka_unit_test(counters_of_what_is_below),
		cmocka_unit_test(counters_of_a_directory),
	};

	if (geteuid() != 0 || access("/dev/loop-control", R_OK | W_OK) < 0) {
		print_message("skipped: not root, or no loop devices\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
