/* gnuplot scripts of interference matrices: what each load does to each benchmark of one target, as
 * shaded cells with their numbers. See plot.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "base/cleanup.h"
#include "report/plot/plot.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Of the SVG, in its pixels: what stands left of the cells, and a character of its font. */
enum { LEFT_PIXELS = 250, WIDTH_PIXELS = 1005, ROW_PIXELS = 40, CHARACTER_PIXELS = 7 };
/* More columns have no room for the intervals. */
enum { INTERVALS_MAX = 4, NAME_WIDEST = 33 };
/* Above a panel the loads' names, below all of them what the shades mean. */
enum { NAMES_PIXELS = 42, BOTTOM_PIXELS = 36 };

/* Darkest from twice as slow on: what a fair half of everything would give. White where nothing is
 * slower, so that darker is worse in black and white, too; blue where it is faster. Text is black
 * on all of it. */
static const char shading[] = "part(v) = v > 2 ? 1 : log(v)/log(2)\n"
			      "mix(from, to, p) = int(from + (to - from)*p)\n"
			      "shade(v) = v < 0 ? 0xeeeeee : v >= 1 ? \\\n"
			      "\tmix(255, 0xd5, part(v))*65536 + mix(255, 0x5e, part(v))*256 + "
			      "mix(255, 0, part(v)) : \\\n"
			      "\tmix(255, 0x56, part(1/v))*65536 + mix(255, 0xb4, part(1/v))*256 + "
			      "mix(255, 0xe9, part(1/v))\n";

static void add_name(struct text *out, const char *name)
{
	cleanup_text struct text cut = {0};
	const char *end = name + utf8_prefix(name, NAME_WIDEST);

	for (; name < end; name++)
		text_add_bytes(&cut, *name == '%' ? "%%" : name, *name == '%' ? 2 : 1);
	text_add(&cut, *end ? "..." : "");
	plot_add_string(out, cut.bytes);
}

static void add_row_names(
	const struct report_interference *const *rows, size_t count, struct text *out)
{
	text_addf(out, "set yrange [%g:-0.5]\nset ytics scale 0 (", (double)count - 0.5);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *metric = table_metric_text(rows[i]->alone_row);
		text_add(out, i ? ", \\\n\t" : "");
		add_name(out, rows[i]->foreground);
		text_add(out, " . \"\\n\" . ");
		add_name(out, metric);
		text_addf(out, " %zu", i);
	}
	text_add(out, ")\n");
}

/* Returns how high the names are, in pixels: they lean where they have no room beside each other.
 */
static int add_column_names(const char *const *backgrounds, size_t count, struct text *out)
{
	size_t longest = 0, room = (WIDTH_PIXELS - LEFT_PIXELS) / count / CHARACTER_PIXELS;

	for (size_t i = 0; i < count; i++) {
		size_t width = utf8_width(backgrounds[i]);
		longest = width > longest ? width : longest;
	}
	longest = longest > NAME_WIDEST ? NAME_WIDEST + 3 : longest;
	text_addf(out,
		"set xrange [-0.5:%g]\nunset xtics\nset x2range [-0.5:%g]\nset x2tics scale "
		"0 offset 0, -0.3%s (",
		(double)count - 0.5, (double)count - 0.5,
		longest > room ? " rotate by -35 right" : "");
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? ", " : "");
		add_name(out, backgrounds[i]);
		text_addf(out, " %zu", i);
	}
	text_add(out, ")\n");
	return longest > room ? (int)((double)(longest * CHARACTER_PIXELS) * 0.6) : 0;
}

/* Adds a block of data: the cells of one target. */
static void add_cells(const struct report_model *model, const struct plot_matrix *matrix,
	size_t end, const char *const *backgrounds, size_t columns, struct text *data)
{
	for (size_t r = 0; r < matrix->count; r++)
		for (size_t c = 0; c < columns; c++) {
			const struct report_interference *found = interference_find(model,
				(size_t)(matrix->rows[r] - model->interferences), end,
				backgrounds[c]);
			const struct interval *slowdown = &found->slowdown;
			bool known = found && slowdown->status == INTERVAL_OK;
			if (!found || !found->value)
				text_addf(data, "%zu %zu -1 -1 -1\n", c, r);
			else
				text_addf(data, "%zu %zu %.6g %.6g %.6g\n", c, r,
					slowdown->estimate, known ? slowdown->low : -1,
					known ? slowdown->high : -1);
		}
	text_add(data, "\n\n");
}

