/* gnuplot scripts of histograms over powers of two: a lane per target, so that bars keep their
 * width however many targets there are. See plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/numbers.h"
#include "report/plot/plot.h"
#include "report/write/words.h"

enum { LANE_PIXELS = 84, FRAME_PIXELS = 104 };

/* What is less than this part of the highest is not seen. */
static const double most_span = 1e6;

/* From this span on heights are logarithmic. */
static const double log_from = 20;

static const char axis[] = "log2 of ";

bool plot_is_histogram(const struct report_metric *metric)
{
	return metric->x_name && strncmp(metric->x_name, axis, strlen(axis)) == 0;
}

struct extent {
	double low, high, first, last;
};

/* Bins of zero are not drawn and do not count. */
static struct extent extent_of(
	const struct report_model *model, const struct report_row *rows, size_t count)
{
	struct extent extent = {INFINITY, 0, INFINITY, -INFINITY};

	for (size_t i = 0; i < count; i++)
		for (size_t t = 0; t < model->target_count; t++) {
			double value = rows[i].values[t].value.estimate;
			if (!rows[i].values[t].block_count || !(value > 0))
				continue;
			extent.low = fmin(extent.low, value);
			extent.high = fmax(extent.high, value);
			extent.first = fmin(extent.first, rows[i].x);
			extent.last = fmax(extent.last, rows[i].x);
		}
	return extent;
}

static bool has_bars(const struct report_row *rows, size_t count, size_t target)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].values[target].block_count && rows[i].values[target].value.estimate > 0)
			return true;
	return false;
}

bool plot_has_histogram(
	const struct report_model *model, const struct report_row *rows, size_t count)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (has_bars(rows, count, t))
			return true;
	return false;
}

/* A power of ten as people write it. */
static void add_tick(struct text *out, double value, const char *unit, double place)
{
	char number[NUMBER_BYTES];
	bool plain = value == 0 || (value >= 1e-4 && value < 1e5);
	cleanup_free char *label = plain ? str_printf("%g %s", value, unit)
					 : str_dup(number_with_unit(value, unit, number));

	plot_add_tick(out, label, place);
}

/* Every lane has its own scale from least to most beside it. */
static void add_axes(const struct report_metric *metric, const struct extent *extent, double least,
	double most, size_t lanes, struct text *out)
{
	cleanup_free char *label =
		str_printf("%s: a bar at 2^n is for more than 2^(n-1), at most 2^n",
			metric->x_name + strlen(axis));
	int step = extent->last - extent->first > 16 ? 4 : 2;
	const char *unit = strcmp(metric->unit, "1") == 0 ? "" : metric->unit;

	text_add(out, "set xlabel ");
	plot_add_string(out, label);
	text_addf(out, " offset 0, 0.4\nset xrange [%g:%g]\nset xtics (", extent->first - 0.8,
		extent->last + 0.8);
	for (int x = (int)(ceil(extent->first / step) * step), any = 0; x <= (int)extent->last;
		x += step, any = 1)
		text_addf(out, "%s'2^%d' %d", any ? ", " : "", x, x);
	text_addf(out, ")\nset yrange [%g:0]\nset ytics scale 0.5 (", (double)lanes);
	for (size_t lane = 0; lane < lanes; lane++) {
		text_add(out, lane ? ", " : "");
		add_tick(out, least, unit, (double)lane + 0.96);
		text_add(out, ", ");
		add_tick(out, most, unit, (double)lane + 0.26);
	}
	text_add(out, ")\nset grid noytics xtics\n");
}

/* The bars of one target, and its name over them. */
static void add_lane(const struct report_model *model, const struct report_row *rows, size_t count,
	size_t target, size_t lane, struct plot *plot, struct text *curves)
{
	size_t look = plot_look_of(model, target);
	cleanup_free char *name = str_printf("%s%s", model->targets[target].name,
		rows[0].values[target].cell->emulated ? " (emulated)" : "");

	for (size_t i = 0; i < count; i++) {
		const struct report_value *value = &rows[i].values[target];
		bool known = value->value.status == INTERVAL_OK;
		double estimate = value->value.estimate;
		if (value->block_count && estimate > 0)
			text_addf(&plot->data, "%g %.9g %.9g %.9g\n", rows[i].x, estimate,
				known ? fmax(value->value.low, 0) : estimate,
				known ? value->value.high : estimate);
	}
	text_add(&plot->data, "\n\n");
	text_addf(&plot->script, "set label %zu ", lane + 2);
	plot_add_string(&plot->script, name);
	text_addf(&plot->script,
		" at graph 0.02, first %g front\nset arrow %zu from graph 0, first %g "
		"to graph 1, first %g nohead lc rgb '#555555' lw 0.7\n",
		(double)lane + 0.13, lane + 2, (double)lane + 0.96, (double)lane + 0.96);
	text_addf(curves,
		"%sdata index %zu using 1:(%zu+0.96-height($2)/2):(0.42):(height($2)/2) with "
		"boxxyerror fc rgb '%s' fs %s notitle, \\\n     data index %zu using "
		"1:(%zu+0.96-height($3)):(0):(height($3)-height($4)) with vectors nohead lc rgb "
		"'#777777' lw 1.4 notitle",
		lane ? ", \\\n     " : "", lane, lane, plot_looks[look].colour,
		plot_looks[look].fill, lane, lane);
}

void plot_histogram(const struct report_model *model, const struct report_row *rows, size_t count,
	struct plot *plot)
{
	struct extent extent = extent_of(model, rows, count);
	bool logarithmic = extent.high / extent.low >= log_from;
	double most = logarithmic ? pow(10, ceil(log10(extent.high))) : extent.high;
	double least = logarithmic ? fmax(pow(10, floor(log10(extent.low))), most / most_span) : 0;
	struct text *out = &plot->script, curves = {0};
	size_t lanes = 0;

	plot->wide = true;
	plot_add_preamble(plot, out);
	text_add(&plot->data, "# power value low high; one block per target\n");
	/* What fills a lane but for the room of its name. */
	if (logarithmic)
		text_addf(out,
			"least = %g\nmost = %g\nheight(v) = v <= least ? 0 : "
			"0.7*log(v/least)/log(most/least)\n",
			least, most);
	else
		text_addf(out, "most = %g\nheight(v) = 0.7*v/most\n", most);
	for (size_t t = 0; t < model->target_count; t++)
		if (has_bars(rows, count, t))
			add_lane(model, rows, count, t, lanes++, plot, &curves);
	add_axes(rows[0].metric, &extent, least, most, lanes, out);
	text_add(out, "unset key\n");
	plot_add_outputs(plot, curves.bytes, FRAME_PIXELS + (int)lanes * LANE_PIXELS, out);
	text_free(&curves);
}
