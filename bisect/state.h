/* The search's file: what was asked, so that nothing else is continued by mistake; which revisions
 * each block started; and for readers the posterior. */
#ifndef TARE_BISECT_STATE_H
#define TARE_BISECT_STATE_H

#include <stdint.h>

#include "bisect/search.h"

struct state;

/* Reads DIR/bisect.json or begins it; one that asks something else is an error. yaml: the campaign
 * file's text. Freed by state_free. */
struct state *state_open(const struct search_setup *setup, const char *yaml, struct error *e);
void state_free(struct state *state); /* safe with NULL */
uint64_t state_seed(const struct state *state);

/* The revisions of a block that was begun. Returns how many; 0: it was not begun. */
size_t state_block(const struct state *state, size_t block, size_t revisions[BISECT_STARTS_MOST]);
/* Writes that the block after all others begins. */
int state_add_block(struct state *state, const size_t *revisions, size_t count, struct error *e);
/* Writes the answer so far. */
int state_write_answer(struct state *state, const struct search_answer *answer, struct error *e);

#endif
