/* Copies of a store: as it is, for keeping; or with every text looked at, for handing it on. */
#ifndef TARE_STORE_COPY_H
#define TARE_STORE_COPY_H

#include <stddef.h>

#include "base/error.h"

/* Copies the campaign of directory `from` into the new file `path`, as it is, also while it runs:
 * one database without a write-ahead log. Where it fails, the file may hold a part. Not synced. */
int store_copy_whole(const char *from, const char *path, struct error *e);

/* What a text becomes: owned by the caller, or NULL: it stays. text may hold any bytes but NUL. */
typedef char *store_cleaner(void *context, const char *text);

/* Copies the campaign of directory `from` into the new directory `to`, with every text of every
 * table (raw outputs too) given to clean. The copy has the same schema version, no write-ahead
 * log and no free pages: nothing of the old texts is left in it. Where it fails, `to` may hold a
 * part. */
int store_copy(
	const char *from, const char *to, store_cleaner *clean, void *context, struct error *e);

#endif
