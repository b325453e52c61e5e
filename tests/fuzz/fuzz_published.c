/* Published data sets, which people write by hand and which come from elsewhere, and reports of
 * what was accepted. */
#include <stdint.h>

#include "report/model/published.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/written.h"

enum { MOST_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct store_data *data = NULL;
	struct error e = {""};

	if (report_published_read(input_file(bytes, count), &data, &e) < 0)
		return 0;
	/* Reports of large ones are slow, and no different. */
	if (count <= MOST_BYTES)
		written_check(data, written_choice(bytes, count));
	store_data_free(data);
	return 0;
}
