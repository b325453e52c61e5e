/* Every sample of a metric as a small SVG inside the page, so that a reader can look behind a
 * number without the store. Knows rows and their series, not tables. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/write/html.h"
#include "report/write/words.h"

enum { LANE = 34, LEFT = 150, PLOT = 420, RIGHT = 14, TOP = 6, AXIS = 20, ROW_DOTS_MAX = 1600 };

/* From this span on the axis is logarithmic. */
static const double log_from = 8;

struct scale {
	double low, high;
	bool logarithmic;
	size_t samples; /* of all targets */
};

static struct scale scale_of(const struct report_model *model, const struct report_row *row)
{
	struct scale scale = {INFINITY, -INFINITY, false, 0};

	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		for (size_t i = 0; i < value->series_count; i++) {
			const struct data_series *series = &model->data->series[value->series[i]];
			for (size_t v = 0; v < series->count; v++) {
				double found = series->values[v];
				scale.low = found < scale.low ? found : scale.low;
				scale.high = found > scale.high ? found : scale.high;
			}
			scale.samples += series->count;
		}
	}
	scale.logarithmic = scale.low > 0 && scale.high / scale.low >= log_from;
	return scale;
}

static double place(const struct scale *scale, double value)
{
	double part;

	if (scale->high <= scale->low)
		return LEFT + PLOT / 2.0;
	part = scale->logarithmic ? log(value / scale->low) / log(scale->high / scale->low)
				  : (value - scale->low) / (scale->high - scale->low);
	return LEFT + PLOT * part;
}

/* One path for all: a dot is a line without length and with round ends. flagged: those of runs
 * whose clock went wrong, or the others. */
static void add_dots(struct text *out, const struct report_model *model,
	const struct report_value *value, const struct scale *scale, double top, size_t step,
	bool flagged)
{
	static const double golden = 0.6180339887;
	size_t number = 0;

	text_addf(out, "<path class=\"s%s\" d=\"", flagged ? " f" : "");
	for (size_t i = 0; i < value->series_count; i++) {
		const struct data_series *series = &model->data->series[value->series[i]];
		bool shown = model->clock_flags[series->run_index] == flagged;
		/* Every step-th over all series, spread over the lane evenly, the same in every
		 * report. */
		size_t first = (step - number % step) % step;
		for (size_t v = first; shown && v < series->count; v += step) {
			double jitter = fmod((double)(number + v) * golden, 1);
			text_addf(out, "M%.1f %.1fh0", place(scale, series->values[v]),
				top + 4 + (LANE - 12) * jitter);
		}
		number += series->count;
	}
	text_add(out,
		flagged ? "\"><title>the machine's clock went wrong in these runs</title></path>"
			: "\"/>");
}

static void add_blocks(
	struct text *out, const struct report_value *value, const struct scale *scale, double top)
{
	for (size_t b = 0; b < value->block_count; b++) {
		double found = value->logarithmic ? exp(value->blocks[b]) : value->blocks[b];
		double x = place(scale, fmin(fmax(found, scale->low), scale->high));
		char number[WORDS_BYTES];
		text_addf(out,
			"<path class=\"b\" d=\"M%.1f %.1fv%d\"><title>block %zu of %zu: %s</title>"
			"</path>",
			x, top + 2, LANE - 8, b + 1, value->block_count,
			number_format(found, number));
	}
}

static void add_axis(struct text *out, const struct scale *scale,
	const struct report_metric *metric, double bottom)
{
	char low[WORDS_BYTES], high[WORDS_BYTES];

	text_addf(out,
		"<path class=\"l\" d=\"M%d %.1fh%d\"/><text x=\"%d\" y=\"%.1f\">%s</text>"
		"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>"
		"<text x=\"%d\" y=\"%.1f\" text-anchor=\"middle\">",
		LEFT, bottom, PLOT, LEFT, bottom + 14, number_format(scale->low, low), LEFT + PLOT,
		bottom + 14, number_format(scale->high, high), LEFT + PLOT / 2, bottom + 14);
	text_add_xml(out, metric->unit);
	text_addf(out, " %s%s</text>", words_arrow(metric->better),
		scale->logarithmic ? " (logarithmic)" : "");
}

/* The target's name as far as there is room, the whole of it on hover. */
static void add_name(struct text *out, const char *name, double y)
{
	enum { SHOWN = 20 };
	size_t bytes = utf8_prefix(name, SHOWN);
	struct text cut = {0};

	text_add_bytes(&cut, name, bytes);
	text_addf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\"><title>", LEFT - 8, y);
	text_add_xml(out, name);
	text_add(out, "</title>");
	text_add_xml(out, cut.count ? cut.bytes : "");
	text_add(out, name[bytes] ? "…</text>" : "</text>");
	text_free(&cut);
}

bool html_has_samples(const struct report_model *model, const struct report_row *row)
{
	size_t samples = 0;

	for (size_t t = 0; t < model->target_count; t++)
		samples += row->values[t].samples;
	return samples > 1;
}

void html_add_samples(struct text *out, const struct report_model *model,
	const struct report_row *row, size_t *budget)
{
	struct scale scale = scale_of(model, row);
	size_t most = *budget < ROW_DOTS_MAX ? *budget : ROW_DOTS_MAX, step, lanes = 0;
	double top = TOP;

	if (scale.samples < 2)
		return;
	if (!most) {
		text_add(out, "<p>omitted to keep the page small; tare report --format samples has "
			      "them</p>");
		return;
	}
	step = (scale.samples + most - 1) / most;
	*budget -= scale.samples / step < *budget ? scale.samples / step : *budget;
	for (size_t t = 0; t < model->target_count; t++)
		lanes += row->values[t].series_count > 0;
	text_addf(out,
		"<svg class=\"samples\" width=\"%d\" height=\"%zu\" viewBox=\"0 0 %d %zu\" "
		"role=\"img\"><title>every ",
		LEFT + PLOT + RIGHT, TOP + lanes * LANE + AXIS, LEFT + PLOT + RIGHT,
		TOP + lanes * LANE + AXIS);
	if (step > 1)
		text_addf(out, "%zuth ", step);
	text_add(out, "sample a dot, every block a line</title>");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct report_value *value = &row->values[t];
		if (!value->series_count)
			continue;
		add_name(out, model->targets[t].name, top + LANE / 2.0 + 2);
		add_dots(out, model, value, &scale, top, step, false);
		if (value->flagged)
			add_dots(out, model, value, &scale, top, step, true);
		add_blocks(out, value, &scale, top);
		top += LANE;
	}
	add_axis(out, &scale, row->metric, top + 2);
	text_add(out, "</svg>");
	if (step > 1)
		text_addf(out, "<p>every %zuth of %zu samples</p>", step, scale.samples);
}
