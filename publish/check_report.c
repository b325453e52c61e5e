/* Problems found in a crate: each is counted, and passed to the caller as one line. */
#include <stdarg.h>
#include <stdio.h>

#include "publish/check_private.h"

void check_report(struct check *check, const char *file, const char *format, ...)
{
	char what[ERROR_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	check->found(check->context, file, what);
	check->result->problems++;
}
