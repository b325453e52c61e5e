/* gnuplot script of the forest plot: the slowdown of every headline, a row each, with a dot and an
 * interval per target. See plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/plot/plot.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"

enum {
	ROW_PIXELS = 26,
	LANE_PIXELS = 9,
	FRAME_PIXELS = 84,
	HALF_PAGE_PIXELS = 650,
	LABEL_WIDTH = 64,
	TEXT_WIDTH = 84
};

/* Where everything lies between these, the axis is finer than powers of two. */
static const double fine_low = 0.8, fine_high = 1.25;

/* What is drawn of one target's slowdown. */
struct dot {
	double middle, low, high;
};

static bool is_drawn(const struct report_row *row, size_t target, struct dot *dot)
{
	const struct report_value *value = &row->values[target];

	if (!value->compared || row->metric->additive || !(1 + value->cost > 0))
		return false;
	dot->middle = 1 + value->cost;
	dot->low = isfinite(value->cost_low) ? 1 + value->cost_low : dot->middle;
	dot->high = isfinite(value->cost_high) ? 1 + value->cost_high : dot->middle;
	return true;
}

/* Whether any headline of the target has a dot. */
static bool has_dots(const struct report_model *model, size_t target)
{
	struct dot dot;

	for (size_t g = 0; g < model->group_count && target != model->baseline; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_row *row = &model->groups[g].rows[i];
			if (row->values[target].headline && is_drawn(row, target, &dot))
				return true;
		}
	return false;
}

static size_t count_lanes(const struct report_model *model)
{
	size_t count = 0;

	for (size_t t = 0; t < model->target_count; t++)
		count += has_dots(model, t);
	return count;
}

size_t plot_forest_rows(const struct report_model *model)
{
	size_t count = 0;

	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++)
			count += model->groups[g].rows[i].values[0].headline;
	return count_lanes(model) ? count : 0;
}

static size_t row_pixels(size_t lanes)
{
	return lanes * LANE_PIXELS > ROW_PIXELS ? lanes * LANE_PIXELS : ROW_PIXELS;
}

size_t plot_forest_most(const struct report_model *model)
{
	size_t most = (HALF_PAGE_PIXELS - FRAME_PIXELS) / row_pixels(count_lanes(model));

	return most ? most : 1;
}

/* --- labels ---------------------------------------------------------------------------- */

/* "Disk 1x1: randread bandwidth at 4 KiB" */
static char *label_of(const struct report_model *model, const struct report_group *group,
	const struct report_row *row)
{
	cleanup_free char *where = label_area(model, label_area_of(model, group), "");
	cleanup_free char *label = label_row(model, group, row, NULL);

	return str_printf("%s: %s", where, label);
}

/* What a row without any dot says instead: a difference has no place on an axis of ratios. */
static char *words_of(const struct report_model *model, const struct report_group *group,
	const struct report_row *row)
{
	struct text words = {0};
	char number[WORDS_BYTES];

	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		if (t == model->baseline || value->status == REPORT_NOT_MEASURED)
			continue;
		text_addf(&words, "%s%s: ", words.count ? ", " : "", model->targets[t].name);
		if (value->compared)
			text_addf(&words, "%s %s%s", number_signed(value->cost, number),
				row->metric->unit, words_undecided(value) ? " ~" : "");
		else if (!group->cells[t].refused && value->status == REPORT_MEASURED)
			text_add(&words,
				number_with_unit(value->value.estimate, row->metric->unit, number));
		else
			text_add(&words, group->cells[t].refused
						 ? "refused"
						 : report_status_text(value->status));
	}
	if (!words.count)
		text_add(&words, report_status_text(REPORT_NOT_MEASURED));
	return text_take(&words);
}

/* --- the axis -------------------------------------------------------------------------- */

struct axis {
	double low, high; /* of what is shown */
	double least, most; /* of the dots, then of the intervals, too */
	double all_least, all_most;
};

