/* Messages for people, on stderr: one line each. The level is set once by main(). */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

enum log_level { LOG_QUIET, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Hooks called around every line (NULL: none), so that a progress display can step aside; they
 * must not log themselves. */
void log_set_hook(void (*before)(void), void (*after)(void));

#endif
