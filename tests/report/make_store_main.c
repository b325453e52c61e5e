/* make_store DIR [ID SEED]: the tests' campaign, to be looked at with tare itself. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/report/make_store.h"

int main(int argc, char **argv)
{
	struct error e = {""};

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: make_store DIR [ID SEED]\n");
		return 2;
	}
	if ((argc == 2 ? make_store(argv[1], &e)
		       : make_store_as(argv[1], argv[2], strtoull(argv[3], NULL, 10), &e)) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	return 0;
}
