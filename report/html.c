/* The report as one self-contained page: no network, no scripts needed, light and dark, printable.
 * Beside each cost stands a small picture of its interval; figures that were drawn are inside. */
#include "report/formats.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/table.h"
#include "report/words.h"

/* Larger figures are left out of the page. */
enum { FIGURE_LIMIT_BYTES = 4 << 20 };

static const char style[] =
	":root{color-scheme:light dark;--bg:#fbfbf9;--card:#fff;--ink:#1c2024;--dim:#667079;"
	"--line:#e2e4e0;--head:#f3f4f1;--worse:#b3261e;--better:#0b7a53;--warn:#9a5b00;"
	"--warnbg:#fdf1dc;--accent:#0072b2}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1b1f23;--ink:#e6e8ea;"
	"--dim:#97a1a9;--line:#2e3439;--head:#22272c;--worse:#ff8a80;--better:#5fd3a5;"
	"--warn:#f0b357;--warnbg:#3a2c12;--accent:#56b4e9}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"
	"'Segoe UI',Roboto,'Noto Sans',sans-serif}\n"
	"main{max-width:1320px;margin:0 auto;padding:2rem 1.25rem 4rem}\n"
	"h1{font-size:1.7rem;line-height:1.2;margin:0 0 .35rem;letter-spacing:-.01em}\n"
	"h2{font-size:1.1rem;margin:2.4rem 0 .6rem}\n"
	"p{margin:.3rem 0;max-width:100ch}\n"
	".sub,.legend{color:var(--dim)}\n"
	".legend{font-size:.85rem;margin-top:.7rem}\n"
	"nav{margin:1rem 0 0;font-size:.88rem;display:flex;flex-wrap:wrap;gap:.3rem .5rem}\n"
	"nav a{color:var(--accent);text-decoration:none;border:1px solid var(--line);"
	"border-radius:99px;padding:.05rem .65rem;background:var(--card)}\n"
	"nav a:hover,nav a:focus{border-color:var(--accent)}\n"
	".wrap{overflow-x:auto;background:var(--card);border:1px solid var(--line);"
	"border-radius:10px}\n"
	"table{border-collapse:collapse;width:100%;font-size:.84rem;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.3rem .55rem;text-align:left;vertical-align:baseline;white-space:nowrap}\n"
	"td.long{white-space:normal;min-width:11rem;overflow-wrap:anywhere}\n"
	"th{font-weight:600;color:var(--dim);background:var(--head)}\n"
	"thead tr:first-child th.group{color:var(--ink);border-left:1px solid var(--line)}\n"
	"tbody tr{border-top:1px solid var(--line)}\n"
	"tbody tr:hover{background:var(--head)}\n"
	".r{text-align:right}\n"
	".edge{border-left:1px solid var(--line)}\n"
	".worse{color:var(--worse);font-weight:600}.better{color:var(--better);font-weight:600}\n"
	".dim{color:var(--dim)}.warn{color:var(--warn)}\n"
	".mark{font-size:.7rem;font-weight:600;color:var(--warn);background:var(--warnbg);"
	"border-radius:4px;padding:0 .28rem;margin-left:.35rem;text-decoration:none}\n"
	"svg.ci{width:72px;height:12px;vertical-align:-1px;margin-left:.5rem}\n"
	".ci path{stroke:var(--line);fill:none}.ci .w{stroke:currentColor;stroke-width:1.6}\n"
	".ci circle{fill:currentColor}\n"
	".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(430px,100%),1fr));"
	"gap:1rem}\n"
	"figure{margin:0;background:#fff;border:1px solid var(--line);border-radius:10px;"
	"padding:.5rem}\n"
	"figure img{width:100%;height:auto;display:block}\n"
	"footer{margin-top:3rem;color:var(--dim);font-size:.8rem}\n"
	"@media(max-width:600px){main{padding:1rem .7rem}th,td{padding:.3rem .5rem}}\n"
	"@media print{:root{--bg:#fff;--card:#fff}main{max-width:none;padding:0}nav{display:none}"
	".wrap{overflow:visible;border-radius:0}tr,figure{break-inside:avoid}"
	"h2{break-after:avoid}table{font-size:7.5pt}th,td{padding:.15rem .3rem}}\n";

