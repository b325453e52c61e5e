/* Which figures a report has. */
#include "report/plot/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/log.h"
#include "report/plot/choose_headlines.h"
#include "report/plot/plot.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* More bars do not fit on a page: they make another figure. */
enum { BARS_MAX = 12 };

static char *metric_title(const struct report_model *model, const struct report_group *group,
	const struct report_metric *metric)
{
	cleanup_free char *where = figures_title(model, group);

	return str_printf("%s: %s%s%s", where, metric->name, group->parameters[0] ? ", " : "",
		group->parameters);
}

static bool same_place(const struct report_group *group, const struct report_group *other)
{
	return strcmp(group->benchmark, other->benchmark) == 0 &&
	       strcmp(group->placement, other->placement) == 0;
}

/* What is not a headline but has an axis. */
static void add_detailed_curves(struct figures *figures, const struct report_group *group)
{
	for (size_t i = 0, count; i < group->row_count; i += count) {
		const struct report_row *rows = &group->rows[i];
		count = figures_rows(group, i);
		struct plot_panel panel = {.group = group, .rows = rows, .count = count};
		if (!rows->metric->x_name || count < 2 || !figures_measured(figures->model, rows) ||
			figures_is_curve(figures->model, rows, count))
			continue;
		cleanup_free char *title = metric_title(figures->model, group, rows->metric);
		if (!plot_is_histogram(rows->metric))
			plot_curves(figures->model, &panel, 1, 1,
				figures_add_plot(figures, group, title));
		else if (plot_has_histogram(figures->model, rows, count))
			plot_histogram(figures->model, rows, count,
				figures_add_plot(figures, group, title));
	}
}

/* What runs measured interval by interval, at every x of its own. */
static void add_times(struct figures *figures, const struct report_group *group)
{
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		char x[WORDS_BYTES];
		if (plot_is_histogram(row->metric) || !plot_has_time(figures->model, row))
			continue;
		cleanup_free char *metric = metric_title(figures->model, group, row->metric);
		words_x(row->metric, row->x, x);
		cleanup_free char *title =
			str_printf("%s%s%s, over time", metric, x[0] ? " at " : "", x);
		plot_time(figures->model, row, figures_add_plot(figures, group, title));
	}
}

/* Two and more metrics of one thing in seconds are seen together: the stages of a boot, what a
 * program spent where. */
static bool is_stage(const struct report_metric *metric)
{
	return strcmp(metric->unit, "s") == 0 && metric->better == REPORT_BETTER_LOWER &&
	       !metric->x_name && !metric->additive;
}

static size_t find_stages(const struct report_model *model, const struct report_group *group,
	const struct report_row *rows[BARS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < group->row_count && count < BARS_MAX; i++)
		if (is_stage(group->rows[i].metric) && figures_measured(model, &group->rows[i]))
			rows[count++] = &group->rows[i];
	return count > 1 ? count : 0;
}

static void add_stages(struct figures *figures, const struct report_group *group)
{
	const struct report_row *rows[BARS_MAX];
	size_t count = find_stages(figures->model, group, rows);
	cleanup_free char *where = figures_title(figures->model, group);
	cleanup_free char *title = str_printf(
		"%s: times%s%s", where, group->parameters[0] ? ", " : "", group->parameters);

	if (count)
		(plot_is_boot(rows, count) ? plot_boot : plot_stages)(
			figures->model, rows, count, figures_add_plot(figures, group, title));
}

/* A benchmark of a hundred metrics has as many curves of speed-up: the first few tell, and all are
 * in the table. Of a metric with an axis, the last point. */
static void add_scalings(struct figures *figures, const struct report_group *group)
{
	enum { SCALINGS_MAX = 4 };
	const struct report_model *model = figures->model;
	size_t count = 0;

	for (size_t i = 0; i < group->row_count && count < SCALINGS_MAX; i++) {
		const struct report_row *row = &group->rows[i];
		bool last = i + 1 == group->row_count || row[1].metric != row->metric;
		char x[WORDS_BYTES];
		if (!last || row->metric->kind != REPORT_HEADLINE || !plot_has_scaling(model, row))
			continue;
		words_x(row->metric, row->x, x);
		cleanup_free char *where = figures_title(model, group);
		cleanup_free char *title = str_printf(
			"%s: %s%s%s, speed-up", where, row->metric->name, x[0] ? " at " : "", x);
		plot_scaling(model, row, figures_add_plot(figures, group, title));
		count++;
	}
}

