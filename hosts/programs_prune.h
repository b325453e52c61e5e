/* Removes unused programs that other builds of tare copied to this host. */
#ifndef TARE_HOSTS_PROGRAMS_PRUNE_H
#define TARE_HOSTS_PROGRAMS_PRUNE_H

#include <stdbool.h>

/* Marks this program's directory, own, as used until this process ends: it is not replaced then.
 * False if that has happened since the process began. True, and nothing is marked, where tare did
 * not create it. */
bool programs_use(const char *own);
/* Removes the siblings of own that have been unused for two weeks, where tare created it. */
void programs_prune(const char *own);

#endif