static const char *const tone_classes[] = {
	[TONE_PLAIN] = "",
	[TONE_WORSE] = "worse",
	[TONE_BETTER] = "better",
	[TONE_DIM] = "dim",
	[TONE_WARN] = "warn",
};

/* The place of a ratio on the small axis, -1 (better) … 1 (worse): linear within 1 %, logarithmic
 * beyond, so that 0.3 % and a factor of 20 are both seen. cost gives the direction. */
static double on_axis(double cost, double ratio)
{
	static const double linear = 0.01, most = 100;
	double size = fmax(ratio, 1 / ratio) - 1, place;

	if (size <= linear)
		place = 0.25 * size / linear;
	else
		place = 0.25 + 0.75 * log(size / linear) / log(most / linear);
	return copysign(fmin(place, 1), cost);
}

/* A dot for the cost and a line for its interval; the middle is "as the baseline". */
static void add_interval_picture(struct text *out, const struct report_value *value)
{
	static const double middle = 42, reach = 38;
	const struct interval *change = &value->change;
	bool rate = (value->cost > 0) == (change->estimate < 1);
	double low = rate ? change->high : change->low, high = rate ? change->low : change->high;

	text_addf(out, "<svg class=\"ci\" viewBox=\"0 0 84 12\" aria-hidden=\"true\">"
		       "<path d=\"M4 6H80M42 0V12\"/>");
	if (change->status == INTERVAL_OK)
		text_addf(out, "<path class=\"w\" d=\"M%.1f 6H%.1f\"/>",
			middle + reach * on_axis(value->cost_low, low),
			middle + reach * on_axis(value->cost_high, high));
	text_addf(out, "<circle cx=\"%.1f\" cy=\"6\" r=\"2.6\"/></svg>",
		middle + reach * on_axis(value->cost, change->estimate));
}

static void add_marks(struct text *out, const char *marks)
{
	if (strstr(marks, "emu"))
		text_add(out, "<abbr class=\"mark\" title=\"emulated CPU: says nothing about "
			      "hardware virtualization\">emu</abbr>");
	if (strstr(marks, "ker"))
		text_add(out, "<abbr class=\"mark\" title=\"the kernel differs from the "
			      "baseline's\">ker</abbr>");
}

/* Where a new group of columns begins, for the line between them. */
static bool starts_group(const struct table *table, size_t column)
{
	return column && table->columns[column].group[0] &&
	       strcmp(table->columns[column].group, table->columns[column - 1].group) != 0;
}

static void add_head(struct text *out, const struct table *table)
{
	bool grouped = false;

	for (size_t c = 0; c < table->column_count; c++)
		grouped = grouped || table->columns[c].group[0];
	text_add(out, "<thead>");
	if (grouped)
		text_add(out, "<tr>");
	for (size_t c = 0; grouped && c < table->column_count;) {
		size_t end = c + 1;
		const char *group = table->columns[c].group;
		while (end < table->column_count && strcmp(table->columns[end].group, group) == 0)
			end++;
		if (group[0]) {
			text_addf(out, "<th class=\"group\" scope=\"colgroup\" colspan=\"%zu\">",
				end - c);
			text_add_xml(out, group);
			text_add(out, "</th>");
		} else {
			text_addf(out, "<td colspan=\"%zu\"></td>", end - c);
		}
		c = end;
	}
	text_add(out, grouped ? "</tr><tr>" : "<tr>");
	for (size_t c = 0; c < table->column_count; c++) {
		text_addf(out, "<th scope=\"col\" class=\"%s%s\">",
			table->columns[c].right ? "r" : "", starts_group(table, c) ? " edge" : "");
		text_add_xml(out, table->columns[c].heading);
		text_add(out, "</th>");
	}
	text_add(out, "</tr></thead>");
}

/* From this many characters on a cell may be broken into lines. */
enum { LONG_CELL = 30 };

