/* make_store DIR: the tests' campaign, to be looked at with tare itself. */
#include <stdio.h>

#include "tests/report/make_store.h"

int main(int argc, char **argv)
{
	struct error e = {""};

	if (argc != 2) {
		fprintf(stderr, "usage: make_store DIR\n");
		return 2;
	}
	if (make_store(argv[1], &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	return 0;
}
