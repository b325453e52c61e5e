/* Hints for names that do not exist: the campaigns and published data sets that were probably
 * meant. */
#ifndef TARE_CLI_NEAR_H
#define TARE_CLI_NEAR_H

#include "base/error.h"

enum {
	NEAR_CAMPAIGNS = 1 << 0, /* beside it, or in results/ */
	NEAR_PUBLISHED = 1 << 1, /* data sets */
};

/* Adds `; did you mean "results/quick"?` to the error where there is nothing of that name, but one
 * of these kinds has a name like it. e may be NULL. */
void near_add_hint(const char *name, unsigned kinds, struct error *e);

#endif
