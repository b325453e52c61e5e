/* Removes unused programs that other builds of tare copied to this host. */
#ifndef TARE_HOSTS_PROGRAMS_PRUNE_H
#define TARE_HOSTS_PROGRAMS_PRUNE_H

/* Marks the directory of this program as used until this process ends, and removes its sibling
 * directories that have been unused for two weeks. Does nothing if tare did not create the
 * directory. */
void programs_prune(const char *own);

#endif