/* Where a panel stands, in pixels from the top of the figure. */
struct place {
	int top, bottom, height; /* height: of the figure */
};

static void add_place(const struct place *place, struct text *out)
{
	text_addf(out, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
		1 - (double)place->top / place->height, 1 - (double)place->bottom / place->height);
}

/* A target's panel: its name, the loads' names, the cells. Numbers stand over their intervals,
 * where there are any. */
static void add_panel(const struct report_model *model, const struct plot_matrix *matrix,
	size_t index, const struct place *place, struct plot *plot, struct text *out)
{
	size_t first = (size_t)(matrix->rows[0] - model->interferences);
	size_t end = interference_end(model, first);
	cleanup_free const char **backgrounds = mem_new(end - first, sizeof(*backgrounds));
	size_t columns = interference_backgrounds(model, first, end, backgrounds);
	cleanup_free char *target =
		table_target_text(model, matrix->rows[0]->alone, matrix->rows[0]->target);

	add_cells(model, matrix, end, backgrounds, columns, &plot->data);
	add_place(place, out);
	add_row_names(matrix->rows, matrix->count, out);
	add_column_names(backgrounds, columns, out);
	text_add(out, "set label 1 ");
	plot_add_string(out, target);
	text_addf(out,
		" at screen 0.02, screen %.4f\nhas_interval(l) = %s\n"
		"plot data index %zu using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):(shade($3)) "
		"with "
		"boxxyerror lc rgb variable, \\\n     data index %zu using 1:2:(has_interval($4) ? "
		"'' : number($3)) with labels, \\\n     data index %zu using 1:2:(has_interval($4) "
		"? "
		"number($3) : '') with labels offset 0, 0.35, \\\n     data index %zu using "
		"1:2:(has_interval($4) ? interval($4, $5) : '') with labels offset 0, -0.6\n",
		1 - (double)(place->top - 12) / place->height,
		columns <= INTERVALS_MAX ? "l >= 0" : "0", index, index, index, index);
}

/* How high the loads' names above a panel are. */
static int names_height(const struct report_model *model, const struct plot_matrix *matrix)
{
	size_t first = (size_t)(matrix->rows[0] - model->interferences);
	size_t end = interference_end(model, first);
	cleanup_free const char **backgrounds = mem_new(end - first, sizeof(*backgrounds));
	size_t columns = interference_backgrounds(model, first, end, backgrounds);
	cleanup_text struct text unused = {0};

	return NAMES_PIXELS + add_column_names(backgrounds, columns, &unused);
}

void plot_matrices(const struct report_model *model, const struct plot_matrix *matrices,
	size_t count, struct plot *plot)
{
	struct text *out = &plot->script, draw = {0};
	struct place place = {.height = BOTTOM_PIXELS};

	plot->wide = true;
	for (size_t i = 0; i < count; i++)
		place.height +=
			names_height(model, &matrices[i]) + (int)matrices[i].count * ROW_PIXELS;
	text_add(&plot->data, "# column row slowdown low high; -1: none; one block per target\n");
	plot_add_preamble(plot, out);
	text_add(out, shading);
	text_addf(out,
		"number(v) = v < 0 ? 'not measured' : sprintf(v < 9.95 ? '%%.2f' : '%%.3g', v)\n"
		"interval(l, h) = sprintf('%%.2f to %%.2f', l, h)\n"
		"set border 0\nunset grid\nunset key\n"
		"set style fill solid 1 border lc rgb '#ffffff'\n"
		"set lmargin at screen %.3f\nset rmargin at screen 0.98\n",
		(double)LEFT_PIXELS / WIDTH_PIXELS);
	text_add(&draw, "set multiplot\n"
			"set label 2 'times as slow as without a load (darkest: 2 and more)' at "
			"screen 0.02, screen 0 offset character 0, character 1\n");
	for (size_t i = 0; i < count; i++) {
		place.top = place.bottom + names_height(model, &matrices[i]);
		place.bottom = place.top + (int)matrices[i].count * ROW_PIXELS;
		add_panel(model, &matrices[i], i, &place, plot, &draw);
		text_add(&draw, i ? "" : "unset label 2\n");
	}
	text_add(&draw, "unset multiplot");
	plot_add_commands(plot, draw.bytes, draw.bytes, place.height, out);
	text_free(&draw);
}
