/* See terminal.h. */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_has_sequences(int fd)
{
	const char *term = getenv("TERM");

	return term && term[0] && strcmp(term, "dumb") != 0 && isatty(fd);
}

bool terminal_has_colours(int fd)
{
	const char *no_colour = getenv("NO_COLOR");

	return !(no_colour && no_colour[0]) && terminal_has_sequences(fd);
}

unsigned terminal_width(int fd)
{
	static const unsigned long least = 20, most = 1000;
	struct winsize size;

	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	/* As other tools do where there is no terminal. */
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	return width >= least && width <= most ? (unsigned)width : 0;
}

unsigned terminal_columns(int fd)
{
	enum { USUAL = 100, FEWEST = 40, MOST = 1000 };
	const char *set = getenv("COLUMNS");
	unsigned width = terminal_width(fd);
	unsigned long asked = set && !width ? strtoul(set, NULL, 10) : width;

	if (asked == 0 || asked > MOST)
		return USUAL;
	return asked < FEWEST ? FEWEST : (unsigned)asked;
}
