/* The options of a guest that set something in its domain XML: one row each, which says where and
 * what it writes there, which hypervisors take it, and how its effective value is read from the
 * running guest. */
#ifndef TARE_DRIVERS_TUNING_H
#define TARE_DRIVERS_TUNING_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <libvirt/libvirt.h>

#include "base/text.h"
#include "drivers/domain.h"
#include "drivers/libvirt_options.h"

/* Where in the domain's XML a row writes. */
enum tuning_place {
	TUNING_ELSEWHERE, /* what domain.c and prepare.c look up themselves */
	TUNING_DOMAIN, /* children of <domain> */
	TUNING_BACKING, /* children of <memoryBacking> */
	TUNING_CPU, /* children of <cpu> */
	TUNING_DISK, /* attributes of the scratch disk's <driver> */
	TUNING_NIC, /* attributes of the network card's <driver> */
	TUNING_CMDLINE, /* words of the kernel's command line */
};

/* Of the mask in a row. */
enum tuning_taker {
	TAKER_KVM = 1 << 0,
	TAKER_XEN_PV = 1 << 1,
	TAKER_XEN_PVH = 1 << 2,
	TAKER_XEN_HVM = 1 << 3,
	TAKER_XEN = TAKER_XEN_PV | TAKER_XEN_PVH | TAKER_XEN_HVM,
	TAKER_ALL = TAKER_KVM | TAKER_XEN,
};

/* A running guest of QEMU, to be looked at. */
struct tuning_view;

struct tuning_row {
	const char *option; /* NULL ends the table */
	enum tuning_place place;
	unsigned takers; /* hypervisors that take it */
	const char *xml; /* what it writes, %s for the value's text; or NULL */
	/* Writes it where a format does not do; or NULL. */
	void (*write)(struct text *xml, const struct domain *domain, const char *value);
	/* XPath of the effective value in the running domain's XML, $disk and $nic being the
	 * devices; or NULL. */
	const char *path;
	/* The effective value as QEMU, the kernel and /proc have it, in the option's own words;
	 * NULL where it cannot be seen. Counts before path. Caller frees. */
	char *(*look)(const struct tuning_view *view, const char *asked);
};

extern const struct tuning_row tuning_rows[];

/* Adds what the options that are set write at this place. */
void tuning_write(struct text *xml, enum tuning_place place, const struct domain *domain);
/* Whether any option that is set writes at this place. */
bool tuning_writes(enum tuning_place place, const struct domain *domain);
/* The bit of a hypervisor's row; 0 for containers. */
unsigned tuning_taker(const struct hypervisor *hypervisor);

/* "1x2x1" to sockets, cores and threads, each at least 1. False if it is none. */
bool tuning_parse_topology(const char *text, unsigned out[3]);
/* The next "+NAME" or "-NAME" of a list of CPU features, at *list, moved past it: the sign, or 0 at
 * the end, or '?' where the text is none. */
char tuning_next_feature(const char **list, char name[64]);

/* --- contradictions and what a host lacks: tuning_check.c ------------------------------------ */

/* Whether options contradict each other, or the size of the machine: cpus 0 if that is not known.
 * -1 with an error that begins with the name of an option: "OPTION: …". */
int tuning_check(const struct libvirt_options *options, unsigned cpus, struct error *e);
/* Whether this host has what the options need. The error begins with an option's name. */
int tuning_check_host(const struct libvirt_options *options, struct error *why_not);
/* Whether guests of this host's KVM can have the nesting that the options ask for; where they are
 * emulated it is QEMU's own. */
int tuning_check_nesting(const struct libvirt_options *options, struct error *why_not);

/* --- looking at a running guest: tuning_read.c ------------------------------------------------ */

/* Reads what a running guest of QEMU shows and adds it to its facts: "options", the effective value
 * of every option, {"cache": "none", …}, and "hypervisor_version", which is the running QEMU's own.
 * An option that was set and has another effective value is an error that names both. */
int tuning_read(virDomainPtr running, const struct domain *domain, json_t *facts, struct error *e);

#endif
