/* gnuplot scripts of figures with a lane per target: all samples of a metric, and plain values. See
 * plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/plot/plot.h"
#include "report/write/words.h"

/* More dots than this per target are not told apart, and make a file that no page wants. */
enum { DOTS_MAX = 4000, LANE_PIXELS = 46, FRAME_PIXELS = 110 };

/* From this span on the axis is logarithmic. */
static const double log_from = 8;

/* From here on ticks are labelled with k, M, G. */
static const double large = 1e5;

static void add_value_axis(
	const struct report_metric *metric, double low, double high, struct text *out)
{
	struct text label = {0};
	const char *better = words_better(metric->better);

	text_addf(&label, "%s (%s)%s%s%s", metric->name, metric->unit,
		metric->better != REPORT_BETTER_NONE ? ", " : "",
		metric->better != REPORT_BETTER_NONE ? better : "",
		metric->better == REPORT_BETTER_HIGHER  ? " is better →"
		: metric->better == REPORT_BETTER_LOWER ? " is better ←"
							: "");
	text_add(out, "set xlabel ");
	plot_add_string(out, label.bytes);
	text_add(out, " offset 0, 0.4\n");
	text_free(&label);
	if (low > 0 && high / low >= log_from)
		text_add(out, "set logscale x\n");
	text_addf(out, "set format x '%s'\nset grid noytics\n", high >= large ? "%.1s%c" : "%.5g");
}

/* The lanes' names, from the top down in the model's order. */
static void add_lanes(const struct report_model *model, const struct report_row *row, size_t lanes,
	struct text *out)
{
	size_t lane = 0;

	text_add(out, "unset key\nset ytics (");
	for (size_t t = 0; t < model->target_count; t++) {
		struct text name = {0};
		if (!row->values[t].block_count)
			continue;
		text_addf(&name, "%s%s", model->targets[t].name,
			row->values[t].cell->emulated ? " (emulated)" : "");
		text_add(out, lane ? ", " : "");
		plot_add_tick(out, name.bytes, (double)lane++);
		text_free(&name);
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
	add_value_axis(row->metric, dots.low, dots.high, &plot->script);
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
	add_value_axis(row->metric, low, high, &plot->script);
	if (low > 0 && high / low >= log_from)
		text_addf(&plot->script, "least = %g\nset xrange [least:%g]\n",
			pow(10, floor(log10(low / 2))), high * 1.3);
	else
		text_addf(&plot->script, "least = 0\nset xrange [%g:%g]\n", fmin(0, low * 1.1),
			low < 0 ? fmax(0, high * 1.1) : 1.1 * plot_top(high));
	add_lanes(model, row, lanes, &plot->script);
	plot_add_outputs(
		plot, curves.bytes, FRAME_PIXELS + (int)lanes * LANE_PIXELS, &plot->script);
	text_free(&curves);
}
