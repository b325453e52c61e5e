/* Whatever a host's files hold: reading its counters stays in its bounds, and the two edges can
 * be put together. The first byte of the input says which file the rest is (modulo 128), and
 * whether it is that already at the first edge (from 128 on); all others hold what is good. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "counters/counters.h"
#include "tests/fuzz/counters_files.h"
#include "tests/fuzz/mutate.h"

enum { FIRST_EDGE = 128 };

/* In memory: a file is written for every input. */
static char root[] = "/dev/shm/tare-fuzz-counters-XXXXXX";

static void remove_root(void)
{
	dir_remove(root, NULL);
}

static void write_file(const char *path, const void *bytes, size_t count)
{
	cleanup_free char *whole = str_printf("%s/%s", root, path);
	cleanup_fd int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, count) != (ssize_t)count)
		abort();
}

static void make_file(const char *path, const char *good)
{
	cleanup_free char *directory = str_printf("%s/%s", root, path);

	*strrchr(directory, '/') = '\0';
	if (dir_make(directory, NULL) < 0)
		abort();
	write_file(path, good, strlen(good));
}

static void make_root(void)
{
	if (!mkdtemp(root))
		abort();
	atexit(remove_root);
	for (size_t i = 0; i < ARRAY_COUNT(counters_files); i++)
		make_file(counters_files[i].path, counters_files[i].good);
	for (size_t i = 0; i < ARRAY_COUNT(counters_others); i++)
		make_file(counters_others[i].path, counters_others[i].good);
}

/* Xen's devices are those of a host with Xen. */
static void change(size_t file, const void *bytes, size_t count)
{
	const char *path = counters_files[file].path;

	if (strstr(path, "/xen-backend/"))
		write_file("sys/hypervisor/type", "xen\n", 4);
	write_file(path, bytes, count);
}

static void restore(size_t file)
{
	const char *path = counters_files[file].path, *good = counters_files[file].good;

	if (strstr(path, "/xen-backend/"))
		write_file("sys/hypervisor/type", "kvm\n", 4);
	write_file(path, good, strlen(good));
}

/* The same file inside a guest. */
static void read_captured(size_t file, const uint8_t *bytes, size_t count)
{
	cleanup_free char *text = str_printf("%.*s", (int)count, (const char *)bytes);
	const struct captured_file captured = {counters_files[file].path, text, true};
	struct counter_list list = {0};

	counters_read_captured(&captured, 1, &list);
	counter_list_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static const unsigned cpus[] = {0, 3};
	static bool made;
	const struct counters_scope scope = {cpus, ARRAY_COUNT(cpus), "0123abcd", true};
	struct counter_list before = {0}, after = {0};
	struct counter_pair *pairs = NULL;

	if (!made)
		make_root();
	made = true;
	if (count == 0)
		return 0;
	size_t file = bytes[0] % FIRST_EDGE % ARRAY_COUNT(counters_files);
	struct counters *counters = counters_new(root, 5);
	/* libvirt's driver for tests, whose domain 1 is called "test". */
	counters_ask_libvirt(counters, "test:///default");
	if (bytes[0] >= FIRST_EDGE)
		change(file, bytes + 1, count - 1);
	counters_begin(counters, &scope, &before);
	if (bytes[0] < FIRST_EDGE)
		change(file, bytes + 1, count - 1);
	counters_end(counters, &after);
	restore(file);
	size_t paired = counters_pair(&before, &after, &pairs);
	if (paired < before.count || paired < after.count)
		abort();
	free(pairs);
	counter_list_free(&before);
	counter_list_free(&after);
	counters_free(counters);
	read_captured(file, bytes + 1, count - 1);
	return 0;
}
