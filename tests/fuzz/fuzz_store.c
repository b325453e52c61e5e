/* A store from elsewhere: the input is the database file. Whatever is in it, reading ends with an
 * error or with data that every report can be made of. */
#include <stdint.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/store_place.h"
#include "tests/fuzz/written.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	store_place_put(bytes, count);
	store_place_read(written_choice(bytes, count));
	return 0;
}
