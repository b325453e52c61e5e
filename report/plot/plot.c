/* See plot.h. */
#include "report/plot/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/write/words.h"

/* The baseline is the first; more targets than looks begin again, with the next pattern. */
const struct plot_look plot_looks[] = {
	{"#000000", 7, 1, "solid 1"},
	{"#0072B2", 5, 2, "solid 1"},
	{"#D55E00", 9, 4, "pattern 2"},
	{"#009E73", 11, 3, "pattern 1"},
	{"#CC79A7", 13, 5, "pattern 5"},
	{"#E69F00", 15, 2, "pattern 4"},
	{"#56B4E9", 7, 3, "pattern 6"},
	/* The same hues again, with other points. */
	{"#000000", 13, 2, "pattern 1"},
	{"#0072B2", 11, 4, "pattern 2"},
	{"#D55E00", 15, 3, "pattern 4"},
	{"#009E73", 5, 5, "pattern 5"},
	{"#CC79A7", 7, 2, "pattern 6"},
	{"#E69F00", 9, 3, "pattern 1"},
	{"#56B4E9", 13, 5, "pattern 2"},
	/* And those of the named once more, for their variants. */
	{"#000000", 5, 3, "pattern 2"},
	{"#0072B2", 7, 5, "pattern 4"},
	{"#D55E00", 13, 2, "pattern 5"},
	{"#009E73", 15, 4, "pattern 6"},
	{"#CC79A7", 9, 3, "pattern 1"},
};

enum {
	NAMED_LOOKS = 5,
	HUES = 7,
	FIRST_VARIANTS = 2 * HUES,
	KEY_LINE_PIXELS = PLOT_KEY_LINE_PIXELS
};

void plot_add_seconds(struct text *out)
{
	text_add(out, "seconds(s) = s < 0.0995 ? sprintf('%.2g ms', s*1000) : \\\n\t"
		      "sprintf(s < 999.5 ? '%.3g s' : '%.0f s', s)\n");
}

double plot_top(double high)
{
	return high > 0 ? high : 1;
}

/* The named look whose target's name this one is, or begins with, as in "kvm-virtio, tuned";
 * NAMED_LOOKS: none. */
static size_t named_look(const char *name)
{
	static const char *const names[NAMED_LOOKS] = {
		"native", "container", "kvm-virtio", "kvm-emulated", "xen-pv"};
	size_t i = 0;

	while (i < NAMED_LOOKS &&
		(strncmp(names[i], name, strlen(names[i])) != 0 ||
			(name[strlen(names[i])] && name[strlen(names[i])] != ',')))
		i++;
	return i;
}

/* The look that a target has in every figure: its own, or the hue of what it is a variant of with
 * another point; ARRAY_COUNT(plot_looks): none. */
static size_t own_look(const struct report_model *model, size_t target)
{
	static const size_t variants[] = {HUES, FIRST_VARIANTS};
	const char *name = model->targets[target].name;
	size_t named = named_look(name), order = 0;

	if (named == NAMED_LOOKS)
		return ARRAY_COUNT(plot_looks);
	if (!strchr(name, ','))
		return named;
	for (size_t t = 0; t < target; t++)
		order += named_look(model->targets[t].name) == named &&
			 strchr(model->targets[t].name, ',');
	return variants[order % ARRAY_COUNT(variants)] + named;
}

static bool is_taken(const struct report_model *model, size_t look)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (own_look(model, t) == look)
			return true;
	return false;
}

/* The baseline takes the first look if it is free; targets of other names those that belong to no
 * name, then what is left. */
size_t plot_look_of(const struct report_model *model, size_t target)
{
	size_t own = own_look(model, target), order = 0, free_looks = 0;
	size_t baseline_own = own_look(model, model->baseline);
	bool black = baseline_own == ARRAY_COUNT(plot_looks) && !is_taken(model, 0);
	size_t left[ARRAY_COUNT(plot_looks)];

	if (own < ARRAY_COUNT(plot_looks))
		return own;
	if (target == model->baseline && black)
		return 0;
	for (size_t i = 0; i < ARRAY_COUNT(plot_looks); i++) {
		size_t look = i < HUES ? (i + NAMED_LOOKS) % HUES : i;
		if (!is_taken(model, look) && !(look == 0 && black))
			left[free_looks++] = look;
	}
	for (size_t t = 0; t < target; t++)
		order += own_look(model, t) == ARRAY_COUNT(plot_looks) &&
			 !(t == model->baseline && black);
	return left[order % free_looks];
}

