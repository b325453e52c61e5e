/* gnuplot scripts of what exits explain: for every slowdown the share of the target's time that it
 * lost, stacked of counts times prices, and the remainder. See plot.h. */
#include <math.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "report/model/attribution.h"
#include "report/plot/plot.h"
#include "report/write/table.h"

enum { BAR_PIXELS = 26, FRAME_PIXELS = 130 };
static const double half_bar = 0.36;

/* The distinct prices of count attributions, in the order of first use. Returns how many. */
static size_t find_prices(
	const struct report_attribution *found, size_t count, const char *names[ATTRIBUTION_PRICES])
{
	size_t known = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t t = 0; t < found[i].term_count; t++) {
			size_t n = 0;
			while (n < known && names[n] != found[i].terms[t].price)
				n++;
			if (n == known)
				names[known++] = found[i].terms[t].price;
		}
	return known;
}

static double share_of(const struct report_attribution *found, const char *price)
{
	for (size_t t = 0; t < found->term_count; t++)
		if (found->terms[t].price == price)
			return found->terms[t].share;
	return 0;
}

/* One block of data: every bar's piece of a price (NULL: the remainder), from where the pieces
 * before it end. */
static void add_pieces(const struct report_attribution *found, size_t count, const char *price,
	double *ends, struct text *data)
{
	for (size_t i = 0; i < count; i++) {
		double rest = fmax(0, found[i].lost - found[i].explained);
		double length = price ? share_of(&found[i], price) : rest;
		text_addf(data, "%zu %.9g %.9g\n", i, 100 * ends[i], 100 * (ends[i] + length));
		ends[i] += length;
	}
	text_add(data, "\n\n");
}

static void add_curve(size_t index, const char *name, const char *colour, const char *fill,
	struct plot *plot, struct text *curves)
{
	text_addf(curves,
		"%sdata index %zu using 2:1:2:3:($1-%g):($1+%g) with boxxyerror fc rgb '%s' fs %s "
		"border lc rgb '#404040' ",
		index ? ", \\\n     " : "", index, half_bar, half_bar, colour, fill);
	plot_add_name(plot, curves, name);
}

static void add_axes(
	const struct report_attribution *found, size_t count, double high, struct text *out)
{
	text_addf(out,
		"set xlabel '%% of the target''s time' offset 0, 0.4\nset xrange [0:%g]\n"
		"set yrange [%g:-0.6]\nset grid noytics\nset ytics (",
		fmin(100, plot_top(100 * high) * 1.05), (double)count - 0.4);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *benchmark = table_benchmark_text(found[i].group);
		cleanup_free char *metric = table_metric_text(found[i].row);
		cleanup_free char *label = str_printf("%s, %s", benchmark, metric);
		text_add(out, i ? ", " : "");
		plot_add_tick_cut(out, label, (double)i, 44);
	}
	text_add(out, ")\n");
}

size_t plot_explained_count(const struct report_model *model, size_t first, size_t most)
{
	const struct report_attribution *found = model->attributions;
	size_t count = 1;

	while (count < most && first + count < model->attribution_count &&
		found[first + count].target == found[first].target)
		count++;
	return count;
}

char *plot_explained_title(const struct report_model *model, size_t first)
{
	const struct report_attribution *found = &model->attributions[first];
	cleanup_free char *target = table_target_text(model, found->group, found->target);

	return str_printf("what exits explain: %s", target);
}

void plot_explained(const struct report_model *model, size_t first, size_t count, struct plot *plot)
{
	const struct report_attribution *found = &model->attributions[first];
	cleanup_free double *ends = mem_new(count + 1, sizeof(*ends));
	const char *names[ATTRIBUTION_PRICES];
	size_t prices = find_prices(found, count, names);
	struct text curves = {0};
	double high = 0;

	text_add(&plot->data, "# bar from to, in % of the time; one block per price, the remainder "
			      "last\n");
	for (size_t p = 0; p < prices; p++) {
		add_pieces(found, count, names[p], ends, &plot->data);
		add_curve(p, names[p], plot_looks[p + 1].colour, plot_looks[p + 1].fill, plot,
			&curves);
	}
	add_pieces(found, count, NULL, ends, &plot->data);
	add_curve(prices, "remainder", "#d8d8d8", "solid 0.6", plot, &curves);
	for (size_t i = 0; i < count; i++)
		high = fmax(high, ends[i]);
	plot->wide = true;
	plot_add_preamble(plot, &plot->script);
	add_axes(found, count, high, &plot->script);
	plot_add_outputs(plot, curves.bytes,
		FRAME_PIXELS + (int)count * BAR_PIXELS + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS,
		&plot->script);
	text_free(&curves);
}