static void widen_axis(struct axis *axis, const struct dot *dot)
{
	axis->least = fmin(axis->least, dot->middle);
	axis->most = fmax(axis->most, dot->middle);
	axis->all_least = fmin(axis->all_least, dot->low);
	axis->all_most = fmax(axis->all_most, dot->high);
}

/* Every dot is inside, and of the intervals as much as fits in twice as far. */
static void add_axis(struct axis *axis, struct text *out)
{
	if (axis->all_least >= fine_low && axis->all_most <= fine_high) {
		axis->low = fine_low;
		axis->high = fine_high;
		text_add(out, "set xtics (0.8, 0.9, 1, 1.1, 1.25)\n");
	} else {
		double from = floor(log2(fmin(fmax(axis->all_least, axis->least / 2), 0.5)));
		double to = ceil(log2(fmax(fmin(axis->all_most, axis->most * 2), 2)));
		double step = ceil((to - from) / 12);
		bool any = false;
		axis->low = exp2(from);
		axis->high = exp2(to);
		text_add(out, "set xtics (");
		for (int power = (int)(ceil(from / step) * step); power <= (int)to;
			power += (int)step) {
			text_addf(out, "%s%.12g", any ? ", " : "", exp2(power));
			any = true;
		}
		text_add(out, ")\n");
	}
	/* A tick at the very end of an axis would be lost to rounding. */
	axis->low /= 1.01;
	axis->high *= 1.01;
	text_addf(out,
		"low = %.12g\nhigh = %.12g\nstep = (high/low)**0.02\nset logscale x 2\nset xrange "
		"[low:high]\n",
		axis->low, axis->high);
}

/* --- the rows -------------------------------------------------------------------------- */

struct forest {
	const struct report_model *model;
	struct plot *plot;
	struct text *lanes; /* data by target */
	struct text ticks, texts;
	size_t rows, targets;
	size_t skipped, most; /* headlines before the first that is drawn; rows to be drawn */
	struct axis axis; /* of all headlines, drawn or not */
};

static void add_forest_row(
	struct forest *forest, const struct report_group *group, const struct report_row *row)
{
	const struct report_model *model = forest->model;
	cleanup_free char *label = label_of(model, group, row);
	bool any = false;
	size_t lane = 0;
	struct dot dot;

	text_add(&forest->ticks, forest->rows ? ", \\\n\t" : "");
	plot_add_tick_cut(&forest->ticks, label, (double)forest->rows, LABEL_WIDTH);
	for (size_t t = 0; t < model->target_count; t++) {
		double lanes = (double)forest->targets;
		if (!has_dots(model, t))
			continue;
		double offset = lanes > 1 ? 0.6 * ((double)lane / (lanes - 1) - 0.5) : 0;
		lane++;
		if (!is_drawn(row, t, &dot))
			continue;
		any = true;
		text_addf(&forest->lanes[t], "%.6g %.9g %.9g %.9g %d\n",
			(double)forest->rows + offset, dot.middle, dot.low, dot.high,
			row->values[t].settled ? 2 : row->values[t].decided);
	}
	if (!any) {
		cleanup_free char *words = words_of(model, group, row);
		size_t bytes = utf8_prefix(words, TEXT_WIDTH);
		cleanup_free char *cut =
			str_printf("%.*s%s", (int)bytes, words, words[bytes] ? "..." : "");
		text_add(&forest->texts, "set label ");
		plot_add_string(&forest->texts, cut);
		text_addf(&forest->texts, " at graph 0.01, first %zu left tc rgb '#555555'\n",
			forest->rows);
	}
	forest->rows++;
}

static void widen_by_row(struct forest *forest, const struct report_row *row)
{
	struct dot dot;

	for (size_t t = 0; t < forest->model->target_count; t++)
		if (is_drawn(row, t, &dot))
			widen_axis(&forest->axis, &dot);
}

static void add_group_rows(struct forest *forest, const struct report_group *group)
{
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (!row->values[0].headline)
			continue;
		widen_by_row(forest, row);
		if (forest->skipped)
			forest->skipped--;
		else if (forest->rows < forest->most)
			add_forest_row(forest, group, row);
	}
}

