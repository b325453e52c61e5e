/* Programs that other builds of tare brought to this host and that nobody uses any more. */
#ifndef TARE_HOSTS_PRUNE_H
#define TARE_HOSTS_PRUNE_H

/* Marks the directory of this program as used, until this process ends, and removes those beside it
 * that nobody has used for two weeks. Where it is no directory that tare made, nothing happens. */
void programs_prune(const char *own);

#endif
