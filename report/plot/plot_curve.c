/* gnuplot scripts of curves: metrics over their axes, a panel each, the slowdown at its foot. See
 * plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/plot/plot.h"
#include "report/write/label.h"
#include "report/write/words.h"

/* Two ticks are at least this part of the axis apart, so that their labels do not meet. */
static const double tick_distance = 0.14;

/* From these spans on an axis is logarithmic. */
static const double log_x_from = 16, log_y_from = 20;

/* So many characters of a label fit beside a panel. */
enum { LABEL_WIDTH = 32 };

/* So many ticks of a y axis do not meet. */
enum { TICKS_MAX = 7 };

/* Fewer points have error bars; a band between them would show what was not measured. */
enum { BAND_POINTS = 6 };

/* Of the SVG, in its pixels: a panel's height, and what is around it. */
enum { PANEL_PIXELS = 280, TOP_PIXELS = 18, BOTTOM_PIXELS = 64, LEFT_PIXELS = 78, GAP_PIXELS = 90 };
/* Of a panel: the slowdown at its foot, and what is between both. */
enum { SLOWDOWN_PIXELS = 62, BETWEEN_PIXELS = 12 };

struct range {
	double low, high;
};

static void widen(struct range *range, double value)
{
	range->low = fmin(range->low, value);
	range->high = fmax(range->high, value);
}

static bool is_log_x(const struct plot_panel *panel, const struct range *xs)
{
	return xs->high / xs->low >= log_x_from && panel->rows[0].x >= 0;
}

/* Where a row stands on the x axis: 0 has no place on a logarithmic one and stands at a quarter
 * of the smallest. */
static double place_of(double x, bool logarithmic, const struct range *positive)
{
	return logarithmic && x == 0 ? positive->low / 4 : x;
}

static void add_x_ticks(const struct report_row *rows, size_t count, const struct range *xs,
	bool log_x, bool named, struct text *out)
{
	double first = place_of(rows[0].x, log_x, xs), last = rows[count - 1].x;
	double span = log_x ? log(last / first) : last - first, previous = -1;

	text_add(out, "set xtics nomirror (");
	for (size_t i = 0; i < count; i++) {
		double place = place_of(rows[i].x, log_x, xs);
		double part = (log_x ? log(place / first) : place - first) / span;
		char tick[WORDS_BYTES];
		if (previous >= 0 && part - previous < tick_distance)
			continue;
		text_add(out, i ? ", " : "");
		plot_add_tick(out, named ? words_x(rows[i].metric, rows[i].x, tick) : "", place);
		previous = part;
	}
	text_add(out, ")\n");
	if (log_x)
		text_addf(out, "set xrange [%.6g:%.6g]\n", first * exp(-0.03 * span),
			last * exp(0.03 * span));
	else
		text_addf(out, "set xrange [%.6g:%.6g]\n", first - 0.03 * span, last + 0.03 * span);
}

static void add_x_label(const struct report_metric *metric, struct text *out)
{
	bool bytes = metric->x_unit && strcmp(metric->x_unit, "B") == 0;
	bool plain = !metric->x_unit || bytes || strcmp(metric->x_unit, "1") == 0;
	cleanup_free char *label = plain ? str_dup(metric->x_name)
					 : str_printf("%s (%s)", metric->x_name, metric->x_unit);

	text_add(out, "set xlabel ");
	plot_add_string(out, label);
	text_add(out, " offset 0, 0.4\n");
}

static void add_y_axis(
	const struct report_metric *metric, const struct range *ys, bool log_y, struct text *out)
{
	cleanup_text struct text label = {0};

	text_addf(&label, "%s (%s)", metric->name, metric->unit);
	cleanup_free char *said =
		str_printf("%s, %s is better", label.bytes, words_better(metric->better));
	if (metric->better != REPORT_BETTER_NONE && utf8_width(said) < LABEL_WIDTH)
		text_addf(&label, ", %s is better", words_better(metric->better));
	if (metric->better != REPORT_BETTER_NONE)
		text_addf(&label, " %s", words_arrow(metric->better));
	text_add(out, "set ylabel ");
	plot_add_string(out, label.bytes);
	text_add(out, " offset 1, 0\n");
	double low = log_y ? ys->low / 1.3 : fmin(0, 1.1 * ys->low);
	double high = log_y         ? ys->high * 1.3
		      : ys->low < 0 ? fmax(0, 1.1 * ys->high)
				    : 1.1 * plot_top(ys->high);
	if (log_y)
		plot_add_log_ticks(out, "y", low, high, TICKS_MAX);
	else
		plot_add_ticks(out, "y", low, high, TICKS_MAX);
	text_addf(out, "%slogscale y\nset yrange [%.6g:%.6g]\n", log_y ? "set " : "unset ", low,
		high);
}

