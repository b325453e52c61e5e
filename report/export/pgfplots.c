/* Figures for a LaTeX document that has pgfplots: NAME.dat with the columns series, x, y, minus and
 * plus, NAME.tex that draws it, and figures.tex, a document of all of them. */
#include "report/export/pgfplots.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/latex.h"

enum { LOOKS = 7 }; /* in the style below */

static void add_number(struct text *out, double value)
{
	text_addf(out, isfinite(value) ? " %.12g" : " nan", value);
}

static void add_data(const struct pgfplots_figure *figure, struct text *out)
{
	text_addf(out, "# %s\nseries x y minus plus\n", figure->caption);
	for (size_t s = 0; s < figure->series_count; s++)
		for (size_t i = 0; i < figure->series[s].count; i++) {
			const struct pgfplots_point *point = &figure->series[s].points[i];
			text_addf(out, "%zu", s);
			add_number(out, point->x);
			add_number(out, point->y);
			add_number(out, point->y - point->low);
			add_number(out, point->high - point->y);
			text_add(out, "\n");
		}
}

static void add_label(struct text *out, const char *key, const char *label)
{
	text_addf(out, ", %s={", key);
	latex_add(out, label);
	text_add(out, "}");
}

/* What stands at 1, 2 …, from top to bottom: headlines lie on their side. */
static void add_ticks(const struct pgfplots_figure *figure, struct text *out)
{
	text_addf(out, ",\n\tytick={1,...,%zu}, y dir=reverse, yticklabels={", figure->tick_count);
	for (size_t i = 0; i < figure->tick_count; i++) {
		text_add(out, i ? ", {" : "{");
		latex_add(out, figure->ticks[i]);
		text_add(out, "}");
	}
	text_addf(out,
		"},\n\tyticklabel style={font=\\scriptsize, text width=0.34\\linewidth, "
		"align=right}, ymin=0.5, ymax=%zu.5,\n\theight=%zu\\baselineskip, extra x "
		"ticks={1}, extra x tick labels={}, "
		"extra x tick style={grid=major}",
		figure->tick_count, 2 * figure->tick_count + 2);
}

static void add_axis(const struct pgfplots_figure *figure, struct text *out)
{
	bool lying = figure->ticks != NULL;

	text_addf(out,
		"\\begin{axis}[%slegend style={font=\\scriptsize, "
		"at={(0.5,1.02)}, anchor=south, legend columns=2}",
		lying ? "scale only axis, width=0.58\\linewidth, " : "width=\\linewidth, ");
	if (figure->x_log || (lying && figure->y_log))
		text_add(out, ", xmode=log");
	if (figure->y_log && !lying)
		text_add(out, ", ymode=log");
	add_label(out, "xlabel", lying ? figure->y_label : figure->x_label);
	if (lying)
		add_ticks(figure, out);
	else
		add_label(out, "ylabel", figure->y_label);
	text_add(out, "]\n");
}

/* Looks belong to targets, in all figures: 0 to the baseline, the others follow in their order. */
static size_t look_of(const struct report_model *model, size_t target)
{
	size_t other = target < model->baseline ? target : target - 1;

	return target == model->baseline ? 0 : 1 + other % (LOOKS - 1);
}

static void add_plots(
	const struct report_model *model, const struct pgfplots_figure *figure, struct text *out)
{
	const char *way = figure->ticks ? "x" : "y";

	for (size_t s = 0; s < figure->series_count; s++) {
		const struct pgfplots_series *series = &figure->series[s];
		text_addf(out,
			"\\addplot+[tare look %zu, %stare series=%zu, error bars/.cd, %s dir=both, "
			"%s explicit]\n"
			"\ttable[x=%s, y=%s, %s error minus=minus, %s error plus=plus] {%s.dat};\n"
			"\\addlegendentry{",
			look_of(model, series->target), figure->ticks ? "only marks, " : "", s, way,
			way, figure->ticks ? "y" : "x", figure->ticks ? "x" : "y", way, way,
			figure->name);
		latex_add(out, model->targets[series->target].name);
		text_addf(out, "%s}\n", series->emulated ? " (emulated)" : "");
	}
}

static void add_figure(const struct report_model *model, const struct pgfplots_figure *figure,
	struct export_files *files)
{
	cleanup_free char *data = str_printf("%s.dat", figure->name);
	cleanup_free char *tex = str_printf("%s.tex", figure->name);

	add_data(figure, export_add_file(files, data));
	struct text *out = export_add_file(files, tex);
	text_addf(out,
		"%% %s\n%% \\input this between \\begin{figure} and \\caption, after \\input of "
		"tare-pgfplots.tex in the preamble.\n\\begin{tikzpicture}\n",
		figure->caption);
	add_axis(figure, out);
	add_plots(model, figure, out);
	text_add(out, "\\end{axis}\n\\end{tikzpicture}\n");
}

/* Okabe and Ito's palette, in the order of the other figures; marks and dashes differ, too. A row
 * of another series has no place: an empty result leaves it out. */
static const char style[] =
	"% For the preamble of the document: what all figures share.\n"
	"\\usepackage{pgfplots}\n\\pgfplotsset{compat=1.17}\n"
	"\\definecolor{tareblue}{HTML}{0072B2}\\definecolor{tarevermilion}{HTML}{D55E00}\n"
	"\\definecolor{taregreen}{HTML}{009E73}\\definecolor{tarepurple}{HTML}{CC79A7}\n"
	"\\definecolor{tareorange}{HTML}{E69F00}\\definecolor{taresky}{HTML}{56B4E9}\n"
	"\\pgfplotsset{\n"
	"\ttare look 0/.style={black, solid, mark=*, mark options={fill=black}},\n"
	"\ttare look 1/.style={tareblue, densely dashed, mark=square*},\n"
	"\ttare look 2/.style={tarevermilion, densely dotted, mark=triangle*},\n"
	"\ttare look 3/.style={taregreen, dashdotted, mark=diamond*},\n"
	"\ttare look 4/.style={tarepurple, dashed, mark=x},\n"
	"\ttare look 5/.style={tareorange, dotted, mark=+},\n"
	"\ttare look 6/.style={taresky, dashdotdotted, mark=o},\n"
	"\tevery axis plot/.append style={mark options={solid}}}\n"
	"\\pgfplotsset{tare series/.style={x filter/.append code={%\n"
	"\t\\ifnum\\thisrow{series}=#1\\relax\\else\\def\\pgfmathresult{}\\fi}}}\n";

static void add_document(const struct pgfplots_figures *figures, struct text *out)
{
	text_add(out, "\\documentclass{article}\n\\usepackage[margin=20mm]{geometry}\n"
		      "\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n"
		      "\\input{tare-pgfplots}\n\\begin{document}\n");
	for (size_t i = 0; i < figures->count; i++) {
		text_addf(
			out, "\\begin{figure}[p]\n\\input{%s}\n\\caption{", figures->list[i].name);
		latex_add(out, figures->list[i].caption);
		text_add(out, "}\n\\end{figure}\n\\clearpage\n");
	}
	if (!figures->count)
		text_add(out, "Nothing was measured that a figure could show.\n");
	text_add(out, "\\end{document}\n");
}

void export_pgfplots(const struct report_model *model, struct export_files *files)
{
	struct pgfplots_figures figures;

	pgfplots_figures_make(model, &figures);
	for (size_t i = 0; i < figures.count; i++)
		add_figure(model, &figures.list[i], files);
	text_add(export_add_file(files, "tare-pgfplots.tex"), style);
	add_document(&figures, export_add_file(files, "figures.tex"));
	pgfplots_figures_free(&figures);
}
