/* See pgfplots.h. */
#include "report/export/pgfplots.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/write/table.h"
#include "report/write/words.h"

enum { NAME_BYTES = 80 };

/* Numbered, so that whatever is replaced in names they differ; title is taken. */
static struct pgfplots_figure *add_figure(struct pgfplots_figures *figures, char *title)
{
	struct pgfplots_figure *figure;

	array_reserve(&figures->list, &figures->capacity, figures->count + 1);
	figure = &figures->list[figures->count++];
	*figure = (struct pgfplots_figure){
		.name = str_printf("%02zu-%s", figures->count, title), .caption = title};
	for (char *c = figure->name; *c; c++)
		if (!isascii(*c) || (!isalnum((unsigned char)*c) && *c != '-'))
			*c = '_';
	figure->name[strnlen(figure->name, NAME_BYTES)] = '\0';
	return figure;
}

static void add_point(struct pgfplots_series *series, double x, double y, double low, double high)
{
	array_reserve(&series->points, &series->capacity, series->count + 1);
	series->points[series->count++] = (struct pgfplots_point){x, y, low, high};
}

/* --- headlines ----------------------------------------------------------------------------------
 */

static bool has_slowdown(const struct report_value *value)
{
	return value->headline && value->compared && isfinite(value->cost);
}

static bool any_slowdown(const struct report_model *model, const struct report_row *row)
{
	if (row->metric->additive)
		return false;
	for (size_t t = 0; t < model->target_count; t++)
		if (has_slowdown(&row->values[t]))
			return true;
	return false;
}

static char *tick_of(const struct report_group *group, const struct report_row *row)
{
	cleanup_text struct text line = {0};
	char *benchmark = table_benchmark_text(group), *metric = table_metric_text(row);

	words_add_line(&line, group->placement);
	text_add(&line, " ");
	words_add_line(&line, benchmark);
	text_add(&line, " ");
	words_add_line(&line, metric);
	free(benchmark);
	free(metric);
	return text_take(&line);
}

static void add_headline(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, struct pgfplots_figure *figure, size_t capacity)
{
	if (figure->tick_count >= capacity || !any_slowdown(model, row))
		return;
	figure->ticks[figure->tick_count++] = tick_of(group, row);
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		if (!has_slowdown(value))
			continue;
		figure->series[t].emulated |= group->cells[t].emulated;
		add_point(&figure->series[t], (double)figure->tick_count, 1 + value->cost,
			1 + value->cost_low, 1 + value->cost_high);
	}
}

static size_t count_rows(const struct report_model *model)
{
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++)
		count += model->groups[g].row_count;
	return count;
}

static void make_series(const struct report_model *model, struct pgfplots_figure *figure)
{
	figure->series_count = model->target_count;
	figure->series = mem_new(model->target_count + 1, sizeof(*figure->series));
	for (size_t t = 0; t < model->target_count; t++)
		figure->series[t].target = t;
}

static void add_headlines(const struct report_model *model, struct pgfplots_figures *figures)
{
	const char *baseline = model->targets[model->baseline].name;
	struct pgfplots_figure *figure =
		add_figure(figures, str_printf("headlines: slowdown against %s", baseline));
	size_t capacity = count_rows(model);

	make_series(model, figure);
	figure->ticks = mem_new(capacity + 1, sizeof(*figure->ticks));
	figure->x_label = str_dup("");
	figure->y_label = str_dup("times as slow");
	figure->y_log = true;
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++)
			add_headline(model, &model->groups[g], &model->groups[g].rows[i], figure,
				capacity);
}

/* --- curves -------------------------------------------------------------------------------------
 */

static char *label_of(const char *name, const char *unit)
{
	return unit && strcmp(unit, "1") != 0 ? str_printf("%s (%s)", name, unit) : str_dup(name);
}

