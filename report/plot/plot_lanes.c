/* gnuplot scripts of figures with a lane per target: all samples of a metric, and plain values. See
 * plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/plot/plot.h"

/* More dots than this per target are not told apart, and make a file that no page wants. */
enum { DOTS_MAX = 4000, LANE_PIXELS = 46, FRAME_PIXELS = 110 };

/* From this span on the axis is logarithmic. */
static const double log_from = 8;

struct axis {
	double low, high;
	bool logarithmic;
};

static char *axis_label(const struct report_metric *metric)
{
	static const char *const arrows[] = {[REPORT_BETTER_NONE] = "",
		[REPORT_BETTER_HIGHER] = ", higher is better →",
		[REPORT_BETTER_LOWER] = ", lower is better ←"};
	cleanup_free char *name = plot_cut(metric->name, PLOT_NAME_WIDTH);

	return str_printf("%s (%s)%s", name, metric->unit, arrows[metric->better]);
}

static char *lane_name(
	const struct report_model *model, const struct report_row *row, size_t target)
{
	return str_printf("%s%s", model->targets[target].name,
		row->values[target].cell->emulated ? " (emulated)" : "");
}

/* The x axis; the figure becomes as wide as it needs. */
static void add_value_axis(const struct report_model *model, const struct report_row *row,
	const struct axis *axis, struct plot *plot)
{
	struct text *out = &plot->script;
	cleanup_free char *label = axis_label(row->metric);
	size_t names = 0;

	for (size_t t = 0; t < model->target_count; t++) {
		cleanup_free char *name = NULL;
		if (!row->values[t].block_count)
			continue;
		name = lane_name(model, row, t);
		names = plot_widest(names, name, PLOT_NAME_WIDTH);
	}
	size_t ticks = plot_fit(plot, names, utf8_width(label));
	text_add(out, "set xlabel ");
	plot_add_string(out, label);
	text_add(out, " offset 0, 0.4\nset grid noytics\n");
	if (axis->logarithmic)
		plot_add_log_ticks(out, "x", axis->low, axis->high, ticks);
	else
		plot_add_ticks(out, "x", axis->low, axis->high, ticks);
	text_addf(out, "%sset xrange [%.9g:%.9g]\n", axis->logarithmic ? "set logscale x\n" : "",
		axis->low, axis->high);
}

/* The lanes' names, from the top down in the model's order. */
static void add_lanes(const struct report_model *model, const struct report_row *row, size_t lanes,
	struct text *out)
{
	size_t lane = 0;

	text_add(out, "unset key\nset ytics (");
	for (size_t t = 0; t < model->target_count; t++) {
		cleanup_free char *name = NULL;
		if (!row->values[t].block_count)
			continue;
		name = lane_name(model, row, t);
		text_add(out, lane ? ", " : "");
		plot_add_tick(out, name, (double)lane++);
	}
	text_addf(out, ")\nset yrange [%g:-0.6]\n", (double)lanes - 0.4);
}

static size_t count_lanes(const struct report_model *model, const struct report_row *row)
{
	size_t lanes = 0;

	for (size_t t = 0; t < model->target_count; t++)
		lanes += row->values[t].block_count > 0;
	return lanes;
}

struct dots {
	double low, high;
	size_t step;
	struct text *data;
};

/* One target's samples, spread over its lane evenly; then its blocks. */
static void add_dots(const struct report_model *model, const struct report_value *value,
	double lane, struct dots *dots)
{
	static const double golden = 0.6180339887;
	size_t step = (value->samples + DOTS_MAX - 1) / DOTS_MAX, number = 0;

	dots->step = step > dots->step ? step : dots->step;
	for (size_t i = 0; i < value->series_count; i++) {
		const struct data_series *series = &model->data->series[value->series[i]];
		for (size_t v = 0; v < series->count; v++, number++) {
			double sample = series->values[v];
			dots->low = fmin(dots->low, sample);
			dots->high = fmax(dots->high, sample);
			if (number % step == 0)
				text_addf(dots->data, "%.9g %.4f\n", sample,
					lane + 0.6 * (fmod((double)number * golden, 1) - 0.5));
		}
	}
	text_add(dots->data, "\n\n");
	for (size_t b = 0; b < value->block_count; b++)
		text_addf(dots->data, "%.9g %g\n",
			value->logarithmic ? exp(value->blocks[b]) : value->blocks[b], lane);
	text_add(dots->data, "\n\n");
}

