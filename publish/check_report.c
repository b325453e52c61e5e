/* Problems found in a crate: each is counted, and passed to the caller as one line. What is no
 * plain file is one, and is not opened. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "publish/check_private.h"

bool check_is_plain(const struct check *check, const char *file)
{
	cleanup_free char *path = str_printf("%s/%s", check->directory, file);
	struct stat status;

	return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

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
