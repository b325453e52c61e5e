/* See live.h. The control sequences are those every terminal since the VT100 knows. */
#include "cli/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/utf8.h"

#define CLEAR_LINE "\033[K" /* from the cursor on */
#define CLEAR_BELOW "\033[J" /* likewise, and all rows below */

static struct winsize terminal_size(const struct live *live)
{
	struct winsize size = {0};

	ioctl(live->fd, TIOCGWINSZ, &size);
	if (size.ws_col < 2)
		size.ws_col = 80;
	if (size.ws_row < 1)
		size.ws_row = 24;
	return size;
}

size_t live_room(const struct live *live)
{
	unsigned rows = terminal_size(live).ws_row;

	return rows > 2 ? rows - 1 : 1;
}

size_t live_columns(const struct live *live)
{
	return terminal_size(live).ws_col - 1u;
}

void live_clear(struct live *live)
{
	for (size_t i = 0; i < live->count; i++)
		free(live->lines[i]);
	live->count = 0;
}

void live_add(struct live *live, struct text *line)
{
	array_reserve(&live->lines, &live->capacity, live->count + 1);
	live->lines[live->count++] = text_take(line);
}

static void write_all(int fd, const struct text *text)
{
	size_t done = 0;

	while (done < text->count) {
		ssize_t count = write(fd, text->bytes + done, text->count - done);
		if (count < 0 && errno != EINTR)
			return; /* the terminal is gone: the campaign continues */
		done += count > 0 ? (size_t)count : 0;
	}
}

/* To the beginning of our first row. Rows that a narrower terminal has wrapped are not counted:
 * one that does not wrap would lose what stands above. */
static void add_home(const struct live *live, struct text *out)
{
	if (live->shown > 0)
		text_add(out, "\r");
	if (live->shown > 1)
		text_addf(out, "\033[%zuA", live->shown - 1);
}

void live_paint(struct live *live, const char *above)
{
	cleanup_text struct text out = {0};
	size_t room = live_room(live), columns = live_columns(live);

	add_home(live, &out);
	if (above && above[0]) {
		text_add(&out, CLEAR_BELOW);
		text_add(&out, above);
	}
	live->shown = live->count < room ? live->count : room;
	for (size_t i = 0; i < live->shown; i++) {
		const char *line = live->lines[i];
		text_add(&out, i > 0 ? "\n" : "");
		text_add_bytes(&out, line, utf8_prefix(line, columns));
		text_add(&out, CLEAR_LINE);
	}
	text_add(&out, CLEAR_BELOW);
	write_all(live->fd, &out);
}

void live_hide(struct live *live)
{
	cleanup_text struct text out = {0};

	if (live->shown == 0)
		return;
	add_home(live, &out);
	text_add(&out, CLEAR_BELOW);
	live->shown = 0;
	write_all(live->fd, &out);
}

void live_free(struct live *live)
{
	live_hide(live);
	live_clear(live);
	free(live->lines);
	*live = (struct live){0};
}
