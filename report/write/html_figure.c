/* A figure of the page: the drawing's own elements, so that it has the page's colours, light or
 * dark, on screen or on paper. */
#include "report/write/html.h"

#include <string.h>

#include "base/array.h"

/* What drawings say of colours that are the page's, and what would reach out of the page; within
 * tags only. */
static const struct {
	const char *from, *to;
} words[] = {
	{" xmlns=\"http://www.w3.org/2000/svg\"", ""},
	{" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", ""},
	{"\"#ffffff\"", "\"none\""},
	{"\"#FFFFFF\"", "\"var(--card)\""}, /* around points of lines */
	{"\"black\"", "\"currentColor\""},
	{"'black'", "'currentColor'"},
	{"rgb(  0,   0,   0)", "currentColor"},
	{"rgb(0,0,0)", "currentColor"},
	{"rgb( 85,  85,  85)", "currentColor"},
	{"rgb(85,85,85)", "currentColor"},
	{"rgb(221, 221, 221)", "var(--line)"},
};

/* What comes before a name that no two drawings of a page may share. */
static const char *const names[] = {" id=\"", " id='", "href='#", "href=\"#", "url(#"};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Adds what stands at text within a tag; returns how many of its bytes that were. */
static size_t add_piece(struct text *out, const char *text, size_t number)
{
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (begins(text, words[i].from)) {
			text_add(out, words[i].to);
			return strlen(words[i].from);
		}
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (begins(text, names[i])) {
			text_addf(out, "%sf%zu-", names[i], number);
			return strlen(names[i]);
		}
	text_add_bytes(out, text, 1);
	return 1;
}

/* The program's own title and description: the page has better ones. */
static const char *skip_element(const char *text, const char *begin, const char *end)
{
	const char *after = begins(text, begin) ? strstr(text, end) : NULL;

	return after ? after + strlen(end) : text;
}

bool html_add_drawing(struct text *out, const char *svg, const char *title, size_t number)
{
	const char *at = strstr(svg, "<svg");
	bool in_tag = false;

	if (!at || strstr(svg, "<script") || strstr(svg, "<foreignObject"))
		return false;
	text_add(out, "<svg role=\"img\" aria-label=\"");
	text_add_xml(out, title);
	text_add(out, "\"");
	for (at += strlen("<svg"), in_tag = true; *at;) {
		const char *next = skip_element(at, "<title>", "</title>");
		next = next == at ? skip_element(at, "<desc>", "</desc>") : next;
		if (next != at) {
			at = next;
			continue;
		}
		in_tag = *at == '<' || (in_tag && *at != '>');
		if (in_tag) {
			at += add_piece(out, at, number);
		} else {
			text_add_bytes(out, at++, 1);
		}
	}
	return true;
}
