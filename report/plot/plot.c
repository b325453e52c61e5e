/* See plot.h. */
#include "report/plot/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "report/write/words.h"

/* The baseline is the first; more targets than looks begin again, with the next pattern. */
const struct plot_look plot_looks[] = {
	{"#000000", 7, 1, "solid 1"},
	{"#0072B2", 5, 2, "solid 1"},
	{"#D55E00", 9, 4, "pattern 2"},
	{"#009E73", 11, 3, "pattern 1"},
	{"#CC79A7", 13, 5, "pattern 5"},
	{"#E69F00", 4, 2, "pattern 4"},
	{"#56B4E9", 6, 3, "pattern 6"},
};

enum { NAME_MAX_WIDTH = 44, KEY_LINE_PIXELS = PLOT_KEY_LINE_PIXELS };

/* Two ticks are at least this part of the axis apart, so that their labels do not meet. */
static const double tick_distance = 0.12;

/* From these spans on an axis is logarithmic. */
static const double log_x_from = 16, log_y_from = 20;

/* A gnuplot string: in single quotes nothing but the quote itself has a meaning, neither
 * backslashes nor backquotes. */
void plot_add_string(struct text *out, const char *text)
{
	text_add(out, "'");
	for (; *text; text++) {
		if (*text == '\n' || *text == '\t')
			text_add(out, " ");
		else
			text_add_bytes(out, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
	}
	text_add(out, "'");
}

/* A tick's label is a format, too, where % has a meaning. Long ones are cut. */
void plot_add_tick(struct text *out, const char *label, double place)
{
	struct text cut = {0};
	const char *end = label + utf8_prefix(label, NAME_MAX_WIDTH);

	for (; label < end; label++)
		text_add_bytes(&cut, *label == '%' ? "%%" : label, *label == '%' ? 2 : 1);
	text_add(&cut, *end ? "..." : "");
	plot_add_string(out, cut.count ? cut.bytes : "");
	text_addf(out, " %.12g", place);
	text_free(&cut);
}

size_t plot_look_of(const struct report_model *model, size_t target)
{
	size_t order = target == model->baseline  ? 0
		       : target < model->baseline ? target + 1
						  : target;

	return order % ARRAY_COUNT(plot_looks);
}

void plot_add_title(
	struct text *out, const struct report_model *model, size_t target, bool emulated)
{
	const char *name = model->targets[target].name;
	size_t bytes = utf8_prefix(name, NAME_MAX_WIDTH);
	struct text title = {0};

	text_add_bytes(&title, name, bytes);
	text_addf(&title, "%s%s", name[bytes] ? "..." : "", emulated ? " (emulated)" : "");
	text_add(out, "title ");
	plot_add_string(out, title.bytes);
	text_free(&title);
}

void plot_add_preamble(const struct plot *plot, struct text *out)
{
	text_addf(out,
		"# Made by tare %s. Change it as you like; `gnuplot %s.gp` in this directory "
		"draws\n"
		"# %s.svg, .png and .pdf again from %s.dat.\n"
		"set encoding utf8\n"
		"data = '%s.dat'\n"
		"title = ",
		TARE_VERSION, plot->name, plot->name, plot->name, plot->name);
	plot_add_string(out, plot->title);
	text_add(out, "\nset title title\nset border 3 lc rgb '#555555'\n"
		      "set tics nomirror\n"
		      "set grid back lc rgb '#dddddd' lt 1 lw 0.5\n"
		      "set key below vertical maxcols 1 left Left reverse samplen 3\n"
		      "set errorbars 0.6\n");
}

/* The same plot on three terminals; height is the SVG's in pixels. */
void plot_add_outputs(const struct plot *plot, const char *curves, int height, struct text *out)
{
	text_addf(out,
		"set terminal svg noenhanced size 640,%d font 'sans,13' background 'white'\n"
		"set output '%s.svg'\n"
		"plot %s\n"
		"set terminal pngcairo noenhanced size 1280,%d font 'sans,10' fontscale 2 "
		"linewidth 2 pointscale 1.6\n"
		"set output '%s.png'\n"
		"replot\n"
		"set terminal pdfcairo noenhanced size 8.5cm,%.1fcm font 'sans,7' linewidth 0.7 "
		"pointscale 0.5\n"
		"set output '%s.pdf'\n"
		"replot\n"
		"unset output\n",
		height, plot->name, curves, 2 * height, plot->name, 8.5 * height / 640, plot->name);
}

/* --- curves --------------------------------------------------------------------------------------
 */

struct range {
	double low, high;
};

static void widen(struct range *range, double value)
{
	range->low = fmin(range->low, value);
	range->high = fmax(range->high, value);
}

/* Where a row stands on the x axis: 0 has no place on a logarithmic one and stands at a quarter
 * of the smallest. */
static double place_of(double x, bool logarithmic, const struct range *positive)
{
	return logarithmic && x == 0 ? positive->low / 4 : x;
}

static void add_x_ticks(const struct report_row *rows, size_t count, const struct range *xs,
	bool log_x, struct text *out)
{
	double first = place_of(rows[0].x, log_x, xs), last = rows[count - 1].x;
	double span = log_x ? log(last / first) : last - first, previous = -1;

	text_add(out, "set xtics (");
	for (size_t i = 0; i < count; i++) {
		double place = place_of(rows[i].x, log_x, xs);
		double part = (log_x ? log(place / first) : place - first) / span;
		char tick[WORDS_BYTES];
		if (previous >= 0 && part - previous < tick_distance)
			continue;
		text_add(out, i ? ", " : "");
		plot_add_tick(out, words_x(rows[i].metric, rows[i].x, tick), place);
		previous = part;
	}
	text_add(out, ")\n");
	if (log_x)
		text_addf(out, "set xrange [%.6g:%.6g]\n", first * exp(-0.03 * span),
			last * exp(0.03 * span));
	else
		text_addf(out, "set xrange [%.6g:%.6g]\n", first - 0.03 * span, last + 0.03 * span);
}

static void add_axes(const struct report_row *rows, size_t count, const struct range *xs,
	const struct range *ys, bool log_x, bool log_y, struct text *out)
{
	const struct report_metric *metric = rows[0].metric;
	struct text label = {0};
	bool bytes = metric->x_unit && strcmp(metric->x_unit, "B") == 0;
	bool plain = !metric->x_unit || bytes || strcmp(metric->x_unit, "1") == 0;

	text_addf(&label, plain ? "%s" : "%s (%s)", metric->x_name, metric->x_unit);
	text_add(out, "set xlabel ");
	plot_add_string(out, label.bytes);
	text_free(&label);
	text_addf(&label, "%s (%s)", metric->name, metric->unit);
	if (metric->better != REPORT_BETTER_NONE)
		text_addf(&label, ", %s is better %s", words_better(metric->better),
			words_arrow(metric->better));
	text_add(out, " . \"\\n \" offset 0, 0.4\nset ylabel ");
	plot_add_string(out, label.bytes);
	text_free(&label);
	text_add(out, "\n");
	add_x_ticks(rows, count, xs, log_x, out);
	if (log_x)
		text_add(out, "set logscale x\n");
	if (log_y)
		text_addf(out, "set logscale y\nset yrange [%.6g:%.6g]\n", ys->low / 1.6,
			ys->high * 1.6);
	else
		text_addf(out, "set yrange [%.6g:%.6g]\n", fmin(0, 1.1 * ys->low),
			fmax(0, 1.1 * ys->high));
}

static void add_point(const struct report_row *row, const struct report_value *value, double place,
	struct text *data)
{
	const struct interval *found = &value->value;
	bool interval = found->status == INTERVAL_OK;

	if (value->status == REPORT_MEASURED)
		text_addf(data, "%.12g %.12g %.12g %.12g %.12g\n", place, found->estimate,
			interval ? found->low : found->estimate,
			interval ? found->high : found->estimate, row->x);
}

void plot_curve(const struct report_model *model, const struct report_row *rows, size_t count,
	struct plot *plot)
{
	struct range xs = {INFINITY, -INFINITY}, ys = xs;
	struct text *out = &plot->script, curves = {0};
	bool log_x, log_y;
	size_t index = 0;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].x > 0)
			widen(&xs, rows[i].x);
		for (size_t t = 0; t < model->target_count; t++)
			if (rows[i].values[t].status == REPORT_MEASURED)
				widen(&ys, rows[i].values[t].value.estimate);
	}
	log_x = xs.high / xs.low >= log_x_from && rows[0].x >= 0;
	log_y = ys.low > 0 && ys.high / ys.low >= log_y_from;
	plot_add_preamble(plot, out);
	add_axes(rows, count, &xs, &ys, log_x, log_y, out);
	text_add(&plot->data, "# x value low high x_as_measured; one block per target\n");
	for (size_t t = 0; t < model->target_count; t++) {
		size_t start = plot->data.count, look = plot_look_of(model, t);
		text_addf(&plot->data, "# target %zu\n", t + 1);
		size_t empty = plot->data.count;
		for (size_t i = 0; i < count; i++)
			add_point(&rows[i], &rows[i].values[t], place_of(rows[i].x, log_x, &xs),
				&plot->data);
		if (plot->data.count == empty) {
			plot->data.count = start;
			continue;
		}
		text_add(&plot->data, "\n\n");
		text_addf(&curves,
			"%sdata index %zu using 1:3:4 with filledcurves fc rgb '%s' fs transparent "
			"solid 0.2 noborder notitle, \\\n     data index %zu using 1:2:3:4 with "
			"yerrorlines lc rgb '%s' lw 1.6 pt %d dt %d ",
			index ? ", \\\n     " : "", index, plot_looks[look].colour, index,
			plot_looks[look].colour, plot_looks[look].point, plot_looks[look].dash);
		plot_add_title(&curves, model, t, rows[0].values[t].cell->emulated);
		index++;
	}
	plot_add_outputs(plot, curves.bytes, 360 + (int)index * KEY_LINE_PIXELS, out);
	text_free(&curves);
}

