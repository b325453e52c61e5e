/* gnuplot scripts: how a figure of the report looks. Knows the model's rows, not which figures
 * there are. Palette: Okabe and Ito's, told apart by colour-blind readers; targets differ in
 * point, dash and pattern too, for black and white. */
#ifndef TARE_REPORT_PLOT_H
#define TARE_REPORT_PLOT_H

#include "report/model/model.h"

/* A figure being made: NAME.gp and NAME.dat. */
struct plot {
	char *name; /* owned; of the files, without their suffix */
	char *title; /* owned */
	char *note; /* owned; for the caption: what the numbers rest on; NULL: nothing to say */
	bool wide; /* 178 mm, a page; else 85 mm, a column */
	struct text script, data;
	size_t key_count, key_width; /* names in the legend, and columns of the longest */
};

/* How many headlines the figure of slowdowns has: 0 where none has a slowdown to be drawn. */
size_t plot_forest_rows(const struct report_model *model);
/* How many of them fit on half a page. */
size_t plot_forest_most(const struct report_model *model);
/* The slowdown of count headlines from first on, on the axis of all. Fills script and data; name
 * and title are set. */
void plot_forest(const struct report_model *model, size_t first, size_t count, struct plot *plot);

/* A panel of a figure: a metric over its axis. */
struct plot_panel {
	const struct report_group *group;
	const struct report_row *rows; /* of one metric, by x */
	size_t count; /* 0: the place stays empty */
	bool placed; /* the panel says in which placement */
};
/* Metrics over their axes, a panel each in so many columns, a line per target with its intervals.
 */
void plot_curves(const struct report_model *model, const struct plot_panel *panels, size_t count,
	size_t columns, struct plot *plot);

/* A headline of a figure. */
struct plot_headline {
	const struct report_group *group;
	const struct report_row *row; /* measured somewhere */
};
/* What was measured of headlines: a panel each, a lane per target with its blocks and their mean.
 */
void plot_headlines(const struct report_model *model, const struct plot_headline *headlines,
	size_t count, struct plot *plot);

/* A bar of the figure: one row, and what it is called. */
struct plot_bar {
	const struct report_row *row;
	char *label; /* owned by the caller */
};
/* Performance relative to the baseline, a group of horizontal bars per row. */
void plot_bars(const struct report_model *model, const struct plot_bar *bars, size_t count,
	struct plot *plot);

/* Every sample of one row, a lane per target, with a line for every block's value. */
void plot_samples(
	const struct report_model *model, const struct report_row *row, struct plot *plot);

/* The values of one row, a bar per target: for what has no ratio to the baseline. */
void plot_values(const struct report_model *model, const struct report_row *row, struct plot *plot);

/* Rows of one target's interferences. */
struct plot_matrix {
	const struct report_interference *const *rows;
	size_t count;
};
/* What each load does to each row: shaded cells, a panel per target. */
void plot_matrices(const struct report_model *model, const struct plot_matrix *matrices,
	size_t count, struct plot *plot);

/* Whether the metric's axis is of powers of two ("log2 of …"), and whether any bar would be seen.
 */
bool plot_is_histogram(const struct report_metric *metric);
bool plot_has_histogram(
	const struct report_model *model, const struct report_row *rows, size_t count);
/* The metric's values over its axis as bars; rows are count rows of one metric. */
void plot_histogram(const struct report_model *model, const struct report_row *rows, size_t count,
	struct plot *plot);

/* Whether the row's samples are the intervals of runs (the benchmark has an option "interval"). */
bool plot_has_time(const struct report_model *model, const struct report_row *row);
/* Those over the time of a run: the median of all runs, and their range. */
void plot_time(const struct report_model *model, const struct report_row *row, struct plot *plot);

/* Whether the model has speed-ups against this row that have an efficiency; and those over the
 * CPUs, with what would be perfect. */
bool plot_has_scaling(const struct report_model *model, const struct report_row *first_row);
void plot_scaling(
	const struct report_model *model, const struct report_row *first_row, struct plot *plot);

/* How long the stages or parts of something take: rows in seconds, a group of horizontal bars each.
 */
void plot_stages(const struct report_model *model, const struct report_row *const *rows,
	size_t count, struct plot *plot);

