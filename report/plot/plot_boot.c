/* gnuplot script of how a machine's start is made up: a bar per target of stages that follow each
 * other, in seconds from zero. See plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"

enum { BAR_PIXELS = 34, FRAME_PIXELS = 100 };

/* The stages in their order. What was not taken apart (machines without a kernel of their own) is
 * its whole. How dark each is drawn. */
enum stage { WHOLE, LOADER, KERNEL, USERSPACE, FIRST_JOB, STAGES };
static const struct {
	const char *metric, *name;
	double density;
} stages[STAGES] = {
	[WHOLE] = {"ready", "ready, in one", 0.8},
	[LOADER] = {"loader", "loader", 1.0},
	[KERNEL] = {"kernel", "kernel", 0.7},
	[USERSPACE] = {"userspace", "userspace", 0.45},
	[FIRST_JOB] = {"first_job", "first job", 0.2},
};

static const struct report_row *find_row(
	const struct report_row *const *rows, size_t count, enum stage stage)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i]->metric->name, stages[stage].metric) == 0)
			return rows[i];
	return NULL;
}

bool plot_is_boot(const struct report_row *const *rows, size_t count)
{
	return find_row(rows, count, WHOLE) && find_row(rows, count, KERNEL);
}

/* How long it took, or NaN. */
static double seconds_of(
	const struct report_row *const *rows, size_t count, enum stage stage, size_t target)
{
	const struct report_row *row = find_row(rows, count, stage);

	return row && row->values[target].block_count ? row->values[target].value.estimate : NAN;
}

/* Whether the target's start is drawn with this stage. */
static bool has_stage(
	const struct report_row *const *rows, size_t count, enum stage stage, size_t target)
{
	bool apart = isfinite(seconds_of(rows, count, KERNEL, target));
	bool part = stage == LOADER || stage == KERNEL || stage == USERSPACE;

	return isfinite(seconds_of(rows, count, stage, target)) && !(apart && stage == WHOLE) &&
	       !(!apart && part);
}

/* One target's bar: "lane from to" of each stage, a block of the data file each. Returns its end.
 */
static double add_bar(const struct report_model *model, const struct report_row *const *rows,
	size_t count, size_t target, size_t lane, size_t *index, struct plot *plot,
	struct text *curves)
{
	const struct plot_look *look = &plot_looks[plot_look_of(model, target)];
	double end = 0;

	for (enum stage stage = 0; stage < STAGES; stage++) {
		if (!has_stage(rows, count, stage, target))
			continue;
		double from = end;
		end += seconds_of(rows, count, stage, target);
		text_addf(&plot->data, "# target %zu, %s\n%zu %.9g %.9g\n\n\n", target + 1,
			stages[stage].name, lane, from, end);
		text_addf(curves,
			"%sdata index %zu using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb "
			"'%s' fs transparent solid %g border lc rgb '%s' notitle",
			*index ? ", \\\n     " : "", *index, look->colour, stages[stage].density,
			look->colour);
		(*index)++;
	}
	if (end > 0)
		text_addf(curves,
			", \\\n     data index %zu using 3:1:(seconds($3)) with labels "
			"left offset 0.6, 0 notitle",
			*index - 1);
	return end;
}

/* The stages that any target has, in grey. */
static void add_stage_names(const struct report_model *model, const struct report_row *const *rows,
	size_t count, struct plot *plot, struct text *curves)
{
	for (enum stage stage = 0; stage < STAGES; stage++) {
		bool any = false;
		for (size_t t = 0; t < model->target_count; t++)
			any = any || has_stage(rows, count, stage, t);
		if (!any)
			continue;
		text_addf(curves,
			", \\\n     keyentry with boxes fc rgb '#555555' fs transparent solid %g ",
			stages[stage].density);
		plot_add_name(plot, curves, stages[stage].name);
	}
}

void plot_boot(const struct report_model *model, const struct report_row *const *rows, size_t count,
	struct plot *plot)
{
	struct text *out = &plot->script, curves = {0}, names = {0};
	size_t lanes = 0, index = 0, widest = 0;
	double most = 0;

	text_add(&plot->data, "# lane from to, in seconds; a block per target and stage\n");
	for (size_t t = 0; t < model->target_count; t++) {
		double end = add_bar(model, rows, count, t, lanes, &index, plot, &curves);
		if (!(end > 0))
			continue;
		cleanup_free char *name = str_printf("%s%s", model->targets[t].name,
			rows[0]->values[t].cell->emulated ? " (emulated)" : "");
		text_add(&names, lanes ? ", " : "");
		plot_add_tick(&names, name, (double)lanes++);
		widest = plot_widest(widest, name, PLOT_NAME_WIDTH);
		most = fmax(most, end);
	}
	add_stage_names(model, rows, count, plot, &curves);
	size_t ticks = plot_fit(plot, widest, strlen("s, lower is better"));
	plot_add_preamble(plot, out);
	plot_add_seconds(out);
	text_addf(out,
		"set xlabel 's, lower is better ←' offset 0, 0.4\nset xrange [0:%g]\nset yrange "
		"[%g:-0.6]\nset grid noytics\nset ytics (%s)\n",
		plot_top(most) * 1.2, (double)lanes - 0.4, names.count ? names.bytes : "");
	plot_add_ticks(out, "x", 0, plot_top(most) * 1.2, ticks);
	plot_add_outputs(plot, curves.bytes,
		FRAME_PIXELS + (int)lanes * BAR_PIXELS + plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS,
		out);
	text_free(&curves);
	text_free(&names);
}
