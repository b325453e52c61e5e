/* gnuplot scripts of a metric over the time of a run: interval by interval, as they were measured.
 * See plot.h. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "report/plot/plot.h"
#include "report/write/words.h"
#include "stats/quantile.h"

/* Fewer intervals show no course; more than a page has pixels are left out. */
enum { FEWEST_INTERVALS = 5, POINTS_MAX = 600 };

/* Seconds between two samples, from the option "interval" of the benchmark's cell; 0: it has none.
 */
static double interval_of(const struct report_model *model, const struct report_value *value)
{
	const struct store_data *data = model->data;
	const struct data_series *series = &data->series[value->series[0]];
	const char *text = data->cells[data->runs[series->run_index].cell_index].options_json;
	json_t *options = text ? json_loads(text, 0, NULL) : NULL;
	const char *interval = json_string_value(json_object_get(options, "interval"));
	double seconds = 0;

	if (interval)
		duration_parse(interval, &seconds, NULL);
	json_decref(options);
	return seconds;
}

static size_t longest_of(const struct report_model *model, const struct report_value *value)
{
	size_t longest = 0;

	for (size_t i = 0; i < value->series_count; i++) {
		size_t count = model->data->series[value->series[i]].count;
		longest = count > longest ? count : longest;
	}
	return longest;
}

bool plot_has_time(const struct report_model *model, const struct report_row *row)
{
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		if (value->block_count && longest_of(model, value) >= FEWEST_INTERVALS &&
			interval_of(model, value) > 0)
			return true;
	}
	return false;
}

/* Over all runs, interval by interval: median, least, most. */
static void add_course(const struct report_model *model, const struct report_value *value,
	double seconds, double *highest, struct text *data)
{
	size_t longest = longest_of(model, value);
	cleanup_free double *values = mem_new(value->series_count, sizeof(*values));

	for (size_t k = 0; k < longest && k < POINTS_MAX; k++) {
		size_t count = 0;
		for (size_t i = 0; i < value->series_count; i++) {
			const struct data_series *series = &model->data->series[value->series[i]];
			if (k < series->count)
				values[count++] = series->values[k];
		}
		double most = quantile_of(values, count, 1);
		*highest = fmax(*highest, most);
		text_addf(data, "%.6g %.9g %.9g %.9g %zu\n", ((double)k + 0.5) * seconds,
			quantile_median(values, count), quantile_of(values, count, 0), most, count);
	}
	text_add(data, "\n\n");
}

static void add_axes(const struct report_metric *metric, double highest, struct text *out)
{
	cleanup_free char *label = str_printf("%s (%s)%s%s%s", metric->name, metric->unit,
		metric->better != REPORT_BETTER_NONE ? ", " : "",
		metric->better != REPORT_BETTER_NONE ? words_better(metric->better) : "",
		metric->better != REPORT_BETTER_NONE ? " is better" : "");

	text_add(out, "set xlabel 'time within the run (s): median of all runs, and their whole "
		      "range' offset 0, 0.4\nset ylabel ");
	plot_add_string(out, label);
	text_addf(out, "\nset xrange [0:*]\nset yrange [0:%.6g]\n", 1.08 * plot_top(highest));
	plot_add_ticks(out, "y", 0, 1.08 * plot_top(highest), 8);
}

void plot_time(const struct report_model *model, const struct report_row *row, struct plot *plot)
{
	struct text *out = &plot->script, curves = {0};
	double highest = 0;
	size_t index = 0;

	text_add(&plot->data, "# seconds median least most runs; one block per target\n");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		const struct plot_look *look = &plot_looks[plot_look_of(model, t)];
		double seconds = value->block_count ? interval_of(model, value) : 0;
		if (!(seconds > 0))
			continue;
		add_course(model, value, seconds, &highest, &plot->data);
		text_addf(&curves,
			"%sdata index %zu using 1:3:4 with filledcurves fc rgb '%s' fs transparent "
			"solid 0.2 noborder notitle, \\\n     data index %zu using 1:2 with "
			"linespoints lc rgb '%s' lw 1.6 pt %d pi -8 dt %d ",
			index ? ", \\\n     " : "", index, look->colour, index, look->colour,
			look->point, look->dash);
		plot_add_title(plot, &curves, model, t, value->cell->emulated);
		index++;
	}
	plot_add_preamble(plot, out);
	add_axes(row->metric, highest, out);
	plot_add_outputs(plot, curves.bytes, 330 + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS, out);
	text_free(&curves);
}
