/* A few lines at the bottom of a terminal that are painted over in place, while other lines scroll
 * away above them. Knows nothing of what they say.
 *
 * Each change is one write, so that nothing flickers. Lines are cut to the terminal's width and
 * number of rows as they are at that moment; after a resize nothing that scrolled away is touched.
 * Not for use by several threads at once. */
#ifndef TARE_CLI_LIVE_H
#define TARE_CLI_LIVE_H

#include <stddef.h>

#include "base/text.h"

struct live {
	int fd; /* a terminal */
	size_t shown; /* rows of ours on the screen; the cursor is in the last */
	char **lines; /* what is to be shown, owned */
	size_t count, capacity;
};

/* How many lines there is room for: all rows but one, and at least one. */
size_t live_room(const struct live *live);
/* How many characters a line may have. */
size_t live_columns(const struct live *live);
/* Replaces the lines by none, without showing that yet; then adds one (taken over, emptied). */
void live_clear(struct live *live);
void live_add(struct live *live, struct text *line);
/* Shows the lines, below `above`: text of whole lines that scrolls, or NULL. */
void live_paint(struct live *live, const char *above);
/* Takes the lines off the screen, so that others may write. live_paint brings them back. */
void live_hide(struct live *live);
void live_free(struct live *live); /* hides, too */

#endif
