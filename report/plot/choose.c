/* What choosing figures has in common. See choose.h. */
#include "report/plot/choose.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Names are numbered, so that whatever is replaced in them they differ. */
struct plot *figures_add_plot(
	struct figures *figures, const struct report_group *group, const char *title)
{
	struct plot *plot;
	struct text line = {0};

	array_reserve(&figures->plots, &figures->capacity, figures->count + 1);
	plot = &figures->plots[figures->count++];
	words_add_line(&line, title);
	*plot = (struct plot){.name = str_printf("%02zu-%s", figures->count, title),
		.title = text_take(&line),
		.note = table_group_note(figures->model, group)};
	for (char *c = plot->name; *c; c++)
		if (!isascii(*c) || (!isalnum((unsigned char)*c) && *c != '-'))
			*c = '_';
	/* Far below what a file system allows. */
	plot->name[strnlen(plot->name, 80)] = '\0';
	return plot;
}

/* What a figure of the group is about, to which the metric is added. The owner frees it. A
 * published data set has no placements; its name says more. */
char *figures_title(const struct report_model *model, const struct report_group *group)
{
	if (!model->data->started_ns)
		return str_printf("%s: %s", model->name, group->benchmark);
	return str_printf("%s %s", group->benchmark, group->placement);
}

bool figures_measured(const struct report_model *model, const struct report_row *row)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (row->values[t].status == REPORT_MEASURED)
			return true;
	return false;
}

/* How many rows from this one on are of its metric. */
size_t figures_rows(const struct report_group *group, size_t first)
{
	size_t count = 1;

	while (first + count < group->row_count &&
		group->rows[first + count].metric == group->rows[first].metric)
		count++;
	return count;
}

/* Rows that make a curve: points of a headline metric. */
bool figures_is_curve(const struct report_model *model, const struct report_row *rows, size_t count)
{
	return rows->metric->x_name && count > 1 && rows->metric->kind == REPORT_HEADLINE &&
	       !plot_is_histogram(rows->metric) && figures_measured(model, rows);
}
