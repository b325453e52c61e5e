/* Warnings for the user, on stderr, one line each. */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Hooks called around every line (NULL: none), so that a progress display can be cleared and
 * redrawn; they must not call log_warn. */
void log_set_hook(void (*before)(void), void (*after)(void));

#endif
