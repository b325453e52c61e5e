/* How a running guest of QEMU shows the effective values of its options: by QEMU's monitor, by
 * /proc of its process and by the host's kernel. */
#ifndef TARE_DRIVERS_TUNING_LOOK_H
#define TARE_DRIVERS_TUNING_LOOK_H

#include <sys/types.h>

#include "drivers/tuning.h"
#include "drivers/xml.h"

struct tuning_view {
	virDomainPtr running;
	const struct domain *domain;
	pid_t pid; /* QEMU's */
	xmlXPathContextPtr xml; /* the running domain's */
};

/* "10.0.2" of the QEMU that runs, whatever its path says; NULL if it does not answer. Caller
 * frees. */
char *tuning_look_version(const struct tuning_view *view);

/* One for each row of tuning.c's table that has it: the text, in the option's own words, or NULL
 * where it cannot be seen. asked is the option's text. Callers free. */
char *tuning_look_firmware(const struct tuning_view *view, const char *asked);
char *tuning_look_cmdline(const struct tuning_view *view, const char *asked);
char *tuning_look_mitigations(const struct tuning_view *view, const char *asked);
char *tuning_look_features(const struct tuning_view *view, const char *asked);
char *tuning_look_nested(const struct tuning_view *view, const char *asked);
char *tuning_look_numa(const struct tuning_view *view, const char *asked);
char *tuning_look_hugepages(const struct tuning_view *view, const char *asked);
char *tuning_look_locked(const struct tuning_view *view, const char *asked);
char *tuning_look_ksm(const struct tuning_view *view, const char *asked);
char *tuning_look_thp(const struct tuning_view *view, const char *asked);
char *tuning_look_halt_poll(const struct tuning_view *view, const char *asked);
char *tuning_look_disk_model(const struct tuning_view *view, const char *asked);
char *tuning_look_cache(const struct tuning_view *view, const char *asked);
char *tuning_look_io(const struct tuning_view *view, const char *asked);
char *tuning_look_iothreads(const struct tuning_view *view, const char *asked);
char *tuning_look_disk_queues(const struct tuning_view *view, const char *asked);
char *tuning_look_net_queues(const struct tuning_view *view, const char *asked);
char *tuning_look_vhost(const struct tuning_view *view, const char *asked);
char *tuning_look_share(const struct tuning_view *view, const char *asked);
char *tuning_look_share_cache(const struct tuning_view *view, const char *asked);
char *tuning_look_share_msize(const struct tuning_view *view, const char *asked);
char *tuning_look_hostdev(const struct tuning_view *view, const char *asked);
char *tuning_look_packed(const struct tuning_view *view, const char *asked);

#endif
