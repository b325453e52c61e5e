/* CITATION.cff (Citation File Format 1.2.0). */
#include "publish/crate.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"

/* A scalar in double quotes, which YAML reads as it is. Bytes that are not UTF-8 become U+FFFD. */
static void add_quoted(struct text *out, const char *text)
{
	enum { NO_CHARACTER = 0xfffe }; /* nor is the next one */
	size_t length;

	text_add(out, "\"");
	for (; *text; text += length) {
		uint32_t point;
		length = utf8_decode(text, &point);
		if (length && (utf8_is_control(point) || point >> 1 == NO_CHARACTER >> 1)) {
			text_addf(out, "\\u%04X", point);
			continue;
		}
		if (*text == '"' || *text == '\\')
			text_add(out, "\\");
		text_add_bytes(out, length ? text : "\xef\xbf\xbd", length ? length : 3);
		length = length ? length : 1;
	}
	text_add(out, "\"\n");
}

/* "Family, Given", or a name that is one word or a group's. */
static void add_author(struct text *out, char *author)
{
	char *given = strchr(author, ',');

	if (!given) {
		text_add(out, "  - name: ");
		add_quoted(out, author);
		return;
	}
	*given++ = '\0';
	text_add(out, "  - family-names: ");
	add_quoted(out, author);
	text_add(out, "    given-names: ");
	add_quoted(out, given + strspn(given, " "));
}

static void add_authors(struct text *out, const char *authors)
{
	cleanup_free char *names = str_dup(authors ? authors : "anonymous");
	char *rest = names, *name;

	text_add(out, "authors:\n");
	while ((name = strsep(&rest, ";"))) {
		name += strspn(name, " ");
		if (*name)
			add_author(out, name);
	}
}

int citation_add(struct crate *crate, struct error *e)
{
	cleanup_text struct text text = {0};
	cleanup_free char *title = crate_title(crate);

	text_add(&text, "cff-version: 1.2.0\nmessage: \"If you use these measurements, please cite "
			"them as below.\"\ntype: dataset\ntitle: ");
	add_quoted(&text, title);
	add_authors(&text, crate->options->authors);
	text_addf(&text, "date-released: %s\nlicense: %s\n", crate->date, crate_licence(crate));
	return crate_add(crate, "CITATION.cff", "application/yaml",
		str_dup("how to cite these measurements"), CRATE_NO_CAMPAIGN, &text, e);
}