void plot_add_name(struct plot *plot, struct text *out, const char *name)
{
	size_t width = utf8_width(name);

	text_add(out, "title ");
	plot_add_string(out, name);
	plot->key_count++;
	if (width > plot->key_width)
		plot->key_width = width;
}

void plot_add_title(struct plot *plot, struct text *out, const struct report_model *model,
	size_t target, bool emulated)
{
	cleanup_free char *name = plot_cut(model->targets[target].name, PLOT_NAME_WIDTH);
	cleanup_free char *title = str_printf("%s%s", name, emulated ? " (emulated)" : "");

	plot_add_name(plot, out, title);
}

void plot_add_preamble(const struct plot *plot, struct text *out)
{
	text_addf(out,
		"# Made by tare %s. Change it as you like; `gnuplot %s.gp` in this directory "
		"draws\n"
		"# %s.svg, .png and .pdf again from %s.dat.\n"
		"set encoding utf8\n"
		"data = '%s.dat'\n# ",
		TARE_VERSION, plot->name, plot->name, plot->name, plot->name);
	text_add(out, plot->title);
	text_add(out, "\nset border 3 lc rgb '#555555'\n"
		      "set tics nomirror\n"
		      "set grid back lc rgb '#dddddd' lt 1 lw 0.5\n"
		      "set errorbars 0.6\n");
}

enum { COLUMN_PIXELS = 480, PAGE_PIXELS = 1005, CHARACTER_PIXELS = 7, SAMPLE_PIXELS = 70 };

size_t plot_widest(size_t widest, const char *name, size_t most)
{
	size_t width = utf8_width(name);

	width = width > most ? most + strlen("...") : width;
	return width > widest ? width : widest;
}

size_t plot_fit(struct plot *plot, size_t names, size_t title)
{
	enum { AROUND = 40, TICK = 56 };
	size_t beside = names * CHARACTER_PIXELS + AROUND;

	if (beside > COLUMN_PIXELS / 2 || beside + title * CHARACTER_PIXELS > COLUMN_PIXELS)
		plot->wide = true;
	return ((plot->wide ? PAGE_PIXELS : COLUMN_PIXELS) - beside) / TICK;
}

/* Names beside each other: all of them where they fit. */
static int key_columns(const struct plot *plot)
{
	size_t width = plot->wide ? PAGE_PIXELS : COLUMN_PIXELS;
	size_t fit = width / (plot->key_width * CHARACTER_PIXELS + SAMPLE_PIXELS);
	size_t columns = fit < plot->key_count ? fit : plot->key_count;

	return columns > 1 ? (int)columns : 1;
}

int plot_key_rows(const struct plot *plot)
{
	return ((int)plot->key_count + key_columns(plot) - 1) / key_columns(plot);
}

void plot_add_key(const struct plot *plot, struct text *out)
{
	text_addf(out,
		"set key at screen 0.5, screen 1 center top horizontal Left reverse samplen 1.5 "
		"maxrows %d maxcols %d\n",
		plot_key_rows(plot), key_columns(plot));
}

void plot_add_commands(
	const struct plot *plot, const char *first, const char *again, int height, struct text *out)
{
	int width = plot->wide ? PAGE_PIXELS : COLUMN_PIXELS;
	double mm = plot->wide ? 178 : 85;

	text_addf(out,
		"set terminal svg noenhanced size %d,%d font 'sans,13' background 'white'\n"
		"set output '%s.svg'\n"
		"%s\n"
		"set terminal pngcairo noenhanced size %d,%d font 'sans,10' fontscale 2 "
		"linewidth 2 pointscale 1.6\n"
		"set output '%s.png'\n"
		"%s\n"
		"set terminal pdfcairo noenhanced size %.1fcm,%.1fcm font 'sans,7' linewidth 0.7 "
		"pointscale 0.5\n"
		"set output '%s.pdf'\n"
		"%s\n"
		"unset output\n",
		width, height, plot->name, first, 2 * width, 2 * height, plot->name, again, mm / 10,
		mm / 10 * height / width, plot->name, again);
}

