/* Warnings for people, on stderr: one line each. */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Hooks called around every line (NULL: none), so that a progress display can step aside; they
 * must not log themselves. */
void log_set_hook(void (*before)(void), void (*after)(void));

#endif
