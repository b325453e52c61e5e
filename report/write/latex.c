/* The report as LaTeX: a document that compiles as it is, made of tables and figures that can be
 * copied into a paper one by one. The headlines of each area are a table, everything else is the
 * appendix. In one file, or each in a file of its own. */
#include "report/write/latex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/write/formats.h"
#include "report/write/label.h"

/* --- figures and the document --------------------------------------------------------------------
 */

static bool is_safe_path(const char *path)
{
	for (; *path; path++)
		if (!isalnum((unsigned char)*path) && !strchr("/._-+=@: ", *path))
			return false;
	return true;
}

/* A column is 85 mm wide, in which NAME.pdf of a narrow figure has its own size. */
static void add_figure(
	struct text *out, const struct report_figure *figure, const char *directory, size_t number)
{
	const char *environment = figure->wide ? "figure*" : "figure";
	cleanup_free char *path =
		directory ? file_path_from(directory, figure->svg_path) : str_dup(figure->svg_path);
	size_t stem = strlen(path) - strlen("svg");

	if (!is_safe_path(path)) {
		text_add(out, "% A figure is left out: TeX cannot read the name of its "
			      "directory.\n");
		return;
	}
	text_addf(out,
		"\\begin{%s}[htbp]\n\\centering\n\\includegraphics[width=%s]{%.*spdf}\n\\caption{",
		environment, figure->wide ? "\\textwidth" : "85mm", (int)stem, path);
	latex_add(out, figure->title);
	text_add(out, ". ");
	latex_add(out, figure->note);
	text_addf(out, "}\\label{fig:tare-%zu}\n\\end{%s}\n\n", number, environment);
}

static void add_figures(struct text *out, const struct report_model *model)
{
	for (size_t i = 0; i < model->figure_count; i++)
		add_figure(out, &model->figures[i], model->options.directory, i + 1);
}

void latex_begin(struct text *out, const char *title)
{
	text_addf(out,
		"%% Made by tare %s; compile with pdflatex. A paper that takes a table or figure "
		"from here needs\n%% the packages below.\n"
		"\\documentclass[10pt,a4paper]{article}\n"
		"\\usepackage[T1]{fontenc}\n"
		"\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n"
		"\\usepackage{textcomp}\n"
		"\\usepackage[margin=18mm]{geometry}\n"
		"\\usepackage{array,booktabs,longtable,tabularx,graphicx,siunitx}\n"
		"\\IfFileExists{threeparttable.sty}{\\usepackage[flushleft]{threeparttable}}{%%\n"
		"  \\newenvironment{threeparttable}{}{}\n"
		"  \\newenvironment{tablenotes}{\\begin{description}}{\\end{description}}\n"
		"  \\let\\tnote\\textsuperscript}\n"
		"\\usepackage[font=footnotesize]{caption}\n"
		"\\sisetup{retain-explicit-plus,group-digits=integer,"
		"group-separator={,},detect-weight=true,"
		"table-align-text-pre=false,table-align-text-post=false}\n"
		"\\setlength{\\tabcolsep}{3pt}\n"
		"\\setlength{\\LTcapwidth}{\\textwidth}\n"
		"\\setlength{\\emergencystretch}{3em}\n"
		"\\begin{document}\n\\footnotesize\n\\section*{",
		TARE_VERSION);
	latex_add(out, title);
	text_add(out, "}\n");
}

/* A sentence per target. */
static void add_answer(struct text *out, const struct table *table)
{
	latex_add(out, table->title);
	text_add(out, ":\n\\begin{description}\n");
	for (size_t i = 0; i + 1 < table->cell_count; i += table->column_count) {
		text_add(out, "\\item[{");
		latex_add(out, table->cells[i].text);
		text_add(out, "}] ");
		latex_add_breakable(out, table->cells[i + 1].text);
		text_add(out, "\n");
	}
	text_add(out, "\\end{description}\n\n");
	if (table->note) {
		latex_add_breakable(out, table->note);
		text_add(out, "\n\n");
	}
}

/* "disk-1x1": of letters that every TeX and file system takes. */
static char *file_name(const struct report_model *model, const struct report_area *area)
{
	char *name = label_area(model, area, "");

	for (char *c = name; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '-';
	return name;
}

static struct latex_file *add_file(struct latex_file *files, size_t *count, char *name)
{
	files[*count] = (struct latex_file){.name = name};
	return &files[(*count)++];
}

static bool is_for_appendix(const struct table *table)
{
	return table->kind != TABLE_ANSWER && table->kind != TABLE_COMPARISON &&
	       table->kind != TABLE_VARIATION;
}

static void add_input(struct text *out, const char *stem, const char *name)
{
	text_addf(out, "\\input{%s-%s}\n", stem, name);
}

/* The appendix: every table that is not a comparison. */
static void add_appendix(struct text *out, const struct sections *sections)
{
	for (size_t i = 0; i < sections->count; i++)
		if (is_for_appendix(&sections->tables[i]) && sections->tables[i].cell_count)
			latex_add_table(out, &sections->tables[i], i + 1);
}

static void begin_document(const struct report_model *model, struct text *out)
{
	cleanup_text struct text header = {0}, legend = {0};

	sections_header(model, &header);
	sections_legend(model, &legend);
	latex_begin(out, model->name);
	latex_add_breakable(out, header.bytes);
	text_add(out, "\n\n");
	latex_add(out, legend.bytes);
	text_add(out, "\n\n");
}

struct latex_file *latex_files_new(
	const struct report_model *model, const char *stem, size_t *count)
{
	struct sections sections = {0};

	sections_make(model, &sections);
	struct latex_file *files = mem_new(sections.count + 2, sizeof(*files));
	*count = 0;
	struct text *out = &add_file(files, count, str_dup(""))->text;
	begin_document(model, out);
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		if (table->kind == TABLE_ANSWER)
			add_answer(out, table);
		else if (table->kind == TABLE_VARIATION)
			latex_add_table(out, table, i + 1);
		if (table->kind != TABLE_COMPARISON)
			continue;
		struct latex_file *file = add_file(files, count, file_name(model, table->area));
		latex_add_comparison(&file->text, table, i + 1);
		add_input(out, stem, file->name);
	}
	add_figures(out, model);
	struct latex_file *appendix = add_file(files, count, str_dup("appendix"));
	add_appendix(&appendix->text, &sections);
	text_add(out, "\\clearpage\n\\appendix\n\\section{Details}\n");
	add_input(out, stem, appendix->name);
	text_add(out, "\\end{document}\n");
	sections_free(&sections);
	return files;
}

void latex_files_free(struct latex_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(files[i].name);
		text_free(&files[i].text);
	}
	free(files);
}

/* In one file: what would be taken from another stands in its place. */
void report_write_latex(const struct report_model *model, struct text *out)
{
	size_t count;
	struct latex_file *files = latex_files_new(model, "tare", &count);
	const char *at = files[0].text.bytes;

	for (size_t i = 1; i < count; i++) {
		cleanup_free char *input = str_printf("\\input{tare-%s}\n", files[i].name);
		const char *found = strstr(at, input);
		if (!found)
			continue;
		text_add_bytes(out, at, (size_t)(found - at));
		text_add(out, files[i].text.count ? files[i].text.bytes : "");
		at = found + strlen(input);
	}
	text_add(out, at);
	latex_files_free(files, count);
}