void plot_add_outputs(const struct plot *plot, const char *curves, int height, struct text *out)
{
	cleanup_free char *draw = str_printf("plot %s", curves);

	if (plot->key_count) {
		plot_add_key(plot, out);
		text_addf(out, "set tmargin %d.7\n", plot_key_rows(plot));
	}
	plot_add_commands(plot, draw, "replot", height, out);
}

struct range {
	double low, high;
	double farthest; /* that an interval goes */
};

static void widen(struct range *range, double value)
{
	range->low = fmin(range->low, value);
	range->high = fmax(range->high, value);
}

/* --- bars ----------------------------------------------------------------------------------------
 */

/* Names of metrics with their parameters, which may differ at the end only. */
enum { BAR_NAME_WIDTH = 60 };

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
		range->farthest = fmax(range->farthest, fmax(one, other));
		text_addf(data, "%.6g %.12g %.12g %.12g\n", (double)i + offset, middle,
			fmin(one, other), fmax(one, other));
		any = true;
	}
	return any;
}

/* Every bar is inside, and of the intervals as much as fits in twice as far. */
static void add_bar_range(const struct range *range, size_t ticks, struct plot *plot)
{
	bool logarithmic = range->low < 0.1;
	struct text *out = &plot->script;
	double least = logarithmic ? pow(10, floor(log10(range->low / 2))) : 0;
	double most = 1.1 * fmax(1, fmin(range->farthest, 2 * range->high));

	if (logarithmic)
		plot_add_log_ticks(out, "x", least, most, ticks);
	else
		plot_add_ticks(out, "x", least, most, ticks);
	text_addf(out, "%sset xrange [%g:%g]\nleast = %g\n", logarithmic ? "set logscale x\n" : "",
		least, most, least);
	plot_add_ends(plot, least, most, logarithmic, out);
}

static void add_bar_axes(struct plot *plot, const struct report_model *model,
	const struct plot_bar *bars, size_t count, const struct range *range)
{
	cleanup_free char *baseline =
		plot_cut(model->targets[model->baseline].name, PLOT_NAME_WIDTH);
	cleanup_free char *label = str_printf("%s = 1, more is better →", baseline);
	struct text *out = &plot->script;
	size_t names = 0;

	for (size_t i = 0; i < count; i++)
		names = plot_widest(names, bars[i].label, BAR_NAME_WIDTH);
	size_t ticks = plot_fit(plot, names, utf8_width(label));
	text_add(out, "set xlabel ");
	plot_add_string(out, label);
	text_add(out, " offset 0, 0.4\n");
	add_bar_range(range, ticks, plot);
	text_addf(out,
		"set yrange [%g:-0.6]\nset grid noytics\nset arrow 1 from first 1, graph 0 to "
		"first 1, graph 1 nohead front lc rgb '#000000' lw 1\nset ytics (",
		(double)count - 0.4);
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? ", " : "");
		plot_add_tick_cut(out, bars[i].label, (double)i, BAR_NAME_WIDTH);
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
	struct range range = {INFINITY, -INFINITY, 0};
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
		plot_add_title(plot, &series, model, t, bars[0].row->values[t].cell->emulated);
		text_addf(&series,
			", \\\n     data index %zu using 2:1:(cut($3)):(cut($4)) with xerrorbars "
			"lc "
			"rgb 'black' lw 1.4 pt 0 notitle",
			index);
		plot_add_arrows(&series, index++, 1, "black");
	}
	plot_add_preamble(plot, out);
	add_bar_axes(plot, model, bars, count, &range);
	plot_add_outputs(plot, series.bytes,
		140 + (int)(count * targets) * 15 + (int)count * 8 +
			plot_key_rows(plot) * PLOT_KEY_LINE_PIXELS,
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
