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

	array_reserve(&table->cells, &table->cell_capacity, table->cell_count + 1);
	cell = &table->cells[table->cell_count++];
	words_add_line(&line, text);
	*cell = (struct cell_text){.text = text_take(&line), .marks = "", .tone = tone};
	return cell;
}

size_t table_rows(const struct table *table)
{
	return table->column_count ? table->cell_count / table->column_count : 0;
}

void sections_free(struct sections *sections)
{
	for (size_t i = 0; i < sections->count; i++) {
		struct table *table = &sections->tables[i];
		for (size_t c = 0; c < table->cell_count; c++)
			free(table->cells[c].text);
		free(table->cells);
		free(table->columns);
		free(table->title);
		free(table->note);
	}
	free(sections->tables);
	*sections = (struct sections){0};
}
