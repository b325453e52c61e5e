/* Which figures the headlines have besides the forest plot: curves, a panel each, and what was
 * measured of single points. See choose_headlines.h. */
#include "report/plot/choose_headlines.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { PANELS_MAX = 6, COLUMNS_MAX = 3, HEADLINES_MAX = 8 };

/* The rows of a group that make the metric's curve; count 0: there is none. */
static struct plot_panel find_curve(const struct report_model *model,
	const struct report_group *group, const struct report_metric *metric)
{
	struct plot_panel panel = {.group = group};

	for (size_t i = 0, rows; i < group->row_count; i += rows) {
		rows = figures_rows(group, i);
		if (group->rows[i].metric != metric ||
			!figures_is_curve(model, &group->rows[i], rows))
			continue;
		panel.rows = &group->rows[i];
		panel.count = rows;
	}
	return panel;
}

static bool has_curve(const struct report_model *model, const struct report_group *group)
{
	for (size_t i = 0, rows; i < group->row_count; i += rows) {
		rows = figures_rows(group, i);
		if (figures_is_curve(model, &group->rows[i], rows))
			return true;
	}
	return false;
}

/* The metrics with a curve in any of the groups, each once. */
static size_t find_curve_metrics(const struct report_model *model,
	const struct report_group *const *groups, size_t count,
	const struct report_metric *metrics[PANELS_MAX])
{
	size_t found = 0;

	for (size_t g = 0; g < count; g++)
		for (size_t i = 0, rows; i < groups[g]->row_count; i += rows) {
			const struct report_row *first = &groups[g]->rows[i];
			bool known = false;
			rows = figures_rows(groups[g], i);
			for (size_t m = 0; m < found; m++)
				known = known || metrics[m] == first->metric;
			if (!known && found < PANELS_MAX && figures_is_curve(model, first, rows))
				metrics[found++] = first->metric;
		}
	return found;
}

/* One figure: a column per group, a row per metric; of one group the metrics side by side. */
static void add_curve_figure(
	struct figures *figures, const struct report_group *const *groups, size_t count)
{
	const struct report_model *model = figures->model;
	const struct report_metric *metrics[PANELS_MAX];
	size_t metric_count = find_curve_metrics(model, groups, count, metrics);
	size_t columns = count > 1 ? count : metric_count < 2 ? metric_count : 2;
	struct plot_panel panels[PANELS_MAX * COLUMNS_MAX];
	cleanup_text struct text title = {0};
	bool placed = false;

	for (size_t g = 1; g < count; g++)
		placed = placed || strcmp(groups[g]->placement, groups[0]->placement) != 0;
	cleanup_free char *where =
		placed ? str_dup(groups[0]->benchmark) : figures_title(model, groups[0]);
	text_add(&title, where);
	for (size_t m = 0; m < metric_count; m++) {
		text_addf(&title, "%s %s", m ? "," : ":", metrics[m]->name);
		for (size_t g = 0; g < count; g++) {
			panels[m * count + g] = find_curve(model, groups[g], metrics[m]);
			panels[m * count + g].placed = placed;
		}
	}
	plot_curves(model, panels, metric_count * count, columns,
		figures_add_plot(figures, groups[0], title.bytes));
}

static bool same_benchmark(const struct report_group *group, const struct report_group *other)
{
	return strcmp(group->benchmark, other->benchmark) == 0;
}

/* All curves of a benchmark: one figure, unless there are too many. */
void figures_add_curves(struct figures *figures, size_t first)
{
	const struct report_model *model = figures->model;
	const struct report_group *groups[COLUMNS_MAX];
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		if (!same_benchmark(group, &model->groups[first]))
			continue;
		if (g < first)
			return;
		if (has_curve(model, group))
			groups[count++] = group;
		if (count == COLUMNS_MAX) {
			add_curve_figure(figures, groups, count);
			count = 0;
		}
	}
	if (count)
		add_curve_figure(figures, groups, count);
}

/* A headline of a single point: in no curve. */
static bool is_point(const struct report_model *model, const struct report_group *group, size_t row)
{
	const struct report_row *one = &group->rows[row];
	size_t first = row;

	while (first > 0 && group->rows[first - 1].metric == one->metric)
		first--;
	return one->values[0].headline && figures_measured(model, one) &&
	       !figures_is_curve(model, &group->rows[first], figures_rows(group, first));
}

/* Whether any target has several blocks: else the forest says all there is. */
static bool has_blocks(const struct report_model *model, const struct report_row *row)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (row->values[t].block_count > 1)
			return true;
	return false;
}

/* What was measured of a group's headlines, in all placements; many are in the forest alone. */
void figures_add_headlines(struct figures *figures, size_t first)
{
	const struct report_model *model = figures->model;
	const char *name = model->areas[first].name;
	struct plot_headline headlines[HEADLINES_MAX];
	size_t count = 0;

	if (model->target_count < 2 || (first && strcmp(model->areas[first - 1].name, name) == 0))
		return;
	for (size_t a = first; a < model->area_count && strcmp(model->areas[a].name, name) == 0;
		a++)
		for (size_t k = 0; k < model->areas[a].group_count; k++) {
			const struct report_group *group =
				&model->groups[model->areas[a].groups[k]];
			for (size_t i = 0; i < group->row_count; i++) {
				if (!is_point(model, group, i) ||
					!has_blocks(model, &group->rows[i]))
					continue;
				if (count == HEADLINES_MAX)
					return;
				headlines[count++] = (struct plot_headline){group, &group->rows[i]};
			}
		}
	cleanup_free char *title = str_printf("%s: headlines as measured", name);
	if (count)
		plot_headlines(model, headlines, count,
			figures_add_plot(figures, headlines[0].group, title));
}
