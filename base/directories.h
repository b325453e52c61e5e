/* Where tare keeps files on this host. */
#ifndef TARE_BASE_DIRECTORIES_H
#define TARE_BASE_DIRECTORIES_H

#define CACHE_DIR "/var/cache/tare"
#define WORK_DIR "/var/lib/tare"

/* The cache of a user without root: $TARE_CACHE, else tare below $XDG_CACHE_HOME or $HOME/.cache,
 * which tare-room sets as well; NULL: none of them is set. Caller frees. */
char *directories_user_cache(void);

/* The run directory of a user without root, which is /run/tare in the namespaces of tare-room: tare
 * below $XDG_RUNTIME_DIR, or /tmp/tare-UID where that is unset or not there, as in a job of a batch
 * system that has its user's environment from elsewhere. Caller frees. */
char *directories_user_run(void);

/* Images and what else may be kept between campaigns: $TARE_CACHE, else CACHE_DIR. Without root
 * it is the user's own. Caller frees. */
char *directories_cache(void);

/* Scratch files of campaigns, unless the site file says otherwise: WORK_DIR, without root
 * "work" below the cache. Caller frees. */
char *directories_work(void);

#endif
