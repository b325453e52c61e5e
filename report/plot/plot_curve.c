/* gnuplot scripts of curves: metrics over their axes, a panel each. See plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"
#include "report/write/label.h"
#include "report/write/words.h"

/* Two ticks are at least this part of the axis apart, so that their labels do not meet. */
static const double tick_distance = 0.14;

/* From these spans on an axis is logarithmic. */
static const double log_x_from = 16, log_y_from = 20;

/* Fewer points have error bars; a band between them would show what was not measured. */
enum { BAND_POINTS = 6 };

/* Of the SVG, in its pixels: a panel's height, and what is around it. */
enum { PANEL_PIXELS = 230, TOP_PIXELS = 18, BOTTOM_PIXELS = 64, LEFT_PIXELS = 78, GAP_PIXELS = 90 };

struct range {
	double low, high;
};

static void widen(struct range *range, double value)
{
	range->low = fmin(range->low, value);
	range->high = fmax(range->high, value);
}

/* Where a row stands on the x axis: 0 has no place on a logarithmic one and stands at a quarter
 * of the smallest. */
static double place_of(double x, bool logarithmic, const struct range *positive)
{
	return logarithmic && x == 0 ? positive->low / 4 : x;
}

static void add_x_ticks(const struct report_row *rows, size_t count, const struct range *xs,
	bool log_x, struct text *out)
{
	double first = place_of(rows[0].x, log_x, xs), last = rows[count - 1].x;
	double span = log_x ? log(last / first) : last - first, previous = -1;

	text_add(out, "set xtics (");
	for (size_t i = 0; i < count; i++) {
		double place = place_of(rows[i].x, log_x, xs);
		double part = (log_x ? log(place / first) : place - first) / span;
		char tick[WORDS_BYTES];
		if (previous >= 0 && part - previous < tick_distance)
			continue;
		text_add(out, i ? ", " : "");
		plot_add_tick(out, words_x(rows[i].metric, rows[i].x, tick), place);
		previous = part;
	}
	text_add(out, ")\n");
	if (log_x)
		text_addf(out, "set xrange [%.6g:%.6g]\n", first * exp(-0.03 * span),
			last * exp(0.03 * span));
	else
		text_addf(out, "set xrange [%.6g:%.6g]\n", first - 0.03 * span, last + 0.03 * span);
}

static void add_axes(const struct report_row *rows, size_t count, const struct range *xs,
	const struct range *ys, bool log_x, bool log_y, struct text *out)
{
	const struct report_metric *metric = rows[0].metric;
	struct text label = {0};
	bool bytes = metric->x_unit && strcmp(metric->x_unit, "B") == 0;
	bool plain = !metric->x_unit || bytes || strcmp(metric->x_unit, "1") == 0;

	text_addf(&label, plain ? "%s" : "%s (%s)", metric->x_name, metric->x_unit);
	text_add(out, "set xlabel ");
	plot_add_string(out, label.bytes);
	text_free(&label);
	text_addf(&label, "%s (%s)", metric->name, metric->unit);
	if (metric->better != REPORT_BETTER_NONE)
		text_addf(&label, ", %s is better %s", words_better(metric->better),
			words_arrow(metric->better));
	text_add(out, " offset 0, 0.4\nset ylabel ");
	plot_add_string(out, label.bytes);
	text_free(&label);
	text_add(out, " offset 1, 0\n");
	add_x_ticks(rows, count, xs, log_x, out);
	text_add(out, log_x ? "set logscale x\n" : "unset logscale x\n");
	if (log_y)
		text_addf(out, "set logscale y\nset yrange [%.6g:%.6g]\n", ys->low / 1.3,
			ys->high * 1.3);
	else
		text_addf(out, "unset logscale y\nset yrange [%.6g:%.6g]\n", fmin(0, 1.1 * ys->low),
			ys->low < 0 ? fmax(0, 1.1 * ys->high) : 1.1 * plot_top(ys->high));
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

static void add_panel(const struct report_model *model, const struct plot_panel *panel,
	size_t *index, struct plot *plot, struct text *out)
{
	struct range xs, ys;
	cleanup_free char *varied = label_varied(model, panel->group, true, NULL);

	find_ranges(model, panel, &xs, &ys);
	bool log_x = xs.high / xs.low >= log_x_from && panel->rows[0].x >= 0;
	bool log_y = ys.low > 0 && ys.high / ys.low >= log_y_from;
	add_axes(panel->rows, panel->count, &xs, &ys, log_x, log_y, out);
	text_add(out, "set label 1 ");
	plot_add_string(out, varied);
	text_add(out, " at graph 0, graph 1 offset 0, 0.5\n");
	add_lines(model, panel, log_x, &xs, index, plot, out);
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

/* Where the panel stands, from the left and from the top down. */
static void add_place(
	double width, double height, int top, size_t columns, size_t panel, struct text *out)
{
	double each =
		(width - 16 - LEFT_PIXELS - (double)(columns - 1) * GAP_PIXELS) / (double)columns;
	double left = LEFT_PIXELS + (double)(panel % columns) * (each + GAP_PIXELS);
	size_t row = panel / columns;
	double down = top + (double)row * (PANEL_PIXELS + BOTTOM_PIXELS);

	text_addf(out,
		"set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen "
		"%.4f\nset bmargin at screen %.4f\n",
		left / width, (left + each) / width, 1 - down / height,
		1 - (down + PANEL_PIXELS) / height);
}

void plot_curves(const struct report_model *model, const struct plot_panel *panels, size_t count,
	struct plot *plot)
{
	struct text *out = &plot->script, draw = {0}, legend = {0};
	size_t columns = count > 1 ? 2 : 1, rows = (count + columns - 1) / columns, index = 0;
	double width = count > 1 ? 1005 : 480;

	plot->wide = count > 1;
	text_add(&plot->data, "# x value low high x_as_measured; one block per panel and target\n");
	plot_add_preamble(plot, out);
	add_legend(model, panels, count, plot, &legend);
	int top = TOP_PIXELS + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS;
	int height = top + (int)rows * (PANEL_PIXELS + BOTTOM_PIXELS);
	text_add(&draw, "set multiplot\nset border 3\nset tics nomirror\nunset key\n");
	for (size_t i = 0; i < count; i++) {
		add_place(width, height, top, columns, i, &draw);
		add_panel(model, &panels[i], &index, plot, &draw);
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