/* Where the next row's interferences begin. */
static size_t row_end(const struct report_model *model, size_t first)
{
	size_t end = first;

	while (end < model->interference_count &&
		model->interferences[end].target == model->interferences[first].target &&
		model->interferences[end].alone_row == model->interferences[first].alone_row)
		end++;
	return end;
}

/* The slowdown that a row's loads make of it together. */
static double harm_of(const struct report_model *model, size_t first)
{
	double sum = 0;

	for (size_t i = first; i < row_end(model, first); i++)
		sum += model->interferences[i].value
			       ? log(model->interferences[i].slowdown.estimate)
			       : 0;
	return sum;
}

/* Of a curve the point that suffers most. *next: where another metric or target begins. */
static size_t worst_of(const struct report_model *model, size_t first, size_t *next)
{
	const struct report_interference *all = model->interferences;
	size_t end = interference_end(model, first), worst = first;

	for (*next = first; *next < end && all[*next].alone == all[first].alone &&
			    all[*next].alone_row->metric == all[first].alone_row->metric;
		*next = row_end(model, *next))
		if (harm_of(model, *next) > harm_of(model, worst))
			worst = *next;
	return worst;
}

/* One figure, a panel per target; of each as many benchmarks as fit. */
static void add_matrices(struct figures *figures)
{
	const struct report_model *model = figures->model;
	cleanup_free const struct report_interference **rows =
		mem_new(model->interference_count + 1, sizeof(*rows));
	cleanup_free struct plot_matrix *matrices =
		mem_new(model->target_count + 1, sizeof(*matrices));
	size_t used = 0, count = 0;

	for (size_t i = 0, next; i < model->interference_count; i = next) {
		bool first = i == 0 || interference_end(model, i - 1) == i;
		const struct report_interference *worst =
			&model->interferences[worst_of(model, i, &next)];
		if (first)
			matrices[count++] = (struct plot_matrix){rows + used, 0};
		if (matrices[count - 1].count == BARS_MAX)
			continue;
		rows[used++] = worst;
		matrices[count - 1].count++;
	}
	if (count)
		plot_matrices(model, matrices, count,
			figures_add_plot(figures, rows[0]->alone, "interference: with a load"));
}

static bool any_compared(const struct report_model *model, const struct report_row *row)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (row->values[t].compared)
			return true;
	return false;
}

static void flush_bars(struct figures *figures, const struct report_group *group,
	struct plot_bar *bars, size_t *count)
{
	cleanup_free char *title = figures_title(figures->model, group);

	if (*count)
		plot_bars(figures->model, bars, *count, figures_add_plot(figures, group, title));
	while (*count)
		free(bars[--*count].label);
}

/* Every metric without an axis of a benchmark and placement, over all its parameters. */
static void add_bars(struct figures *figures, size_t first)
{
	const struct report_model *model = figures->model;
	const struct report_group *key = &model->groups[first];
	struct plot_bar bars[BARS_MAX];
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		if (!same_place(group, key))
			continue;
		if (g < first)
			return;
		for (size_t i = 0; i < group->row_count; i++) {
			const struct report_row *row = &group->rows[i];
			const struct report_metric *metric = row->metric;
			if (metric->x_name || metric->additive ||
				metric->better == REPORT_BETTER_NONE || !any_compared(model, row))
				continue;
			bars[count++] = (struct plot_bar){
				row, str_printf("%s%s%s", metric->name,
					     group->parameters[0] ? ", " : "", group->parameters)};
			if (count == BARS_MAX)
				flush_bars(figures, key, bars, &count);
		}
	}
	flush_bars(figures, key, bars, &count);
}

/* Whether a target has more samples than blocks: only then is there a distribution to see. */
static bool has_distribution(const struct report_model *model, const struct report_row *row)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (row->values[t].samples > row->values[t].block_count)
			return true;
	return false;
}

static size_t count_measured(const struct report_model *model, const struct report_row *row)
{
	size_t count = 0;

	for (size_t t = 0; t < model->target_count; t++)
		count += row->values[t].block_count > 0;
	return count;
}

/* Metrics without an axis and without a ratio: their values. */
static void add_values(struct figures *figures, const struct report_group *group)
{
	const struct report_model *model = figures->model;
	const struct report_row *stages[BARS_MAX];
	bool staged = find_stages(model, group, stages) > 0;

	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (row->metric->x_name || row->metric->better == REPORT_BETTER_NONE ||
			(staged && is_stage(row->metric)) || count_measured(model, row) < 2 ||
			(any_compared(model, row) && !row->metric->additive))
			continue;
		cleanup_free char *title = metric_title(model, group, row->metric);
		plot_values(model, row, figures_add_plot(figures, group, title));
	}
}