/* Neighbouring targets' error bars stand beside each other. */
static double dodge(const struct plot_panel *panel, double place, bool log_x,
	const struct range *xs, double targets)
{
	double first = place_of(panel->rows[0].x, log_x, xs),
	       last = panel->rows[panel->count - 1].x;

	return log_x ? place * pow(last / first, 0.012 * targets)
		     : place + 0.012 * targets * (last - first);
}

static void add_point(const struct report_row *row, const struct report_value *value, double place,
	struct text *data)
{
	const struct interval *found = &value->value;
	bool interval = found->status == INTERVAL_OK;

	if (value->status == REPORT_MEASURED)
		text_addf(data, "%.12g %.12g %.12g %.12g %.12g\n", place, found->estimate,
			interval ? found->low : found->estimate,
			interval ? found->high : found->estimate, row->x);
}

/* Of the values, and of their intervals as much as keeps the values apart. */
static void find_ranges(const struct report_model *model, const struct plot_panel *panel,
	struct range *xs, struct range *ys)
{
	struct range ends = {INFINITY, -INFINITY};

	*xs = *ys = ends;
	for (size_t i = 0; i < panel->count; i++) {
		if (panel->rows[i].x > 0)
			widen(xs, panel->rows[i].x);
		for (size_t t = 0; t < model->target_count; t++) {
			const struct report_value *value = &panel->rows[i].values[t];
			if (value->status != REPORT_MEASURED)
				continue;
			widen(ys, value->value.estimate);
			if (value->value.status == INTERVAL_OK) {
				widen(&ends, value->value.low);
				widen(&ends, value->value.high);
			}
		}
	}
	if (ys->low > 0)
		ys->low = fmin(ys->low, fmax(ends.low, ys->low / 3));
	else
		ys->low = fmin(ys->low, ends.low);
	if (ys->high > 0)
		ys->high = fmax(ys->high, fmin(ends.high, 3 * ys->high));
}

/* One target's points. Returns how many. */
static size_t add_points(const struct report_model *model, const struct plot_panel *panel,
	size_t target, bool log_x, const struct range *xs, struct text *data)
{
	double aside = (double)target - (double)(model->target_count - 1) / 2;
	size_t count = 0;

	for (size_t i = 0; i < panel->count; i++)
		count += panel->rows[i].values[target].status == REPORT_MEASURED;
	for (size_t i = 0; i < panel->count; i++) {
		const struct report_row *row = &panel->rows[i];
		double place = place_of(row->x, log_x, xs);
		if (count < BAND_POINTS)
			place = dodge(panel, place, log_x, xs, aside);
		add_point(row, &row->values[target], place, data);
	}
	return count;
}

/* Lines of the data file; *index is of its next block. */
static void add_lines(const struct report_model *model, const struct plot_panel *panel, bool log_x,
	const struct range *xs, size_t *index, struct plot *plot, struct text *out)
{
	bool any = false;

	text_add(out, "plot ");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct plot_look *look = &plot_looks[plot_look_of(model, t)];
		cleanup_text struct text points = {0};
		size_t count = add_points(model, panel, t, log_x, xs, &points);
		if (!count)
			continue;
		text_addf(&plot->data, "# target %zu\n%s\n\n", t + 1, points.bytes);
		text_add(out, any ? ", \\\n     " : "");
		if (count >= BAND_POINTS)
			text_addf(out,
				"data index %zu using 1:3:4 with filledcurves fc rgb '%s' fs "
				"transparent solid 0.12 noborder notitle, \\\n     ",
				*index, look->colour);
		else
			text_addf(out,
				"data index %zu using 1:2:3:4 with yerrorbars lc rgb '%s' lw 1.2 "
				"pt "
				"0 notitle, \\\n     ",
				*index, look->colour);
		text_addf(out,
			"data index %zu using 1:2 with linespoints lc rgb '%s' lw 1.6 pt %d dt %d "
			"notitle",
			*index, look->colour, look->point, look->dash);
		(*index)++;
		any = true;
	}
	text_add(out, "\n");
}

