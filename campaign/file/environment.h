/* Whether a host is what the site file says, by the facts that it reports. Private to the campaign
 * room. */
#ifndef TARE_CAMPAIGN_ENVIRONMENT_H
#define TARE_CAMPAIGN_ENVIRONMENT_H

#include "campaign/file/campaign.h"
#include "hosts/host.h"

/* Whether the environment has a check (hypervisor, version or kernel), by which a host in it is
 * recognised. */
bool environment_tells(const struct environment *environment);
/* Whether the facts are those of the environment; says what differs. */
int environment_check(
	const struct environment *environment, const struct host_facts *facts, struct error *e);
/* Whether a host could match both, so that it is unclear which of them it is in. */
bool environments_overlap(const struct environment *a, const struct environment *b);
/* The environment that a host is in without this campaign having entered it: the one that matches
 * (those of a site do not overlap); NULL: none. */
const struct environment *environment_recognise(
	const struct site *site, const struct host_facts *facts);
/* Whether a host is in the environment after its enter command: the facts match, the machine's
 * capacity is known, and, where the environment has no check, the host has rebooted (boot_before:
 * the boot id from before, NULL: unknown). */
int environment_entered(const struct environment *environment, const struct host_facts *facts,
	const char *boot_before, struct error *e);
/* Whether the host has the CPUs and the memory that the site file lists for it; the error says what
 * is missing, and the fix. 0 where the machine's capacity is unknown. */
int environment_check_capacity(
	const struct site_host *host, const struct host_facts *facts, struct error *e);

#endif
