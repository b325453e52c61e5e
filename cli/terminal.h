/* What a terminal at a descriptor can show. */
#ifndef TARE_CLI_TERMINAL_H
#define TARE_CLI_TERMINAL_H

#include <stdbool.h>

/* A terminal that understands more than lines: TERM is set, and not to "dumb". */
bool terminal_has_sequences(int fd);
/* Likewise, and NO_COLOR is unset or empty. */
bool terminal_has_colours(int fd);
/* In columns; 0 if it is no terminal or its size is unknown. */
unsigned terminal_width(int fd);
/* How wide lines may be: the terminal, else COLUMNS of the environment, else 100; at least 40. */
unsigned terminal_columns(int fd);

#endif