/* --- bars ----------------------------------------------------------------------------------------
 */

/* Performance relative to the baseline: more is better whatever the metric's direction. */
static double relative(const struct report_metric *metric, double ratio)
{
	return metric->better == REPORT_BETTER_LOWER ? 1 / ratio : ratio;
}

/* One target's bars, offset from the rows' middles. Returns whether there are any. */
static bool add_bars(const struct plot_bar *bars, size_t count, size_t target, double offset,
	struct range *range, struct text *data)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const struct report_metric *metric = bars[i].row->metric;
		const struct report_value *value = &bars[i].row->values[target];
		bool interval = value->change.status == INTERVAL_OK;
		double middle, one, other;
		if (!value->compared)
			continue;
		middle = relative(metric, value->change.estimate);
		one = interval ? relative(metric, value->change.low) : middle;
		other = interval ? relative(metric, value->change.high) : middle;
		widen(range, middle);
		text_addf(data, "%.6g %.12g %.12g %.12g\n", (double)i + offset, middle,
			fmin(one, other), fmax(one, other));
		any = true;
	}
	return any;
}

static void add_bar_axes(const struct report_model *model, const struct plot_bar *bars,
	size_t count, const struct range *range, struct text *out)
{
	struct text label = {0};
	bool logarithmic = range->low < 0.1;
	double least = logarithmic ? pow(10, floor(log10(range->low / 2))) : 0;

	text_addf(&label, "%s = 1, more is better →", model->targets[model->baseline].name);
	text_add(out, "set xlabel ");
	plot_add_string(out, label.bytes);
	text_free(&label);
	/* The title over the whole figure: the labels' width would push it aside. */
	text_addf(out,
		" . \"\\n \" offset 0, 0.4\nset title ' '\nset label 1 title at screen 0.02, "
		"screen 1 offset "
		"character 0, "
		"character -1.5\n"
		"%sset xrange [%g:%g]\nleast = %g\nset yrange [%g:-0.6]\n",
		logarithmic ? "set logscale x\n" : "", least, fmax(1, range->high) * 1.1, least,
		(double)count - 0.4);
	text_add(out,
		"set grid noytics\nset arrow 1 from first 1, graph 0 to first 1, graph 1 nohead "
		"front lc rgb '#000000' lw 1\nset ytics (");
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? ", " : "");
		plot_add_tick(out, bars[i].label, (double)i);
	}
	text_add(out, ")\n");
}

