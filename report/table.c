/* See table.h. */
#include "report/table.h"

#include <stdlib.h>

#include "base/array.h"
#include "report/words.h"

static char *one_line(const char *text)
{
	struct text line = {0};

	words_add_line(&line, text);
	return text_take(&line);
}

void table_add_column(struct table *table, const char *group, const char *heading, unsigned flags)
{
	array_reserve(&table->columns, &table->column_capacity, table->column_count + 1);
	table->columns[table->column_count++] = (struct column){
		.group = one_line(group),
		.heading = one_line(heading),
		.right = flags & COLUMN_RIGHT,
		.repeated = flags & COLUMN_REPEATED,
		.whole = flags & COLUMN_WHOLE,
	};
}

struct cell_text *table_add_cell(struct table *table, enum tone tone, const char *text)
{
	struct cell_text *cell;

	array_reserve(&table->cells, &table->cell_capacity, table->cell_count + 1);
	cell = &table->cells[table->cell_count++];
	*cell = (struct cell_text){.text = one_line(text), .marks = "", .tone = tone};
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
		for (size_t c = 0; c < table->column_count; c++) {
			free(table->columns[c].group);
			free(table->columns[c].heading);
		}
		free(table->cells);
		free(table->columns);
		free(table->title);
	}
	free(sections->tables);
	*sections = (struct sections){0};
}
