/* See store_place.h. */
#include "store_place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "store/store.h"
#include "tests/fuzz/written.h"

enum { MOST_OUTPUTS = 4, MOST_VALUES = 20000, MOST_ROWS = 2000 };

static char directory[] = "/dev/shm/tare-fuzz-XXXXXX", path[64];

static void remove_place(void)
{
	dir_remove(directory, NULL);
}

static void make_place(void)
{
	if (path[0])
		return;
	if (!mkdtemp(directory)) {
		perror(directory);
		exit(2);
	}
	snprintf(path, sizeof(path), "%s/campaign.sqlite", directory);
	atexit(remove_place);
}

const char *store_place_put(const void *bytes, size_t count)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal"};

	make_place();
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char name[sizeof(path) + 10];

		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, count) != (ssize_t)count) {
		perror(path);
		exit(2);
	}
	return path;
}

static void read_outputs(struct store *store, const struct store_data *data)
{
	for (size_t i = 0; i < data->run_count && i < MOST_OUTPUTS; i++) {
		char *bytes = NULL;
		size_t count;
		struct error e = {""};

		store_output_bytes(store, data->runs[i].id, false, &e);
		if (store_read_output(store, data->runs[i].id, false, &bytes, &count, &e) == 0)
			free(bytes);
	}
}

static void read_by(
	int open_store(const char *dir, struct store **out, struct error *e), unsigned choice)
{
	struct store *store = NULL;
	struct store_data *data = NULL;
	struct error e = {""};

	if (open_store(directory, &store, &e) == 0 && store_read(store, &data, &e) == 0) {
		read_outputs(store, data);
		/* Reports of large ones are slow, and no different. */
		if (data->value_count <= MOST_VALUES && data->run_count <= MOST_ROWS)
			written_check(data, choice);
	}
	if (!data && (!error_is_set(&e) || strpbrk(e.text, "\n\r\x1b")))
		abort();
	store_data_free(data);
	store_close(store);
}

void store_place_read(unsigned choice)
{
	store_exists(directory);
	read_by(store_open_readonly, choice);
}

void store_place_read_sealed(unsigned choice)
{
	read_by(store_open_sealed, choice);
}

void store_place_continue(void)
{
	struct store *store = NULL;
	struct error e = {""};

	if (store_open(directory, &store, &e) < 0) {
		if (!error_is_set(&e) || strpbrk(e.text, "\n\r\x1b"))
			abort();
		return;
	}
	int64_t target = store_find_target(store, "native");
	store_find_metric(store, "cpu", "rate");
	store_find_cell(store, target, "1x1", "cpu", "");
	store_find_block(store, "1x1", 0);
	store_has_run(store, 1, 0, 0);
	store_expected_start_s(store, "native");
	store_add_event(store, "continued", NULL, &e);
	store_close(store);
}