/* How many targets have a bar. */
static size_t compared_targets(
	const struct report_model *model, const struct plot_bar *bars, size_t count)
{
	size_t targets = 0;

	for (size_t t = 0; t < model->target_count; t++) {
		bool any = false;
		for (size_t i = 0; i < count; i++)
			any = any || bars[i].row->values[t].compared;
		targets += any;
	}
	return targets;
}

void plot_bars(const struct report_model *model, const struct plot_bar *bars, size_t count,
	struct plot *plot)
{
	struct range range = {INFINITY, -INFINITY};
	struct text *out = &plot->script, series = {0};
	size_t targets = compared_targets(model, bars, count), index = 0;
	double height = 0.8 / (double)targets;

	text_add(&plot->data, "# position relative low high; one block per target\n");
	for (size_t t = 0; t < model->target_count; t++) {
		size_t look = plot_look_of(model, t);
		double offset;
		offset = ((double)index - (double)(targets - 1) / 2) * height;
		if (!add_bars(bars, count, t, offset, &range, &plot->data))
			continue;
		text_add(&plot->data, "\n\n");
		text_addf(&series,
			"%sdata index %zu using 2:1:(least):2:($1-%.6g):($1+%.6g) with boxxyerror "
			"fc rgb '%s' fs %s ",
			index ? ", \\\n     " : "", index, height / 2, height / 2,
			plot_looks[look].colour, plot_looks[look].fill);
		plot_add_title(&series, model, t, bars[0].row->values[t].cell->emulated);
		text_addf(&series,
			", \\\n     data index %zu using 2:1:3:4 with xerrorbars lc rgb 'black' lw "
			"1.4 "
			"pt 0 notitle",
			index);
		index++;
	}
	plot_add_preamble(plot, out);
	add_bar_axes(model, bars, count, &range, out);
	plot_add_outputs(plot, series.bytes,
		140 + (int)(count * targets) * 15 + (int)count * 8 + (int)index * KEY_LINE_PIXELS,
		out);
	text_free(&series);
}

