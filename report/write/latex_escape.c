/* Any text as LaTeX typesets it: plain ASCII, what a font may lack spelt out, numbers through
 * siunitx. */
#include "report/write/latex.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"

static const struct {
	char character;
	const char *latex;
} specials[] = {
	{'\\', "\\textbackslash{}"},
	{'{', "\\{"},
	{'}', "\\}"},
	{'$', "\\$"},
	{'&', "\\&"},
	{'#', "\\#"},
	{'%', "\\%"},
	{'_', "\\_"},
	{'^', "\\textasciicircum{}"},
	{'~', "\\textasciitilde{}"},
	{'<', "\\textless{}"},
	{'>', "\\textgreater{}"},
	{'|', "\\textbar{}"},
	{'"', "\\textquotedbl{}"},
	{'\'', "\\textquotesingle{}"},
	{'`', "\\textasciigrave{}"},
	/* Ligatures ("--", ",,", "!`") and what \\ or an option would read as its own. */
	{'-', "-{}"},
	{',', ",{}"},
	{'!', "!{}"},
	{'?', "?{}"},
	{'[', "{[}"},
	{']', "{]}"},
	{'*', "{*}"},
	{'\n', " "},
	{'\t', " "},
};

static const struct {
	uint32_t code;
	const char *latex;
} symbols[] = {
	{0xb9, "\\textsuperscript{1}"},
	{0xb2, "\\textsuperscript{2}"},
	{0xb3, "\\textsuperscript{3}"},
	{0x2074, "\\textsuperscript{4}"},
	{0x2075, "\\textsuperscript{5}"},
	{0xb7, "\\textsuperscript{,}"},
	{0x2191, "$\\uparrow$"},
	{0x2193, "$\\downarrow$"},
	{0x2192, "$\\rightarrow$"},
	{0xd7, "$\\times$"},
	{0xb1, "$\\pm$"},
	{0xb5, "$\\mu$"},
	{0x3bc, "$\\mu$"},
	{0x3b1, "$\\alpha$"},
	{0x3b4, "$\\delta$"},
	{0x2264, "$\\leq$"},
	{0x2265, "$\\geq$"},
	{0x2212, "$-$"},
	{0xb0, "$^\\circ$"},
	{0x2013, "--"},
	{0x2014, "---"},
	{0x2026, "\\ldots{}"},
	{0xe4, "\\\"a"},
	{0xf6, "\\\"o"},
	{0xfc, "\\\"u"},
	{0xc4, "\\\"A"},
	{0xd6, "\\\"O"},
	{0xdc, "\\\"U"},
	{0xdf, "\\ss{}"},
	{0xe9, "\\'e"},
	{0xe8, "\\`e"},
	{0x20ac, "\\texteuro{}"},
	{0xfffd, "\\textbf{?}"},
};

static void add_code(struct text *out, uint32_t code)
{
	for (size_t i = 0; i < ARRAY_COUNT(symbols); i++)
		if (symbols[i].code == code) {
			text_add(out, symbols[i].latex);
			return;
		}
	text_addf(out, "{\\scriptsize U+%04X}", (unsigned)code);
}

static bool is_special(struct text *out, char character)
{
	for (size_t i = 0; i < ARRAY_COUNT(specials); i++)
		if (specials[i].character == character) {
			text_add(out, specials[i].latex);
			return true;
		}
	return false;
}

/* breakable: long words may be broken anywhere TeX likes, without a hyphen. */
static void add_escaped(struct text *out, const char *text, bool breakable)
{
	enum { WORD_MAX = 12 };
	size_t word = 0;

	while (*text) {
		uint32_t code;
		size_t length = utf8_decode(text, &code);
		if (length > 1)
			add_code(out, code);
		else if (!is_special(out, *text))
			text_add_bytes(out, text, 1);
		word = isalnum((unsigned char)*text) ? word + 1 : 0;
		if (breakable && *text != ' ' && (word == WORD_MAX || (!word && length == 1))) {
			text_add(out, "\\hspace{0pt}");
			word = 0;
		}
		text += length;
	}
}

void latex_add(struct text *out, const char *text)
{
	add_escaped(out, text, false);
}

void latex_add_breakable(struct text *out, const char *text)
{
	add_escaped(out, text, true);
}

void latex_add_any(struct text *out, const char *text, bool breakable)
{
	add_escaped(out, text, breakable);
}

/* The length of the number that text starts with (sign, digits, fraction, exponent), or 0. */
static size_t number_length(const char *text)
{
	size_t i = *text == '+' || *text == '-', digits = strspn(text + i, "0123456789");

	if (!digits)
		return 0;
	i += digits;
	while (text[i] == ',' && strspn(text + i + 1, "0123456789") >= 3) /* thousands */
		i += 4;
	if (text[i] == '.' && isdigit((unsigned char)text[i + 1]))
		i += 1 + strspn(text + i + 1, "0123456789");
	if (text[i] == 'e' && (isdigit((unsigned char)text[i + 1]) ||
				      ((text[i + 1] == '-' || text[i + 1] == '+') &&
					      isdigit((unsigned char)text[i + 2]))))
		i += 2 + strspn(text + i + 2, "0123456789");
	return isalnum((unsigned char)text[i]) ? 0 : i;
}

/* Text of a column of numbers: every number goes through siunitx, "x12" is twelve times. breakable:
 * lines may end between a number and its unit. */
void latex_add_numbers(struct text *out, const char *text, bool breakable)
{
	char before = ' ';

	while (*text) {
		bool times =
			*text == 'x' && number_length(text + 1) && !isalnum((unsigned char)before);
		size_t length = number_length(text + times);
		bool starts = !isalnum((unsigned char)before) && before != '.';
		if (!times && before != ' ' && before != '[' && (*text == '-' || *text == '+'))
			length = 0; /* "3-5" is a range */
		if (length && starts) {
			text_add(out, times ? "$\\times$\\num{" : "\\num{");
			for (size_t i = 0; i < length; i++)
				if (text[times + i] != ',')
					text_add_bytes(out, text + times + i, 1);
			text_add(out, "}");
			text += times + length;
			before = '0';
			continue;
		}
		if (*text == ' ' && before == '0' && !number_length(text + 1)) {
			text_add(out, text[1] == '%' ? "\\," : breakable ? " " : "~");
			before = *text++;
			continue;
		}
		uint32_t code;
		length = utf8_decode(text, &code);
		if (!length) { /* not UTF-8, which TeX does not take */
			text++;
			continue;
		}
		if (before == '0' && *text == '-') {
			text_add(out, "--");
		} else {
			cleanup_free char *one = str_printf("%.*s", (int)length, text);
			add_escaped(out, one, false);
		}
		before = code == 0xd7 ? ' ' : length > 1 ? 'a' : *text;
		text += length;
	}
}
