/* Words in a script of gnuplot, and ticks that have them. See plot.h. */
#include "report/plot/plot.h"

#include "base/array.h"
#include "base/utf8.h"

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
void plot_add_tick_cut(struct text *out, const char *label, double place, size_t width)
{
	struct text cut = {0};
	const char *end = label + utf8_prefix(label, width);

	for (; label < end; label++)
		text_add_bytes(&cut, *label == '%' ? "%%" : label, *label == '%' ? 2 : 1);
	text_add(&cut, *end ? "..." : "");
	plot_add_string(out, cut.count ? cut.bytes : "");
	text_addf(out, " %.12g", place);
	text_free(&cut);
}

void plot_add_tick(struct text *out, const char *label, double place)
{
	plot_add_tick_cut(out, label, place, PLOT_NAME_WIDTH);
}

char *plot_cut(const char *text, size_t width)
{
	size_t bytes = utf8_prefix(text, width);

	return str_printf("%.*s%s", (int)bytes, text, text[bytes] ? "..." : "");
}
