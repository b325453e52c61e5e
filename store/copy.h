/* A copy of a store in which every text was looked at: for handing it on. */
#ifndef TARE_STORE_COPY_H
#define TARE_STORE_COPY_H

#include <stddef.h>

#include "base/error.h"

/* What a text becomes: owned by the caller, or NULL: it stays. text may hold any bytes but NUL. */
typedef char *store_cleaner(void *context, const char *text);

/* Copies the campaign of directory `from` into the new directory `to`, with every text of every
 * table (raw outputs too) given to clean. The copy has the same schema version, no write-ahead
 * log and no free pages: nothing of the old texts is left in it. Where it fails, `to` may hold a
 * part. */
int store_copy(
	const char *from, const char *to, store_cleaner *clean, void *context, struct error *e);

#endif