static void add_panel(const struct report_model *model, const struct plot_panel *panel, bool foot,
	size_t *index, struct plot *plot, struct text *out)
{
	const struct report_metric *metric = panel->rows[0].metric;
	struct range xs, ys;
	cleanup_free char *varied = label_varied(model, panel->group, true, NULL);
	cleanup_free char *placed =
		str_printf("%s%s%s", panel->group->placement, varied[0] ? ", " : "", varied);

	find_ranges(model, panel, &xs, &ys);
	bool log_x = is_log_x(panel, &xs);
	bool log_y = ys.low > 0 && ys.high / ys.low >= log_y_from;
	if (foot)
		text_add(out, "unset xlabel\n");
	else
		add_x_label(metric, out);
	add_y_axis(metric, &ys, log_y, out);
	add_x_ticks(panel->rows, panel->count, &xs, log_x, !foot, out);
	text_add(out, log_x ? "set logscale x\n" : "unset logscale x\n");
	text_add(out, "set label 1 ");
	plot_add_string(out, panel->placed ? placed : varied);
	text_add(out, " at graph 0, graph 1 offset 0, 0.5\n");
	add_lines(model, panel, log_x, &xs, index, plot, out);
}

/* --- the slowdown at the foot of a panel ------------------------------------------------ */

static bool has_slowdown(const struct report_row *row, size_t target)
{
	const struct report_value *value = &row->values[target];

	return value->compared && !row->metric->additive && 1 + value->cost > 0;
}

static bool has_foot(const struct report_model *model, const struct plot_panel *panel)
{
	for (size_t i = 0; i < panel->count; i++)
		for (size_t t = 0; t < model->target_count; t++)
			if (has_slowdown(&panel->rows[i], t))
				return true;
	return false;
}

/* One target's slowdowns: x slowdown low high. The range holds all of them, and ×1. */
static bool add_slowdowns(const struct report_model *model, const struct plot_panel *panel,
	size_t target, const struct range *xs, struct range *shown, struct text *data)
{
	double aside = (double)target - (double)(model->target_count - 1) / 2;
	bool log_x = is_log_x(panel, xs), any = false;

	for (size_t i = 0; i < panel->count; i++) {
		const struct report_row *row = &panel->rows[i];
		const struct report_value *value = &row->values[target];
		if (!has_slowdown(row, target))
			continue;
		double slowdown = 1 + value->cost;
		double low = isfinite(value->cost_low) ? 1 + value->cost_low : slowdown;
		double high = isfinite(value->cost_high) ? 1 + value->cost_high : slowdown;
		low = fmax(low, slowdown / 4);
		high = fmin(high, slowdown * 4);
		widen(shown, low);
		widen(shown, high);
		text_addf(data, "%.12g %.9g %.9g %.9g\n",
			dodge(panel, place_of(row->x, log_x, xs), log_x, xs, aside), slowdown, low,
			high);
		any = true;
	}
	return any;
}

/* Powers of two, a few of them: the panel is low. */
static void add_slowdown_axis(const struct range *shown, struct text *out)
{
	enum { TICKS = 3 };
	double from = floor(log2(shown->low)), to = ceil(log2(shown->high));
	int step = (int)fmax(1, ceil((to - from) / TICKS));

	text_addf(out,
		"set ylabel 'slowdown' offset 1, 0\nset format y '%%.6g'\nset logscale y 2\nset "
		"yrange "
		"[%.6g:%.6g]\n"
		"set ytics nomirror (1",
		exp2(from) / 1.1, exp2(to) * 1.1);
	for (int power = step; power <= to; power += step)
		text_addf(out, ", %.12g", exp2(power));
	for (int power = -step; power >= from; power -= step)
		text_addf(out, ", %.12g", exp2(power));
	text_add(out, ")\nset label 1 ''\n");
}

static void add_foot(const struct report_model *model, const struct plot_panel *panel,
	size_t *index, struct plot *plot, struct text *out)
{
	struct range xs, ys, shown = {1, 1};
	cleanup_text struct text curves = {0};

	find_ranges(model, panel, &xs, &ys);
	for (size_t t = 0; t < model->target_count; t++) {
		const struct plot_look *look = &plot_looks[plot_look_of(model, t)];
		cleanup_text struct text points = {0};
		if (!add_slowdowns(model, panel, t, &xs, &shown, &points))
			continue;
		text_addf(&plot->data, "# slowdown of target %zu\n%s\n\n", t + 1, points.bytes);
		text_addf(&curves,
			", \\\n     data index %zu using 1:2:3:4 with yerrorbars lc rgb '%s' lw "
			"1.2 "
			"pt %d ps 0.8 notitle",
			(*index)++, look->colour, look->point);
	}
	add_x_label(panel->rows[0].metric, out);
	add_x_ticks(panel->rows, panel->count, &xs, is_log_x(panel, &xs), true, out);
	add_slowdown_axis(&shown, out);
	text_addf(out, "plot 1 with lines lc rgb '#000000' lw 0.8 notitle%s\n", curves.bytes);
}

