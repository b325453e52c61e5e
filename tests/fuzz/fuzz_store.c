/* A store from elsewhere: the input is the database file. Whatever is in it, reading ends with an
 * error or with data that every report can be made of; so does continuing its campaign, which first
 * makes it a store of this version, and reading it where it cannot be written. */
#include <stdint.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/store_place.h"
#include "tests/fuzz/written.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	unsigned choice = written_choice(bytes, count), way = choice >> 8 & 7;

	store_place_put(bytes, count);
	if (way == 0)
		store_place_continue();
	if (way == 1)
		store_place_read_sealed(choice);
	else
		store_place_read(choice);
	return 0;
}