/* All dots, with some room beside them. */
static struct axis axis_around(const struct dots *dots)
{
	enum { PARTS = 25 };
	bool logarithmic = dots->low > 0 && dots->high / dots->low >= log_from;
	double span = dots->high - dots->low, aside = span > 0 ? span / PARTS : 1;
	double factor = pow(dots->high / dots->low, 1.0 / PARTS);

	if (logarithmic)
		return (struct axis){dots->low / factor, dots->high * factor, true};
	if (!isfinite(span))
		return (struct axis){0, 1, false};
	return (struct axis){dots->low - aside, dots->high + aside, false};
}

/* Bars begin at zero, or, on a logarithmic axis, at a power of ten. */
static struct axis axis_of_bars(double low, double high)
{
	if (low > 0 && high / low >= log_from)
		return (struct axis){pow(10, floor(log10(low / 2))), high * 1.3, true};
	return (struct axis){
		fmin(0, low * 1.1), low < 0 ? fmax(0, high * 1.1) : 1.1 * plot_top(high), false};
}

void plot_samples(const struct report_model *model, const struct report_row *row, struct plot *plot)
{
	struct dots dots = {INFINITY, -INFINITY, 1, &plot->data};
	size_t lanes = count_lanes(model, row), lane = 0;
	struct text curves = {0};

	text_add(&plot->data, "# value lane; per target its samples, then its blocks\n");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		if (!value->block_count)
			continue;
		add_dots(model, value, (double)lane, &dots);
		text_addf(&curves,
			"%sdata index %zu using 1:2 with points pt 7 ps 0.3 lc rgb '%s', \\\n     "
			"data "
			"index %zu using 1:($2-0.4):(0):(0.8) with vectors nohead lw 1.4 lc rgb "
			"'#000000'",
			lane ? ", \\\n     " : "", 2 * lane,
			plot_looks[plot_look_of(model, t)].colour, 2 * lane + 1);
		lane++;
	}
	plot_add_preamble(plot, &plot->script);
	if (dots.step > 1)
		text_addf(&plot->script, "# Up to every %zuth sample is drawn.\n", dots.step);
	const struct axis axis = axis_around(&dots);
	add_value_axis(model, row, &axis, plot);
	add_lanes(model, row, lanes, &plot->script);
	plot_add_outputs(
		plot, curves.bytes, FRAME_PIXELS + (int)lanes * LANE_PIXELS, &plot->script);
	text_free(&curves);
}

void plot_values(const struct report_model *model, const struct report_row *row, struct plot *plot)
{
	size_t lanes = count_lanes(model, row), lane = 0;
	double low = INFINITY, high = -INFINITY;
	struct text curves = {0};

	text_add(&plot->data, "# value lane low high; one block per target\n");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct interval *value = &row->values[t].value;
		bool known = value->status == INTERVAL_OK;
		if (!row->values[t].block_count)
			continue;
		low = fmin(low, known ? value->low : value->estimate);
		high = fmax(high, known ? value->high : value->estimate);
		text_addf(&plot->data, "%.9g %zu %.9g %.9g\n\n\n", value->estimate, lane,
			known ? value->low : value->estimate,
			known ? value->high : value->estimate);
		text_addf(&curves,
			"%sdata index %zu using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc "
			"rgb "
			"'%s' fs %s, \\\n     data index %zu using 1:2:3:4 with xerrorbars "
			"lc "
			"rgb 'black' lw 1.4 pt 0",
			lane ? ", \\\n     " : "", lane, plot_looks[plot_look_of(model, t)].colour,
			plot_looks[plot_look_of(model, t)].fill, lane);
		lane++;
	}
	plot_add_preamble(plot, &plot->script);
	const struct axis axis = axis_of_bars(low, high);
	add_value_axis(model, row, &axis, plot);
	text_addf(&plot->script, "least = %.9g\n", axis.logarithmic ? axis.low : 0);
	add_lanes(model, row, lanes, &plot->script);
	plot_add_outputs(
		plot, curves.bytes, FRAME_PIXELS + (int)lanes * LANE_PIXELS, &plot->script);
	text_free(&curves);
}
