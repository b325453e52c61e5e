/* Files for `tare import`: every row that is accepted has what a store needs. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/import.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct yaml_mistakes mistakes = {0};
	struct import import = {0};

	import_read(input_file(bytes, count), &import, &mistakes);
	for (size_t i = 0; !mistakes.count && i < import.count; i++) {
		const struct import_row *row = &import.rows[i];

		if (!isfinite(row->value) || !isfinite(row->x) || !row->text[IMPORT_TARGET][0])
			abort();
		for (int k = 0; k < IMPORT_COLUMNS; k++)
			if (!row->text[k])
				abort();
	}
	for (size_t i = 0; i < mistakes.count; i++)
		if (strpbrk(mistakes.lines[i], "\n\r\x1b"))
			abort();
	import_free(&import);
	yaml_mistakes_free(&mistakes);
	return 0;
}
