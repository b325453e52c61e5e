/* Setting and prefixing the error object's text. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Formatted aside first, because the arguments may point into e->text. */
static void set_text(struct error *e, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void set_text(struct error *e, const char *format, va_list args)
{
	char text[ERROR_TEXT_BYTES];

	vsnprintf(text, sizeof(text), format, args);
	text_one_line(text);
	memcpy(e->text, text, sizeof(text));
}

/* Appends as much as fits. */
static void append(struct error *e, const char *text)
{
	size_t used = strlen(e->text);

	snprintf(e->text + used, sizeof(e->text) - used, "%s", text);
	text_one_line(e->text);
}

int(error_set)(struct error *e, const char *format, ...)
{
	va_list args;

	if (!e)
		return -1;
	va_start(args, format);
	set_text(e, format, args);
	va_end(args);
	return -1;
}

int(error_errno)(struct error *e, int number, const char *format, ...)
{
	char reason[128];
	va_list args;

	if (!e)
		return -1;
	va_start(args, format);
	set_text(e, format, args);
	va_end(args);
	append(e, ": ");
	append(e, strerror_r(number, reason, sizeof(reason)));
	return -1;
}

int(error_prefix)(struct error *e, const char *format, ...)
{
	struct error before;
	va_list args;

	if (!e)
		return -1;
	before = *e;
	va_start(args, format);
	set_text(e, format, args);
	va_end(args);
	append(e, ": ");
	append(e, before.text);
	return -1;
}

bool error_is_set(const struct error *e)
{
	return e && e->text[0];
}
