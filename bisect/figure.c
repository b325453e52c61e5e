/* The answer of a search as a figure. See figure.h. */
#include "bisect/figure.h"

#include <math.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/plot/plot.h"

enum { HEIGHT_PIXELS = 460 };

/* Index 0: the posterior; index 1: starts. */
static void add_data(
	const struct search_answer *answer, size_t last, double limits[2], struct text *data)
{
	text_add(data, "# revision chance_percent\n");
	for (size_t k = 1; k <= last; k++)
		text_addf(data, "%zu %.6g\n", k, 100 * answer->chances[k - 1]);
	text_add(data, "\n\n# revision slower_percent\n");
	for (size_t b = 0; b < answer->block_count; b++) {
		const struct bisect_block *block = &answer->blocks[b];

		for (size_t i = 1; i < block->count && block->revisions[0] == 0; i++) {
			double change = block->y[i] - block->y[0];

			change = answer->metric.additive ? change : 100 * expm1(change);
			limits[0] = fmin(limits[0], change);
			limits[1] = fmax(limits[1], change);
			text_addf(data, "%zu %.6g\n", block->revisions[i], change);
		}
	}
}

static void add_panels(
	const struct search_answer *answer, size_t last, const double limits[2], struct text *draw)
{
	double room = .08 * (limits[1] - limits[0]);

	text_addf(draw,
		"set multiplot\nset lmargin 9\nset rmargin 2\nset xrange [-0.5:%zu.5]\n"
		"set tmargin at screen 0.97\nset bmargin at screen 0.62\nset yrange [0:105]\n"
		"set format x ''\nset ylabel 'chance to be the first, %%'\n"
		"plot data index 0 using 1:2 with impulses lc rgb '#0072b2' lw 3 notitle\n"
		"unset title\nset format x '%%g'\nset tmargin at screen 0.56\n"
		"set bmargin at screen 0.14\n"
		"set yrange [%g:%g]\nset xlabel 'revision, 0 is good, %zu is bad'\nset ylabel ",
		last, limits[0] - room, limits[1] + room, last);
	plot_add_string(draw,
		answer->metric.additive ? "minus good, more is worse ↓" : "slower than good, %");
	text_addf(draw,
		"\nset arrow 1 from %g, graph 0 to %g, graph 1 nohead lc rgb '#d55e00' dt 2 lw "
		"1.5\n"
		"plot data index 1 using 1:2 with points lc rgb '#0072b2' pt 6 notitle\n"
		"unset arrow 1\nunset xlabel\nunset multiplot",
		(double)answer->group.first - .5, (double)answer->group.first - .5);
}

int figure_draw(
	const struct search_setup *setup, const struct search_answer *answer, struct error *e)
{
	size_t last = setup->revisions->count - 1;
	cleanup_free char *directory = str_printf("%s/figures", setup->directory);
	cleanup_free char *metric = measured_metric_text(&answer->metric);
	cleanup_text struct text draw = {0};
	double limits[2] = {0, 0};
	struct plot plot = {
		.name = str_dup("bisect"),
		.title = str_printf("The first bad revision: %s", metric),
		.note = str_printf("%zu blocks after the %zu of good and bad alone. Dashed: the "
				   "likeliest (%.1f %%)",
			answer->searched, answer->block_count - answer->searched,
			100 * answer->group.chance),
	};

	add_data(answer, last, limits, &plot.data);
	plot_add_preamble(&plot, &plot.script);
	add_panels(answer, last, limits, &draw);
	plot_add_commands(&plot, draw.bytes, draw.bytes, HEIGHT_PIXELS, &plot.script);
	int status = dir_make(directory, e) < 0 ? -1 : plot_draw(&plot, directory, e);

	plot_free(&plot);
	return status;
}
