/* gnuplot scripts of speed-ups: times as much work over times as many CPUs or threads. See plot.h.
 */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"
#include "report/write/words.h"

static bool is_point(const struct report_scaling *scaling, const struct report_row *first_row)
{
	return scaling->first_row == first_row && isfinite(scaling->efficiency) &&
	       scaling->cpus > scaling->first_cpus;
}

bool plot_has_scaling(const struct report_model *model, const struct report_row *first_row)
{
	for (size_t i = 0; i < model->scaling_count; i++)
		if (is_point(&model->scalings[i], first_row))
			return true;
	return false;
}

static int compare_cpus(const void *left, const void *right)
{
	const struct report_scaling *const *a = left, *const *b = right;

	return ((*a)->cpus > (*b)->cpus) - ((*a)->cpus < (*b)->cpus);
}

/* One target's points, by CPUs; the first is 1. Returns how many; widens the extents. */
static size_t add_points(const struct report_model *model, const struct report_row *first_row,
	size_t target, double extent[3], struct text *data)
{
	cleanup_free const struct report_scaling **points =
		mem_new(model->scaling_count + 1, sizeof(*points));
	size_t count = 0;

	for (size_t i = 0; i < model->scaling_count; i++)
		if (model->scalings[i].target == target && is_point(&model->scalings[i], first_row))
			points[count++] = &model->scalings[i];
	if (!count)
		return 0;
	qsort(points, count, sizeof(points[0]), compare_cpus);
	text_addf(data, "%g 1 1 1\n", points[0]->first_cpus);
	extent[0] = points[0]->first_cpus;
	for (size_t i = 0; i < count; i++) {
		const struct interval *speedup = &points[i]->speedup;
		bool known = speedup->status == INTERVAL_OK;
		text_addf(data, "%g %.6g %.6g %.6g\n", points[i]->cpus, speedup->estimate,
			known ? speedup->low : speedup->estimate,
			known ? speedup->high : speedup->estimate);
		extent[1] = fmax(extent[1], points[i]->cpus);
		extent[2] = fmax(extent[2], known ? speedup->high : speedup->estimate);
	}
	text_add(data, "\n\n");
	return count;
}

void plot_scaling(
	const struct report_model *model, const struct report_row *first_row, struct plot *plot)
{
	struct text *out = &plot->script, curves = {0};
	double extent[3] = {1, 1, 1}; /* fewest CPUs, most CPUs, highest speed-up */
	size_t index = 0;

	text_add(&plot->data, "# cpus speedup low high; one block per target\n");
	text_add(&curves, "x/fewest with lines lc rgb '#999999' lw 1.2 dt 3 title 'perfect'");
	plot->key_count++;
	for (size_t t = 0; t < model->target_count; t++) {
		const struct plot_look *look = &plot_looks[plot_look_of(model, t)];
		if (!add_points(model, first_row, t, extent, &plot->data))
			continue;
		text_addf(&curves,
			", \\\n     data index %zu using 1:2:3:4 with yerrorlines lc rgb '%s' lw "
			"1.6 "
			"pt %d dt %d ",
			index, look->colour, look->point, look->dash);
		plot_add_title(plot, &curves, model, t, first_row->values[t].cell->emulated);
		index++;
	}
	plot_add_preamble(plot, out);
	text_addf(out,
		"fewest = %g\nset xlabel 'CPUs of all machines, or threads' . \"\\n \" offset 0, "
		"0.4\n"
		"set ylabel 'times as much as with %g, more is better ↑'\n"
		"set xrange [%g:%g]\nset yrange [0:%g]\n",
		extent[0], extent[0], 0.9 * extent[0], 1.05 * extent[1],
		1.08 * fmax(extent[2], extent[1] / extent[0]));
	if (extent[1] / extent[0] <= 8)
		text_add(out, "set xtics 1\n");
	plot_add_outputs(plot, curves.bytes, 350 + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS, out);
	text_free(&curves);
}
