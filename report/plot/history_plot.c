/* History as figures: a point per campaign, a line where a new level began, the newest point
 * marked when it is unlike those since. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/verdict/history.h"
#include "report/plot/figures.h"
#include "report/plot/plot.h"

enum { FIGURES_MAX = 200, TICKS_MAX = 8 };

static char *series_title(const struct history_series *series)
{
	cleanup_free char *at =
		isnan(series->x) ? str_printf("%s", "") : str_printf(" at %.15g", series->x);
	return str_printf("%s %s %s: %s%s%s%s%s", series->target, series->benchmark,
		series->placement, series->metric->name, at, series->parameters[0] ? ", " : "",
		series->parameters, series->emulated ? " (emulated)" : "");
}

static void add_axes(
	const struct history *history, const struct history_series *series, struct text *out)
{
	static const char *const directions[] = {[REPORT_BETTER_NONE] = "",
		[REPORT_BETTER_HIGHER] = ", higher is better ↑",
		[REPORT_BETTER_LOWER] = ", lower is better ↓"};
	const struct report_metric *metric = series->metric;
	cleanup_free char *unit =
		series->relative && !metric->additive
			? str_dup("÷ baseline")
			: str_printf("%s%s", metric->unit, series->relative ? " − baseline" : "");
	cleanup_free char *label =
		str_printf("%s (%s)%s", metric->name, unit, directions[metric->better]);

	text_add(out, "set xlabel 'campaign, by its start'\nset ylabel ");
	plot_add_string(out, label);
	text_addf(out, "\nset xrange [-0.5:%zu.5]\nset xtics () rotate by -30\n",
		history->campaign_count - 1);
	for (size_t c = 0; c < history->campaign_count; c++) {
		text_add(out, "set xtics add (");
		plot_add_tick(out, history->campaigns[c].label, (double)c);
		text_add(out, ")\n");
	}
	for (size_t i = 0; i < series->change_count; i++)
		text_addf(out,
			"set arrow from %g, graph 0 to %g, graph 1 nohead lc rgb '#d55e00' dt 2 "
			"lw 1.5\n",
			(double)series->changes[i].position - 0.5,
			(double)series->changes[i].position - 0.5);
}

/* As far as the points go. */
static void add_range(
	const struct history *history, const struct history_series *series, struct text *out)
{
	double low = INFINITY, high = -INFINITY;

	for (size_t c = 0; c < history->campaign_count; c++) {
		double shown = series->points[c].shown;
		low = isfinite(shown) ? fmin(low, shown) : low;
		high = isfinite(shown) ? fmax(high, shown) : high;
	}
	if (!(high >= low))
		return;
	double aside = high > low ? 0.08 * (high - low) : high != 0 ? 0.1 * fabs(high) : 1;
	plot_add_ticks(out, "y", low - aside, high + aside, TICKS_MAX);
	text_addf(out, "set yrange [%.9g:%.9g]\n", low - aside, high + aside);
}

static void make_plot(const struct history *history, const struct history_series *series,
	size_t number, struct plot *plot)
{
	plot->name = str_printf("history-%02zu", number);
	plot->title = series_title(series);
	text_add(&plot->data, "# campaign value newest-and-unlike\n");
	for (size_t c = 0; c < history->campaign_count; c++) {
		bool unlike = series->newest_unlike && c == series->newest_campaign;
		if (isfinite(series->points[c].shown))
			text_addf(
				&plot->data, "%zu %.17g %d\n", c, series->points[c].shown, unlike);
	}
	plot_add_preamble(plot, &plot->script);
	add_axes(history, series, &plot->script);
	add_range(history, series, &plot->script);
	plot_add_outputs(plot,
		"data using 1:2 with linespoints lc rgb '#0072b2' pt 7 lw 1.5 title 'campaigns "
		"(dashed: a new level begins)', data using 1:($3 == 1 ? $2 : NaN) with points lc "
		"rgb '#d55e00' pt 6 ps 2 lw 2 title 'newest, unlike those since the last change'",
		420, &plot->script);
}

int history_figures(const struct history *history, const char *dir, size_t *count, struct error *e)
{
	if (history->count > FIGURES_MAX)
		return error_set(e,
			"%zu series are too many figures; choose with --target, --benchmark and "
			"--metric",
			history->count);
	if (dir_make(dir, e) < 0)
		return -1;
	for (*count = 0; *count < history->count; (*count)++) {
		struct plot plot = {0};
		make_plot(history, &history->series[*count], *count + 1, &plot);
		int status = plot_draw(&plot, dir, e);
		plot_free(&plot);
		if (status < 0)
			return -1;
	}
	return 0;
}