/* How many of the model's attributions from first on are of one target, at most; what their figure
 * is called, owned by the caller; and what exits explain of these slowdowns: a stacked bar each. */
size_t plot_explained_count(const struct report_model *model, size_t first, size_t most);
char *plot_explained_title(const struct report_model *model, size_t first);
void plot_explained(
	const struct report_model *model, size_t first, size_t count, struct plot *plot);
/* Whether rows have the stages of a machine's start; and those, one after the other, a bar per
 * target. */
bool plot_is_boot(const struct report_row *const *rows, size_t count);
void plot_boot(const struct report_model *model, const struct report_row *const *rows, size_t count,
	struct plot *plot);

void plot_free(struct plot *plot);

/* Writes NAME.gp, NAME.dat and the caption NAME.txt into dir, which exists, and has gnuplot draw
 * NAME.svg, .png and .pdf, of which none is left on failure. */
int plot_draw(const struct plot *plot, const char *dir, struct error *e);
/* The same of several; errors: one for each, which stays "" where it was drawn. */
void plot_draw_all(const struct plot *plots, size_t count, const char *dir, struct error *errors);

/* --- for the files that draw ---------------------------------------------------------------------
 */

enum { PLOT_KEY_LINE_PIXELS = 24 };

struct plot_look {
	const char *colour;
	int point, dash;
	const char *fill; /* of a bar */
};
extern const struct plot_look plot_looks[];

/* Characters of a name that are shown. */
enum { PLOT_NAME_WIDTH = 44 };

size_t plot_look_of(const struct report_model *model, size_t target);
void plot_add_string(struct text *out, const char *text);
void plot_add_tick(struct text *out, const char *label, double place);
void plot_add_tick_cut(struct text *out, const char *label, double place, size_t width);
/* A function of the script, seconds(s): "12 ms", "3.25 s". */
void plot_add_seconds(struct text *out);
/* Ticks of a linear axis ("x", "y") from low to high, about as many as most, at least two: at 1, 2
 * or 5 times a power of ten. Labels are numbers as people write them: "500", "20k", "30u". */
void plot_add_ticks(struct text *out, const char *axis, double low, double high, size_t most);
/* The same of a logarithmic axis: at powers of ten, at most so many with a label; where fewer than
 * two of these are in sight, at 1, 2 and 5 times them. */
void plot_add_log_ticks(struct text *out, const char *axis, double low, double high, size_t most);
/* Variables of the script that tell what is beyond an x axis, which begins at low and ends at high,
 * and its function cut(v), which puts that next to the axis' end, outside of it. */
void plot_add_ends(
	const struct plot *plot, double low, double high, bool logarithmic, struct text *out);
/* Arrows at these ends for the intervals of a block of data that are cut: columns 3 and 4 are the
 * interval, column lane is where it stands. */
void plot_add_arrows(struct text *curves, size_t index, int lane, const char *colour);
/* The text, or so many characters of it and "...". Owned by the caller. */
char *plot_cut(const char *text, size_t width);
/* Makes the figure as wide as a page where a column would have too little room beside the names of
 * lanes for the axis, or for the axis' title; both in characters. Returns how many ticks the axis
 * has room for. */
size_t plot_fit(struct plot *plot, size_t names, size_t title);
/* How many characters such a name has where it is cut after most; or widest, if that is more. */
size_t plot_widest(size_t widest, const char *name, size_t most);
/* The upper end of an axis from 0: 1 where there is nothing above. */
double plot_top(double high);
/* The legend has what was added by this; width: of its longest name, in columns. */
void plot_add_title(struct plot *plot, struct text *out, const struct report_model *model,
	size_t target, bool emulated);
/* The same of any other name. */
void plot_add_name(struct plot *plot, struct text *out, const char *name);
void plot_add_preamble(const struct plot *plot, struct text *out);
/* The same plot on three terminals; height is in pixels of the SVG, of which 480 are 85 mm. */
void plot_add_outputs(const struct plot *plot, const char *curves, int height, struct text *out);
/* The same of any commands: those for the first terminal, and those for the others. */
void plot_add_commands(const struct plot *plot, const char *first, const char *again, int height,
	struct text *out);
/* Lines of the legend, and the command for it. */
int plot_key_rows(const struct plot *plot);
void plot_add_key(const struct plot *plot, struct text *out);

#endif