/* A plot of its own across all panels, of nothing but the names. */
static void add_legend(const struct report_model *model, const struct plot_panel *panels,
	size_t count, struct plot *plot, struct text *out)
{
	text_add(out, "plot 2 notitle");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct plot_look *look = &plot_looks[plot_look_of(model, t)];
		bool any = false, emulated = false;
		for (size_t i = 0; i < count; i++)
			for (size_t r = 0; r < panels[i].count; r++)
				any = any || panels[i].rows[r].values[t].status == REPORT_MEASURED;
		for (size_t i = 0; i < count; i++)
			emulated = emulated || panels[i].group->cells[t].emulated;
		if (!any)
			continue;
		text_addf(out,
			", \\\n     keyentry with linespoints lc rgb '%s' lw 1.6 pt %d dt %d ",
			look->colour, look->point, look->dash);
		plot_add_title(plot, out, model, t, emulated);
	}
	text_add(out, "\n");
}

/* Where the panels of a figure stand, in pixels. */
struct grid {
	double width, height, top;
	size_t columns;
};

/* Puts the next plot into the panel, from so far below its top to so far. */
static void add_place(
	const struct grid *grid, size_t panel, double from, double to, struct text *out)
{
	double gaps = (double)(grid->columns - 1) * GAP_PIXELS;
	double each = (grid->width - 16 - LEFT_PIXELS - gaps) / (double)grid->columns;
	double left = LEFT_PIXELS + (double)(panel % grid->columns) * (each + GAP_PIXELS);
	size_t row = panel / grid->columns;
	double down = grid->top + (double)row * (PANEL_PIXELS + BOTTOM_PIXELS);

	text_addf(out,
		"set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen "
		"%.4f\nset bmargin at screen %.4f\n",
		left / grid->width, (left + each) / grid->width, 1 - (down + from) / grid->height,
		1 - (down + to) / grid->height);
}

void plot_curves(const struct report_model *model, const struct plot_panel *panels, size_t count,
	size_t columns, struct plot *plot)
{
	struct text *out = &plot->script, draw = {0}, legend = {0};
	size_t rows = (count + columns - 1) / columns, index = 0;
	double width = columns > 1 ? 1005 : 480;

	plot->wide = columns > 1;
	text_add(&plot->data, "# x value low high x_as_measured; one block per panel and target, "
			      "then its slowdowns\n");
	plot_add_preamble(plot, out);
	add_legend(model, panels, count, plot, &legend);
	int top = TOP_PIXELS + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS;
	int height = top + (int)rows * (PANEL_PIXELS + BOTTOM_PIXELS);
	text_add(&draw, "set multiplot\nset border 3\nset tics nomirror\nunset key\n");
	const struct grid grid = {width, height, top, columns};
	for (size_t i = 0; i < count; i++) {
		if (!panels[i].count)
			continue;
		bool foot = has_foot(model, &panels[i]);
		double end = foot ? PANEL_PIXELS - SLOWDOWN_PIXELS - BETWEEN_PIXELS : PANEL_PIXELS;
		add_place(&grid, i, 0, end, &draw);
		add_panel(model, &panels[i], foot, &index, plot, &draw);
		if (!foot)
			continue;
		add_place(&grid, i, end + BETWEEN_PIXELS, PANEL_PIXELS, &draw);
		add_foot(model, &panels[i], &index, plot, &draw);
	}
	text_addf(&draw,
		"unset tics\nunset xlabel\nunset ylabel\nunset label\nset border 0\n"
		"unset logscale\nset xrange [0:1]\nset yrange [0:1]\nset lmargin at screen "
		"0.01\nset rmargin at screen 0.99\nset tmargin at screen 1\nset bmargin at "
		"screen %.4f\n",
		1 - (double)top / height);
	plot_add_key(plot, &draw);
	text_addf(&draw, "%sunset multiplot", legend.bytes);
	plot_add_commands(plot, draw.bytes, draw.bytes, height, out);
	text_free(&legend);
	text_free(&draw);
}
