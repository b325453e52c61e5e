/* Private to the campaign room: telling by what a host says of itself whether it is what the site
 * says of it. */
#ifndef TARE_CAMPAIGN_ENVIRONMENT_H
#define TARE_CAMPAIGN_ENVIRONMENT_H

#include "campaign/file/campaign.h"
#include "hosts/host.h"

/* Whether the environment has anything by which a host that is in it can be recognised. */
bool environment_tells(const struct environment *environment);
/* Whether the facts are those of the environment; says what differs. */
int environment_check(
	const struct environment *environment, const struct host_facts *facts, struct error *e);
/* Whether a host could match both, so that it is unclear which of them it is in. */
bool environments_overlap(const struct environment *a, const struct environment *b);
/* What a host is in that this campaign did not enter: the one that matches (a site's do not
 * overlap); NULL: none. */
const struct environment *environment_recognise(
	const struct site *site, const struct host_facts *facts);
/* Whether a host that was entered has got there: the facts are the environment's, what the machine
 * has is known, and where the environment has nothing to recognise it by, it is not the boot from
 * before (boot_before may be NULL: unknown). */
int environment_entered(const struct environment *environment, const struct host_facts *facts,
	const char *boot_before, struct error *e);
/* Whether the host has the CPUs and the memory that the site file gives it; the error says what it
 * lacks, and the fix. 0 where what the machine has is unknown. */
int environment_lends(
	const struct site_host *host, const struct host_facts *facts, struct error *e);

#endif
