/* Messages for people. The only file outside the verbs that writes to the terminal. */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static _Atomic enum log_level log_level = LOG_INFO;

/* Guards the hooks, and keeps lines of several threads apart. */
static pthread_mutex_t line_mutex = PTHREAD_MUTEX_INITIALIZER;
static void (*hook_before)(void);
static void (*hook_after)(void);

void log_set_level(enum log_level level)
{
	log_level = level;
}

void log_set_hook(void (*before)(void), void (*after)(void))
{
	pthread_mutex_lock(&line_mutex);
	hook_before = before;
	hook_after = after;
	pthread_mutex_unlock(&line_mutex);
}

static void log_line(enum log_level level, const char *lead, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void log_line(enum log_level level, const char *lead, const char *format, va_list args)
{
	cleanup_text struct text line = {0};

	if (level > log_level)
		return;
	text_add(&line, lead);
	text_addv(&line, format, args);
	text_one_line(line.bytes);
	pthread_mutex_lock(&line_mutex);
	if (hook_before)
		hook_before();
	fprintf(stderr, "%s\n", line.bytes);
	if (hook_after)
		hook_after();
	pthread_mutex_unlock(&line_mutex);
}

void log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_WARN, "warning: ", format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_INFO, "", format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_DEBUG, "debug: ", format, args);
	va_end(args);
}
