/* Private to the campaign room: one campaign at a time on hosts that may be booted anew. */
#ifndef TARE_CAMPAIGN_SITE_LOCK_H
#define TARE_CAMPAIGN_SITE_LOCK_H

#include "campaign/file/campaign.h"

struct site_lock;

/* Locks every host of a site that has environments against other campaigns which are run from this
 * machine, until site_lock_free or the process's end, however it comes. Of other sites nothing is
 * locked. NULL with e: another process has one of them, e says which. */
struct site_lock *site_lock_new(const struct site *site, struct error *e);
void site_lock_free(struct site_lock *lock); /* safe with NULL */

#endif
