/* make_store DIR [ID SEED | loads]: the tests' campaigns, to be looked at with tare itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "tests/report/make_loads.h"
#include "tests/report/make_store.h"

/* Real campaigns have a record. It is of now, so that tests that compare bytes go without. */
static int add_record(const char *dir, struct error *e)
{
	struct store *store = NULL;
	int result = store_open(dir, &store, e);

	if (result == 0)
		result = store_add_event(store, "started", NULL, e);
	if (result == 0)
		result = store_add_event(store, "finished", NULL, e);
	store_close(store);
	return result;
}

int main(int argc, char **argv)
{
	struct error e = {""};
	int result;

	if (argc == 3 && strcmp(argv[2], "loads") == 0) {
		result = make_loads(argv[1], &e);
	} else if (argc == 2) {
		result = make_store(argv[1], &e);
	} else if (argc == 4) {
		result = make_store_as(argv[1], argv[2], strtoull(argv[3], NULL, 10), &e);
	} else {
		fprintf(stderr, "usage: make_store DIR [ID SEED | loads]\n");
		return 2;
	}
	if (result == 0)
		result = add_record(argv[1], &e);
	if (result < 0)
		fprintf(stderr, "%s\n", e.text);
	return result < 0;
}
