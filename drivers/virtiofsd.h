/* virtiofsd, which libvirt starts for a directory that a guest shares. */
#ifndef TARE_DRIVERS_VIRTIOFSD_H
#define TARE_DRIVERS_VIRTIOFSD_H

#include <stddef.h>

/* The words of the virtiofsd that serves this directory of the host, "source=DIR,cache=none,…";
 * NULL: none runs. Caller frees. */
char *virtiofsd_words(const char *directory);
/* Kills those of a campaign: each ends with its guest, but one whose guest was never started waits
 * for it. Returns how many. */
size_t virtiofsd_kill(const char *campaign_id);

#endif
