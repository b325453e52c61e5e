/* gnuplot script of a group's headlines as they were measured: a panel each, a lane per target, in
 * it a dot for every block and the mean with its interval. See plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"
#include "report/write/label.h"
#include "report/write/words.h"

/* Of the SVG, in its pixels. */
enum { WIDTH = 1005, LANE = 22, NAMES = 210, GAP = 40, RIGHT = 24, TITLE = 30, AXIS = 34 };

/* From this span on the axis is logarithmic. */
static const double log_from = 8;

/* So many ticks of a panel do not meet. */
enum { TICKS_MAX = 6 };

/* One panel being made. */
struct panel {
	const struct report_model *model;
	const struct report_row *row;
	double low, high; /* of the blocks and means */
	struct text curves;
	size_t *index; /* of the data file's next block */
};

static bool has_lane(const struct plot_headline *headlines, size_t count, size_t target)
{
	for (size_t i = 0; i < count; i++)
		if (headlines[i].row->values[target].block_count)
			return true;
	return false;
}

static void widen(struct panel *panel, double value)
{
	panel->low = fmin(panel->low, value);
	panel->high = fmax(panel->high, value);
}

static bool is_log(const struct panel *panel)
{
	return panel->low > 0 && panel->high / panel->low >= log_from;
}

static double axis_low(const struct panel *panel)
{
	return is_log(panel) ? panel->low / 1.6 : fmin(0, 1.1 * panel->low);
}

static double axis_high(const struct panel *panel)
{
	return is_log(panel) ? panel->high * 1.6 : 1.1 * plot_top(panel->high);
}

/* Blocks in one block of the data file, the mean with its interval in the next. */
static void add_target(struct panel *panel, size_t target, size_t lane, struct text *data)
{
	const struct report_value *value = &panel->row->values[target];
	const struct interval *mean = &value->value;
	bool known = mean->status == INTERVAL_OK;
	const struct plot_look *look = &plot_looks[plot_look_of(panel->model, target)];

	if (!value->block_count)
		return;
	for (size_t b = 0; b < value->block_count; b++) {
		double block = value->logarithmic ? exp(value->blocks[b]) : value->blocks[b];
		widen(panel, block);
		text_addf(data, "%.9g %zu\n", block, lane);
	}
	widen(panel, mean->estimate);
	text_addf(data, "\n\n%.9g %zu %.9g %.9g\n\n\n", mean->estimate, lane,
		known ? mean->low : mean->estimate, known ? mean->high : mean->estimate);
	text_addf(&panel->curves,
		"%sdata index %zu using 1:2 with points pt 6 ps 0.6 lc rgb '%s' notitle, \\\n     "
		"data index %zu using 1:2:(cut($3)):(cut($4)) with xerrorbars pt %d ps 1.1 lw 1.4 "
		"lc rgb '%s' "
		"notitle",
		panel->curves.count ? ", \\\n     " : "", *panel->index, look->colour,
		*panel->index + 1, look->point, look->colour);
	plot_add_arrows(&panel->curves, *panel->index + 1, 2, look->colour);
	*panel->index += 2;
}

/* Around the blocks; intervals may go on beyond it. */
static void add_axis(const struct plot *plot, const struct panel *panel, struct text *out)
{
	double low = axis_low(panel), high = axis_high(panel);

	if (is_log(panel))
		plot_add_log_ticks(out, "x", low, high, TICKS_MAX);
	else
		plot_add_ticks(out, "x", low, high, TICKS_MAX);
	text_addf(out, "%slogscale x\nset xrange [%.9g:%.9g]\n", is_log(panel) ? "set " : "unset ",
		low, high);
	plot_add_ends(plot, low, high, is_log(panel), out);
}

static void add_title(
	const struct report_model *model, const struct plot_headline *headline, struct text *out)
{
	const struct report_metric *metric = headline->row->metric;
	cleanup_free char *label = label_row(model, headline->group, headline->row, NULL);
	cleanup_free char *title = str_printf("%s %s%s%s%s %s", headline->group->placement, label,
		strcmp(metric->unit, "1") == 0 ? "" : " (",
		strcmp(metric->unit, "1") == 0 ? "" : metric->unit,
		strcmp(metric->unit, "1") == 0 ? "" : ")", words_arrow(metric->better));

	text_add(out, "set label 1 ");
	plot_add_string(out, title);
	text_add(out, " at graph 0, graph 1 offset 0, 0.6\n");
}

/* The lanes' names stand at the left column only. */
static void add_lanes(const struct report_model *model, const struct plot_headline *headlines,
	size_t count, bool named, struct text *out)
{
	size_t lane = 0;

	text_add(out, "set ytics nomirror scale 0 (");
	for (size_t t = 0; t < model->target_count; t++) {
		if (!has_lane(headlines, count, t))
			continue;
		cleanup_free char *name = str_printf("%s%s", model->targets[t].name,
			model->targets[t].emulated ? " (emulated)" : "");
		text_add(out, lane ? ", " : "");
		plot_add_tick_cut(out, named ? name : "", (double)lane++, NAMES / 8 + 4);
	}
	text_addf(out, ")\nset yrange [%g:-0.6]\n", (double)lane - 0.4);
}

static size_t count_lanes(
	const struct report_model *model, const struct plot_headline *headlines, size_t count)
{
	size_t lanes = 0;

	for (size_t t = 0; t < model->target_count; t++)
		lanes += has_lane(headlines, count, t);
	return lanes;
}

static void add_place(size_t at, double panel_height, double height, struct text *out)
{
	double each = (double)(WIDTH - NAMES - GAP - RIGHT) / 2;
	double left = NAMES + (double)(at % 2) * (each + GAP);
	size_t row = at / 2;
	double top = (double)row * (panel_height + TITLE + AXIS) + TITLE;

	text_addf(out,
		"set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen "
		"%.4f\nset bmargin at screen %.4f\n",
		left / WIDTH, (left + each) / WIDTH, 1 - top / height,
		1 - (top + panel_height) / height);
}

void plot_headlines(const struct report_model *model, const struct plot_headline *headlines,
	size_t count, struct plot *plot)
{
	size_t lanes = count_lanes(model, headlines, count), lane, index = 0;
	double panel_height = (double)lanes * LANE + 10;
	size_t rows = (count + 1) / 2;
	double height = (double)rows * (panel_height + TITLE + AXIS);
	cleanup_text struct text draw = {0};

	plot->wide = true;
	text_add(&plot->data,
		"# per panel and target: its blocks (value lane), then its mean (value "
		"lane low high)\n");
	plot_add_preamble(plot, &plot->script);
	text_add(&draw, "set multiplot\nset grid noytics\nunset key\n");
	for (size_t i = 0; i < count; i++) {
		struct panel panel = {.model = model,
			.row = headlines[i].row,
			.low = INFINITY,
			.high = -INFINITY,
			.index = &index};
		lane = 0;
		for (size_t t = 0; t < model->target_count; t++)
			if (has_lane(headlines, count, t))
				add_target(&panel, t, lane++, &plot->data);
		add_place(i, panel_height, height, &draw);
		add_axis(plot, &panel, &draw);
		add_lanes(model, headlines, count, i % 2 == 0, &draw);
		add_title(model, &headlines[i], &draw);
		text_addf(&draw, "plot %s\n", panel.curves.bytes);
		text_free(&panel.curves);
	}
	text_add(&draw, "unset multiplot");
	plot_add_commands(plot, draw.bytes, draw.bytes, (int)height, &plot->script);
}
