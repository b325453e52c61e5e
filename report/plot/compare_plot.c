/* A campaign that ran until it was decided as figures: the slowdown at every look with the interval
 * that holds at all of them, and the margin. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/plot/figures.h"
#include "report/plot/plot.h"
#include "report/verdict/compare.h"
#include "report/write/words.h"

enum { FIGURES_MAX = 200, TICKS_MAX = 8, Y_TICKS_MAX = 12 };

/* Characters of the targets' names that fit into the legend and beside the axis; and of the line
 * that says what was measured. */
enum { NAME_WIDTH = 22, LABEL_WIDTH = 48 };

static char *title_of(const struct compare_item *item)
{
	cleanup_free char *at =
		isnan(item->x) ? str_printf("%s", "") : str_printf(" at %.15g", item->x);

	return str_printf("%s against %s, %s %s: %s%s%s%s%s; %s after %zu pairs", item->new_target,
		item->base_target, item->benchmark, item->placement, item->metric->name, at,
		item->parameters[0] ? ", " : "", item->parameters,
		item->emulated ? " (emulated)" : "", compare_state_text(item), item->looked_pairs);
}

/* What the slowdown is of, over two lines beside the axis. */
static void add_label(const struct compare_item *item, struct text *out)
{
	char x[WORDS_BYTES];
	const char *at = words_x(item->metric, item->x, x);
	cleanup_free char *metric = str_printf("%s %s: %s%s%s", item->benchmark, item->placement,
		item->metric->name, at[0] ? " at " : "", at);
	cleanup_free char *base = plot_cut(item->base_target, NAME_WIDTH);
	cleanup_free char *slowdown = str_printf("slowdown against %s (%s), + is worse", base,
		item->metric->additive ? item->metric->unit : "%");
	cleanup_free char *line = plot_cut(metric, LABEL_WIDTH);

	text_add(out, "set ylabel ");
	plot_add_string(out, line);
	text_add(out, " . \"\\n\" . ");
	plot_add_string(out, slowdown);
	text_add(out, " offset -0.5, 0\n");
}

/* Of the intervals, the margin and no change. */
static void add_range(const struct compare_item *item, double scale, struct text *out)
{
	double low = fmin(0, scale * item->margin), high = fmax(0, scale * item->margin), aside;

	for (size_t i = 0; i < item->look_count; i++) {
		const struct compare_look *look = &item->looks[i];
		if (!isfinite(look->cost_low) || !isfinite(look->cost_high))
			continue;
		low = fmin(low, scale * look->cost_low);
		high = fmax(high, scale * look->cost_high);
	}
	aside = high > low ? 0.06 * (high - low) : 1;
	plot_add_ticks(out, "y", low - aside, high + aside, Y_TICKS_MAX);
	text_addf(out, "set yrange [%.9g:%.9g]\n", low - aside, high + aside);
}

/* The looks, and what they are judged by. */
static void add_series(const struct compare_item *item, struct plot *plot)
{
	cleanup_free char *target = plot_cut(item->new_target, NAME_WIDTH);
	cleanup_free char *name = str_printf("%s: slowdown with its interval", target);
	cleanup_text struct text curves = {0};

	text_add(&curves, "data using 1:2:3:4 with yerrorbars lc rgb '#0072b2' pt 7 lw 1.5 ");
	plot_add_name(plot, &curves, name);
	text_add(&curves, ", data using 1:2 with lines lc rgb '#0072b2' notitle, NaN lc rgb "
			  "'#d55e00' dt 2 lw 1.5 ");
	plot_add_name(plot, &curves, "the margin");
	plot_add_outputs(plot, curves.bytes, 400 + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS,
		&plot->script);
}

static void make_plot(const struct compare_item *item, size_t number, struct plot *plot)
{
	double scale = item->metric->additive ? 1 : 100;
	double last = (double)item->looked_pairs + 2;

	plot->name = str_printf("looks-%02zu", number);
	plot->title = title_of(item);
	text_add(&plot->data, "# pairs slowdown low high\n");
	for (size_t i = 0; i < item->look_count; i++) {
		const struct compare_look *look = &item->looks[i];
		if (isfinite(look->cost_low) && isfinite(look->cost_high))
			text_addf(&plot->data, "%u %.17g %.17g %.17g\n", look->pairs,
				scale * look->cost, scale * look->cost_low,
				scale * look->cost_high);
	}
	plot_add_preamble(plot, &plot->script);
	text_add(&plot->script, "set xlabel 'pairs of blocks at the look'\n");
	add_label(item, &plot->script);
	add_range(item, scale, &plot->script);
	/* Whole numbers. */
	plot_add_ticks(&plot->script, "x", 2, last, (size_t)fmin(TICKS_MAX, last - 2));
	text_addf(&plot->script,
		"set xrange [2:%g]\nmargin = %.17g\n"
		"set arrow from graph 0, first margin to graph 1, first margin nohead lc rgb "
		"'#d55e00' dt 2 lw 1.5\nset arrow from graph 0, first 0 to graph 1, first 0 "
		"nohead lc rgb '#999999'\n",
		last, scale * item->margin);
	add_series(item, plot);
}

int compare_figures(
	const struct comparison *comparison, const char *dir, size_t *count, struct error *e)
{
	*count = 0;
	if (dir_make(dir, e) < 0)
		return -1;
	for (size_t i = 0; i < comparison->count && *count < FIGURES_MAX; i++) {
		const struct compare_item *item = &comparison->items[i];
		struct plot plot = {0};

		if (!item->headline || !item->look_count)
			continue;
		make_plot(item, ++*count, &plot);
		int status = plot_draw(&plot, dir, e);
		plot_free(&plot);
		if (status < 0)
			return -1;
	}
	return 0;
}
