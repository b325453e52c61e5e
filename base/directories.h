/* Where tare keeps files on this host. */
#ifndef TARE_BASE_DIRECTORIES_H
#define TARE_BASE_DIRECTORIES_H

#define CACHE_DIR "/var/cache/tare"
#define WORK_DIR "/var/lib/tare"

/* Images and what else may be kept between campaigns: $TARE_CACHE, else CACHE_DIR. In a user
 * namespace tare-room has set TARE_CACHE. Caller frees. */
char *directories_cache(void);

/* Scratch files of campaigns, unless the site file says otherwise: WORK_DIR, in a user namespace
 * "work" below the cache. Caller frees. */
char *directories_work(void);

#endif