/* An axis is logarithmic where all that is on it is above 0 and its ends are a decade apart. */
static bool wants_log(const struct pgfplots_figure *figure, bool x)
{
	double low = INFINITY, high = -INFINITY;

	for (size_t s = 0; s < figure->series_count; s++)
		for (size_t i = 0; i < figure->series[s].count; i++) {
			const struct pgfplots_point *point = &figure->series[s].points[i];
			low = fmin(low, x ? point->x : fmin(point->y, point->low));
			high = fmax(high, x ? point->x : point->y);
		}
	return low > 0 && high >= 10 * low;
}

/* Rows of one metric from first on. */
static void add_curve(const struct report_model *model, const struct report_group *group,
	size_t first, size_t count, struct pgfplots_figures *figures)
{
	const struct report_metric *metric = group->rows[first].metric;
	cleanup_text struct text title = {0};
	struct pgfplots_figure *figure;
	char *where = table_benchmark_text(group);

	text_addf(&title, "%s ", group->placement);
	words_add_line(&title, where);
	free(where);
	text_add(&title, " ");
	words_add_line(&title, metric->name);
	figure = add_figure(figures, text_take(&title));
	make_series(model, figure);
	figure->x_label = label_of(metric->x_name, metric->x_unit);
	figure->y_label = label_of(metric->name, metric->unit);
	for (size_t i = first; i < first + count; i++)
		for (size_t t = 0; t < model->target_count; t++) {
			const struct report_value *value = &group->rows[i].values[t];
			if (value->status != REPORT_MEASURED || !isfinite(value->value.estimate))
				continue;
			figure->series[t].emulated |= group->cells[t].emulated;
			add_point(&figure->series[t], group->rows[i].x, value->value.estimate,
				value->value.low, value->value.high);
		}
	figure->x_log = wants_log(figure, true);
	figure->y_log = wants_log(figure, false);
}

static void add_curves(const struct report_model *model, const struct report_group *group,
	struct pgfplots_figures *figures)
{
	for (size_t i = 0, count; i < group->row_count; i += count) {
		const struct report_metric *metric = group->rows[i].metric;
		for (count = 1;
			i + count < group->row_count && group->rows[i + count].metric == metric;)
			count++;
		if (metric->x_name && metric->kind == REPORT_HEADLINE && count > 1)
			add_curve(model, group, i, count, figures);
	}
}

/* --- all ----------------------------------------------------------------------------------------
 */

static void free_series(struct pgfplots_figure *figure, size_t index)
{
	free(figure->series[index].points);
}

/* Series without a point have nothing to be drawn, nor have figures without a series. */
static void drop_empty(struct pgfplots_figure *figure)
{
	size_t kept = 0;

	for (size_t s = 0; s < figure->series_count; s++)
		if (figure->series[s].count)
			figure->series[kept++] = figure->series[s];
		else
			free_series(figure, s);
	figure->series_count = kept;
}

static void free_figure(struct pgfplots_figure *figure)
{
	for (size_t s = 0; s < figure->series_count; s++)
		free_series(figure, s);
	for (size_t i = 0; i < figure->tick_count; i++)
		free(figure->ticks[i]);
	free(figure->ticks);
	free(figure->series);
	free(figure->name);
	free(figure->caption);
	free(figure->x_label);
	free(figure->y_label);
}

void pgfplots_figures_make(const struct report_model *model, struct pgfplots_figures *figures)
{
	size_t kept = 0;

	*figures = (struct pgfplots_figures){0};
	add_headlines(model, figures);
	for (size_t g = 0; g < model->group_count; g++)
		add_curves(model, &model->groups[g], figures);
	for (size_t i = 0; i < figures->count; i++) {
		drop_empty(&figures->list[i]);
		if (figures->list[i].series_count)
			figures->list[kept++] = figures->list[i];
		else
			free_figure(&figures->list[i]);
	}
	figures->count = kept;
}

void pgfplots_figures_free(struct pgfplots_figures *figures)
{
	for (size_t i = 0; i < figures->count; i++)
		free_figure(&figures->list[i]);
	free(figures->list);
	*figures = (struct pgfplots_figures){0};
}