/* In the order of the overview. */
static void add_headlines(struct forest *forest)
{
	const struct report_model *model = forest->model;

	for (size_t a = 0; a < model->area_count; a++)
		for (size_t k = 0; k < model->areas[a].group_count; k++)
			add_group_rows(forest, &model->groups[model->areas[a].groups[k]]);
}

/* Interval, arrows where it is cut, then the dot: filled where it is decided. */
static void add_series(struct forest *forest, size_t target, size_t index, struct text *curves)
{
	struct plot *plot = forest->plot;
	const struct report_model *model = forest->model;
	const struct plot_look *look = &plot_looks[plot_look_of(model, target)];
	bool emulated = model->targets[target].emulated;

	text_add_bytes(
		&forest->plot->data, forest->lanes[target].bytes, forest->lanes[target].count);
	text_add(&forest->plot->data, "\n\n");
	text_addf(curves,
		"%sdata index %zu using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc "
		"rgb "
		"'%s' lw 1.4 notitle, \\\n     data index %zu using "
		"($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size "
		"screen 0.008, 20 fixed lc rgb '%s' lw 1.4 notitle, \\\n     data index %zu using "
		"($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled "
		"size "
		"screen 0.008, 20 fixed lc rgb '%s' lw 1.4 notitle, \\\n     data index %zu using "
		"($5 == 0 ? $2 : NaN):1 with points lc rgb '%s' pt %d ps 1 notitle, \\\n     "
		"data index %zu using ($5 == 0 ? NaN : $2):1 with points lc rgb '%s' pt %d ps 1 ",
		index ? ", \\\n     " : "", index, look->colour, index, look->colour, index,
		look->colour, index, look->colour, look->point - 1, index, look->colour,
		look->point);
	plot_add_title(plot, curves, model, target, emulated);
}

void plot_forest(const struct report_model *model, size_t first, size_t count, struct plot *plot)
{
	struct forest forest = {.model = model,
		.plot = plot,
		.skipped = first,
		.most = count,
		.lanes = mem_new(model->target_count, sizeof(struct text)),
		.targets = count_lanes(model),
		.axis = {0, 0, INFINITY, 0, INFINITY, 0}};
	struct text *out = &plot->script, curves = {0}, name = {0};
	size_t index = 0;

	plot->wide = true;
	add_headlines(&forest);
	plot_add_preamble(plot, out);
	add_axis(&forest.axis, out);
	text_addf(&name, "slowdown against %s (1: none)", model->targets[model->baseline].name);
	text_add(out, "from(v) = v < low ? low : v\nto(v) = v > high ? high : v\nset xlabel ");
	plot_add_string(out, name.bytes);
	text_addf(out,
		" offset 0, 0.4\nset yrange [%g:-0.6]\nset grid noytics\nset arrow 1 from 1, graph "
		"0 "
		"to 1, graph 1 nohead back lc rgb '#000000' lw 1\nset ytics scale 0 (%s)\n%s",
		(double)forest.rows - 0.4, forest.ticks.bytes,
		forest.texts.count ? forest.texts.bytes : "");
	text_add(&plot->data,
		"# row slowdown low high decided(1 worse, -1 better, 2 neither, 0 no); one block "
		"per target\n");
	for (size_t t = 0; t < model->target_count; t++) {
		if (forest.lanes[t].count)
			add_series(&forest, t, index++, &curves);
		text_free(&forest.lanes[t]);
	}
	/* A part may have nothing but words, and gnuplot has to plot something. */
	if (!curves.count)
		text_add(&curves, "NaN notitle");
	size_t height = row_pixels(forest.targets);
	plot_add_outputs(plot, curves.bytes, FRAME_PIXELS + (int)(forest.rows * height), out);
	free(forest.lanes);
	text_free(&forest.ticks);
	text_free(&forest.texts);
	text_free(&name);
	text_free(&curves);
}