static void add_samples(struct figures *figures, const struct report_group *group)
{
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (row->metric->x_name || row->metric->better == REPORT_BETTER_NONE ||
			!has_distribution(figures->model, row))
			continue;
		cleanup_free char *title = metric_title(figures->model, group, row->metric);
		cleanup_free char *samples = str_printf("%s, every sample", title);
		plot_samples(figures->model, row, figures_add_plot(figures, group, samples));
	}
}

static void add_forest_part(struct figures *figures, size_t first, size_t count, const char *part)
{
	const struct report_model *model = figures->model;
	cleanup_free char *title = str_printf(
		"headlines%s: slowdown against %s", part, model->targets[model->baseline].name);
	struct plot *plot = figures_add_plot(figures, &model->groups[0], title);

	free(plot->note);
	plot->note = str_printf(
		"Dots are filled where the headline is decided at %g %% confidence for all of them "
		"together, else hollow; lines are the %g %% intervals of single numbers (none "
		"below "
		"3 blocks), with an arrow where they extend beyond the axis.",
		100 * model->options.confidence, 100 * model->options.confidence);
	plot_forest(model, first, count, plot);
}

/* In parts that fit on half a page each, of the same height as far as possible. */
static void add_forest(struct figures *figures)
{
	size_t rows = plot_forest_rows(figures->model), most = plot_forest_most(figures->model);
	size_t parts = (rows + most - 1) / most;

	for (size_t i = 0; i < parts; i++) {
		size_t first = rows * i / parts, end = rows * (i + 1) / parts;
		cleanup_free char *part =
			parts > 1 ? str_printf(" (%zu of %zu)", i + 1, parts) : str_dup("");
		add_forest_part(figures, first, end - first, part);
	}
}

/* A figure per target, of as many bars as fit on a page. */
static void add_explained(struct figures *figures)
{
	const struct report_model *model = figures->model;

	for (size_t first = 0, count; first < model->attribution_count; first += count) {
		count = plot_explained_count(model, first, BARS_MAX);
		cleanup_free char *title = plot_explained_title(model, first);
		plot_explained(
			model, first, count, figures_add_plot(figures, &model->groups[0], title));
	}
}

/* Which figures there are. The answers first: a page shows as many figures as fit. */
static void choose_figures(struct figures *figures)
{
	const struct report_model *model = figures->model;
	bool all = model->options.figures_all;

	add_forest(figures);
	for (size_t g = 0; g < model->group_count; g++) {
		figures_add_curves(figures, g);
		add_stages(figures, &model->groups[g]);
		add_scalings(figures, &model->groups[g]);
	}
	add_matrices(figures);
	for (size_t a = 0; a < model->area_count; a++)
		figures_add_headlines(figures, a);
	add_explained(figures);
	for (size_t g = 0; all && g < model->group_count; g++) {
		add_bars(figures, g);
		add_detailed_curves(figures, &model->groups[g]);
		add_values(figures, &model->groups[g]);
	}
	for (size_t g = 0; all && g < model->group_count; g++) {
		add_times(figures, &model->groups[g]);
		add_samples(figures, &model->groups[g]);
	}
}

static void keep_figure(struct report_model *model, const char *dir, const struct plot *plot)
{
	array_reserve(&model->figures, &model->figure_capacity, model->figure_count + 1);
	model->figures[model->figure_count++] = (struct report_figure){
		model_text(model, plot->title), model_text(model, plot->note),
		model_printf(model, "%s/%s.svg", dir, plot->name), plot->wide};
}

int report_figures(struct report_model *model, const char *dir, size_t *count, struct error *e)
{
	struct figures figures = {.model = model};
	int result = dir_make(dir, e);
	size_t drawn = 0;

	choose_figures(&figures);
	struct error *errors = mem_new(figures.count + 1, sizeof(*errors));
	if (result == 0)
		plot_draw_all(figures.plots, figures.count, dir, errors);
	for (size_t i = 0; i < figures.count; i++) {
		if (result == 0 && !errors[i].text[0]) {
			keep_figure(model, dir, &figures.plots[i]);
			drawn++;
		} else if (result == 0) {
			log_warn("a figure is omitted: %s", errors[i].text);
		}
		plot_free(&figures.plots[i]);
	}
	if (result == 0 && figures.count && !drawn)
		result = error_set(e,
			"no figure could be drawn, the first because: %s "
			"(gnuplot comes with apt-get install gnuplot-nox)",
			errors[0].text);
	if (count)
		*count = drawn;
	free(errors);
	free(figures.plots);
	return result;
}
