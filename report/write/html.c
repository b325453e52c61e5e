/* The report as one self-contained page: no network, no scripts needed, light and dark, printable.
 * First the answer and the overview, then the figures, then the groups, folded. */
#include "report/write/formats.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/write/html.h"
#include "report/write/table.h"

/* What does not fit into a page that can be mailed is omitted, and the page says so. */
enum { FIGURES_LIMIT_BYTES = 5 << 17, DOTS_MAX = 30000 };

/* A figure that has gone since it was drawn, or is too much for one page, is named only. */
static void add_figures(struct text *out, const struct report_model *model)
{
	size_t room = FIGURES_LIMIT_BYTES;

	if (!model->figure_count)
		return;
	text_add(out, "<section aria-labelledby=\"figures\"><h2 id=\"figures\">Figures</h2>"
		      "<div class=\"figures\">\n");
	for (size_t i = 0; i < model->figure_count; i++) {
		const struct report_figure *figure = &model->figures[i];
		cleanup_free char *bytes = NULL;
		size_t count;
		text_add(out, "<figure>");
		if (file_read(figure->svg_path, room, &bytes, &count, NULL) == 0 &&
			html_add_drawing(out, bytes, figure->title, i + 1)) {
			room -= count;
		} else {
			text_add(out, "<p>Too much for this page: ");
			text_add_xml(out, figure->svg_path);
			text_add(out, "</p>");
		}
		text_add(out, "<figcaption><span class=\"sr\">");
		text_add_xml(out, figure->title);
		text_add(out, "</span>");
		text_add_xml(out, figure->note);
		text_add(out, "</figcaption></figure>\n");
	}
	text_add(out, "</div></section>\n");
}

/* A short name for the navigation: the area's, or the title up to its first sign; for the caller to
 * free. */
static char *short_name(const struct table *table)
{
	if (table->kind == TABLE_OVERVIEW)
		return str_dup("Overview");
	if (table->area)
		return str_dup(table->area->name);
	return str_printf("%.*s", (int)strcspn(table->title, ":"), table->title);
}

/* The first table of an area: figures stand before it. */
static size_t first_of_groups(const struct sections *sections)
{
	size_t i = 0;

	while (i < sections->count && !sections->tables[i].area)
		i++;
	return i;
}

/* One line: what has the same name as its neighbour has one link. */
static void add_navigation(
	struct text *out, const struct report_model *model, const struct sections *sections)
{
	cleanup_free char *previous = str_dup("");

	text_add(out, "<nav aria-label=\"Sections\">");
	for (size_t i = 0; i < sections->count; i++) {
		const struct table *table = &sections->tables[i];
		char *name = short_name(table);
		if (model->figure_count && i == first_of_groups(sections))
			text_add(out, "<a href=\"#figures\">Figures</a>");
		bool named = !html_is_answer(table) && (table->area || !table->detail);
		if (named && strcmp(name, previous) != 0) {
			text_addf(out, "<a href=\"#t%zu\">", i);
			text_add_xml(out, name);
			text_add(out, "</a>");
		}
		free(previous);
		previous = name;
	}
	text_add(out, "</nav>\n");
}

void html_begin(struct text *out, const char *title)
{
	text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		      "<link rel=\"icon\" href=\"data:,\">\n<title>tare: ");
	text_add_xml(out, title);
	text_addf(out, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>", html_style);
	text_add_xml(out, title);
	text_add(out, "</h1>\n");
}

void html_add_tools(struct text *out)
{
	text_add(out, "<div class=\"tools\" role=\"search\" hidden><input type=\"search\" "
		      "aria-label=\"Filter all tables\" placeholder=\"Filter: kvm disk 64 "
		      "KiB\"><output aria-live=\"polite\"></output></div>\n");
}

void html_end(struct text *out, const char *source)
{
	text_add(out, "<footer>Made by tare ");
	text_add_xml(out, TARE_VERSION);
	text_addf(out, " %s.</footer>\n</main><script>\n%s</script></body></html>\n", source,
		html_script);
}

/* What the overview's words and colours mean. */
static void add_legend(struct text *out, const struct report_model *model)
{
	cleanup_text struct text legend = {0};

	sections_legend(model, &legend);
	text_add(out, "<details class=\"legend\"><summary>How to read this</summary><p>");
	text_add_xml(out, legend.bytes);
	text_add(out, " Background: the slowdown on a logarithmic scale, full from ×16 on; grey: "
		      "undecided.</p></details>\n");
}

void report_write_html(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	size_t budget = DOTS_MAX;
	cleanup_text struct text header = {0};

	sections_make(model, &sections);
	sections_header(model, &header);
	html_begin(out, model->name);
	text_add(out, "<p class=\"sub\">");
	text_add_xml(out, header.bytes);
	text_add(out, "</p>\n");
	add_navigation(out, model, &sections);
	size_t groups = first_of_groups(&sections);
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		if (i == groups) {
			add_figures(out, model);
			html_add_tools(out);
		}
		if (html_is_answer(table))
			html_add_answer(out, table, i);
		else if (html_is_overview(table))
			html_add_overview(out, table, i);
		else
			html_add_table(out, model, table, i, &budget);
		if (table->kind == TABLE_OVERVIEW)
			add_legend(out, model);
	}
	html_end(out, "from the campaign's store");
	sections_free(&sections);
}
