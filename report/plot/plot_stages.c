/* gnuplot scripts of how long stages take: seconds as they are, no ratio to the baseline. See
 * plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"
#include "report/write/words.h"

enum { BAR_PIXELS = 17, FRAME_PIXELS = 120 };

static bool has_bars(const struct report_row *const *rows, size_t count, size_t target)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i]->values[target].block_count)
			return true;
	return false;
}

/* One target's bars, offset from the stages' middles. */
static void add_bars(const struct report_row *const *rows, size_t count, size_t target,
	double offset, double *high, struct text *data)
{
	for (size_t i = 0; i < count; i++) {
		const struct report_value *value = &rows[i]->values[target];
		const struct interval *found = &value->value;
		bool known = found->status == INTERVAL_OK;
		if (!value->block_count)
			continue;
		text_addf(data, "%.6g %.9g %.9g %.9g\n", (double)i + offset, found->estimate,
			known ? found->low : found->estimate,
			known ? found->high : found->estimate);
		*high = fmax(*high, known ? found->high : found->estimate);
	}
	text_add(data, "\n\n");
}

/* Linear and from zero, as bars have to be; the smallest are told by their numbers. */
static void add_axes(
	const struct report_row *const *rows, size_t count, double high, struct text *out)
{
	/* Room for the numbers behind the bars. */
	double most = plot_top(high) * 1.2;

	text_addf(out,
		"set xlabel 's, lower is better ←' offset 0, 0.4\nleast = 0\nset xrange "
		"[least:%g]\nset yrange [%g:-0.6]\nset grid noytics\n",
		most, (double)count - 0.4);
	plot_add_ticks(out, "x", 0, most, 6);
	text_add(out, "set ytics (");
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? ", " : "");
		plot_add_tick(out, rows[i]->metric->name, (double)i);
	}
	text_add(out, ")\n");
	plot_add_seconds(out);
}

void plot_stages(const struct report_model *model, const struct report_row *const *rows,
	size_t count, struct plot *plot)
{
	struct text *out = &plot->script, curves = {0};
	double high = 0, bar;
	size_t targets = 0, index = 0;

	for (size_t t = 0; t < model->target_count; t++)
		targets += has_bars(rows, count, t);
	bar = 0.8 / (double)targets;
	text_add(&plot->data, "# position seconds low high; one block per target\n");
	for (size_t t = 0; t < model->target_count; t++) {
		const struct plot_look *look = &plot_looks[plot_look_of(model, t)];
		if (!has_bars(rows, count, t))
			continue;
		add_bars(rows, count, t, ((double)index - (double)(targets - 1) / 2) * bar, &high,
			&plot->data);
		text_addf(&curves,
			"%sdata index %zu using 2:1:(least):2:($1-%.6g):($1+%.6g) with boxxyerror "
			"fc rgb '%s' fs %s ",
			index ? ", \\\n     " : "", index, bar / 2, bar / 2, look->colour,
			look->fill);
		plot_add_title(plot, &curves, model, t, rows[0]->values[t].cell->emulated);
		text_addf(&curves,
			", \\\n     data index %zu using 2:1:3:4 with xerrorbars lc rgb 'black' lw "
			"1.4 pt 0 notitle, \\\n     data index %zu using 4:1:(seconds($2)) with "
			"labels left offset 0.6, 0 notitle",
			index, index);
		index++;
	}
	plot_add_preamble(plot, out);
	add_axes(rows, count, high, out);
	plot_add_outputs(plot, curves.bytes,
		FRAME_PIXELS + (int)(count * targets) * BAR_PIXELS + (int)count * 8 +
			(int)index * PLOT_KEY_LINE_PIXELS,
		out);
	text_free(&curves);
}
