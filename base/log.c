/* Warnings on stderr. The only file outside cli/ that writes to the terminal. */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

/* Guards the hooks, and keeps lines of several threads apart. */
static pthread_mutex_t line_mutex = PTHREAD_MUTEX_INITIALIZER;
static void (*hook_before)(void);
static void (*hook_after)(void);

void log_set_hook(void (*before)(void), void (*after)(void))
{
	pthread_mutex_lock(&line_mutex);
	hook_before = before;
	hook_after = after;
	pthread_mutex_unlock(&line_mutex);
}

void log_warn(const char *format, ...)
{
	cleanup_text struct text line = {0};
	va_list args;

	text_add(&line, "warning: ");
	va_start(args, format);
	text_addv(&line, format, args);
	va_end(args);
	text_one_line(line.bytes);
	pthread_mutex_lock(&line_mutex);
	if (hook_before)
		hook_before();
	fprintf(stderr, "%s\n", line.bytes);
	if (hook_after)
		hook_after();
	pthread_mutex_unlock(&line_mutex);
}
