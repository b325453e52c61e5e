/* See read_made.h. */
#include "tests/report/read_made.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"

struct store_data *read_made(int (*make)(const char *dir, struct error *e))
{
	char dir[] = "/dev/shm/tare-test-made-XXXXXX";
	struct store_data *data = NULL;
	struct store *store = NULL;
	struct error e = {""};

	if (!mkdtemp(dir))
		return NULL;
	if (make(dir, &e) < 0 || store_open_readonly(dir, &store, &e) < 0 ||
		store_read(store, &data, &e) < 0)
		fprintf(stderr, "%s\n", e.text);
	store_close(store);
	dir_remove(dir, NULL);
	return data;
}
