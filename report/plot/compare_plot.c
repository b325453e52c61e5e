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

enum { FIGURES_MAX = 200 };

static char *title_of(const struct compare_item *item)
{
	cleanup_free char *at =
		isnan(item->x) ? str_printf("%s", "") : str_printf(" at %.15g", item->x);

	return str_printf("%s against %s, %s %s: %s%s%s%s%s; %s after %zu pairs", item->new_target,
		item->base_target, item->benchmark, item->placement, item->metric->name, at,
		item->parameters[0] ? ", " : "", item->parameters,
		item->emulated ? " (emulated)" : "", compare_state_text(item), item->looked_pairs);
}

static void make_plot(const struct compare_item *item, size_t number, struct plot *plot)
{
	bool share = !item->metric->additive;
	double scale = share ? 100 : 1;
	cleanup_free char *label =
		str_printf("slowdown (%s), + is worse", share ? "%" : item->metric->unit);

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
	text_add(&plot->script, "set xlabel 'pairs of blocks at the look'\nset ylabel ");
	plot_add_string(&plot->script, label);
	text_addf(&plot->script,
		"\nset xrange [2:%zu]\nset xtics 2\nmargin = %.17g\n"
		"set arrow from graph 0, first margin to graph 1, first margin nohead lc rgb "
		"'#d55e00' dt 2 lw 1.5\nset arrow from graph 0, first 0 to graph 1, first 0 "
		"nohead lc rgb '#999999'\n",
		item->looked_pairs + 2, scale * item->margin);
	plot_add_outputs(plot,
		"data using 1:2:3:4 with yerrorbars lc rgb '#0072b2' pt 7 lw 1.5 title "
		"'with its interval', data using 1:2 with lines lc rgb '#0072b2' notitle, NaN lc "
		"rgb "
		"'#d55e00' dt 2 lw 1.5 title 'margin'",
		420, &plot->script);
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