void plot_free(struct plot *plot)
{
	free(plot->name);
	free(plot->title);
	free(plot->note);
	text_free(&plot->script);
	text_free(&plot->data);
}

/* --- drawing
 * -------------------------------------------------------------------------------------- */

static const double gnuplot_timeout_s = 60;

int plot_draw(const struct plot *plot, const char *dir, struct error *e)
{
	cleanup_free char *script = str_printf("%s/%s.gp", dir, plot->name);
	cleanup_free char *data = str_printf("%s/%s.dat", dir, plot->name);
	cleanup_text struct text enter = {0};
	cleanup_argv struct argv argv = {0};

	if (file_write(script, plot->script.bytes, plot->script.count, e) < 0 ||
		file_write(data, plot->data.bytes, plot->data.count, e) < 0)
		return -1;
	/* The script names its files without a directory, so that it can be moved and run again. */
	text_add(&enter, "cd '");
	for (const char *c = dir; *c; c++)
		text_add_bytes(&enter, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1);
	text_add(&enter, "'");
	cleanup_free char *file = str_printf("%s.gp", plot->name);
	argv_add_all(&argv, "gnuplot", "-e", enter.bytes, file, NULL);
	if (process_check(&argv, gnuplot_timeout_s, e) < 0)
		return error_prefix(e,
			"cannot draw %s (gnuplot comes with apt-get install "
			"gnuplot-nox)",
			plot->name);
	return 0;
}
