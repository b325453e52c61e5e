/* See table.h. */
#include "report/table.h"

#include <stdlib.h>

#include "base/array.h"
#include "report/words.h"

void table_add_column(struct table *table, const struct column *column)
{
	array_reserve(&table->columns, &table->column_capacity, table->column_count + 1);
	table->columns[table->column_count++] = *column;
}

struct cell_text *table_add_cell(struct table *table, enum tone tone, const char *text)
{
	struct text line = {0};
	struct cell_text *cell;
	size_t last = 0;

	for (size_t i = 0; i < table->column_count; i++)
		last = i;
	array_reserve(&table->cells, &table->cell_capacity,
		(table->row_count + 1) * table->column_count);
	(void)last;
	words_add_line(&line, text);
	cell = &table->cells[0];
	(void)cell;
	return NULL;
}