static void add_cell(struct text *out, const struct table *table, size_t index)
{
	const struct cell_text *cell = &table->cells[index];
	size_t column = index % table->column_count;

	text_addf(out, "<td class=\"%s%s%s %s\">", table->columns[column].right ? "r" : "",
		starts_group(table, column) ? " edge" : "",
		strlen(cell->text) >= LONG_CELL ? " long" : "", tone_classes[cell->tone]);
	text_add_xml(out, cell->text);
	add_marks(out, cell->marks);
	if (cell->value)
		add_interval_picture(out, cell->value);
	text_add(out, "</td>");
}

static void add_table(struct text *out, const struct table *table, size_t number)
{
	text_addf(out, "<section aria-labelledby=\"t%zu\"><h2 id=\"t%zu\">", number, number);
	text_add_xml(out, table->title);
	text_add(out, "</h2><div class=\"wrap\" tabindex=\"0\"><table>");
	add_head(out, table);
	text_add(out, "<tbody>");
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			text_add(out, i ? "</tr>\n<tr>" : "<tr>");
		add_cell(out, table, i);
	}
	text_add(out, table->cell_count ? "</tr>" : "");
	text_add(out, "</tbody></table></div></section>\n");
}

/* RFC 4648, for data: URIs. */
static void add_base64(struct text *out, const unsigned char *bytes, size_t count)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < count; i += 3) {
		size_t have = count - i < 3 ? count - i : 3;
		uint32_t word = (uint32_t)bytes[i] << 16;
		char four[4];
		word |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		word |= have > 2 ? (uint32_t)bytes[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			four[k] = k <= have ? alphabet[word >> (18 - 6 * k) & 63] : '=';
		text_add_bytes(out, four, sizeof(four));
	}
}

/* As images, not as elements: gnuplot's SVGs share their ids with each other. A figure that has
 * gone since it was drawn is left out. */
static void add_figures(struct text *out, const struct report_model *model)
{
	if (!model->figure_count)
		return;
	text_add(out, "<section aria-labelledby=\"figures\"><h2 id=\"figures\">Figures</h2>"
		      "<div class=\"figures\">\n");
	for (size_t i = 0; i < model->figure_count; i++) {
		const struct report_figure *figure = &model->figures[i];
		cleanup_free char *bytes = NULL;
		size_t count;
		if (file_read(figure->svg_path, FIGURE_LIMIT_BYTES, &bytes, &count, NULL) < 0)
			continue;
		text_add(out, "<figure><img alt=\"");
		text_add_xml(out, figure->title);
		text_add(out, "\" src=\"data:image/svg+xml;base64,");
		add_base64(out, (const unsigned char *)bytes, count);
		text_add(out, "\"></figure>\n");
	}
	text_add(out, "</div></section>\n");
}

static void add_navigation(
	struct text *out, const struct report_model *model, const struct sections *sections)
{
	text_add(out, "<nav aria-label=\"Sections\">");
	if (model->figure_count)
		text_add(out, "<a href=\"#figures\">Figures</a>");
	for (size_t i = 1; i < sections->count; i++) {
		text_addf(out, "<a href=\"#t%zu\">", i);
		text_add_xml(out, sections->tables[i].title);
		text_add(out, "</a>");
	}
	text_add(out, "</nav>\n");
}

void report_write_html(const struct report_model *model, struct text *out)
{
	struct sections sections = {0};
	cleanup_text struct text header = {0}, legend = {0};

	sections_make(model, &sections);
	sections_header(model, &header);
	sections_legend(model, &legend);
	text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		      "<link rel=\"icon\" href=\"data:,\">\n<title>tare: ");
	text_add_xml(out, model->name);
	text_addf(out, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>", style);
	text_add_xml(out, model->name);
	text_add(out, "</h1>\n<p class=\"sub\">");
	text_add_xml(out, header.bytes);
	text_add(out, "</p>\n");
	add_navigation(out, model, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		add_table(out, &sections.tables[i], i);
		if (i == 0) {
			text_add(out, "<p class=\"legend\">");
			text_add_xml(out, legend.bytes);
			text_add(out, "</p>\n");
			add_figures(out, model);
		}
	}
	text_add(out, "<footer>Made by tare ");
	text_add_xml(out, TARE_VERSION);
	text_add(out, " from the campaign's store.</footer>\n</main></body></html>\n");
	sections_free(&sections);
}
