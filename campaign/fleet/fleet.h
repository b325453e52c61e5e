/* Private to the campaign room: the site's hosts, connected and in the environment that a target
 * needs. */
#ifndef TARE_CAMPAIGN_FLEET_H
#define TARE_CAMPAIGN_FLEET_H

#include "campaign/file/campaign.h"
#include "campaign/plan/schedule.h"
#include "hosts/host.h"

struct fleet_host {
	const struct site_host *site;
	struct host *host;
	const struct environment *environment; /* that it is in; NULL: none of the site's */
	const struct network *network; /* NULL: the campaign needs none */
	char *log_path; /* what its reach says on stderr */
	char *boot_id; /* of the boot that was connected last; NULL: none known */
	bool data_ready; /* image and network are there, since it was connected */
	double entering_s; /* of getting it ready: how long the site's command took */
	const struct campaign_target **probed; /* can run there, since it was connected */
	size_t probed_count, probed_capacity;
	struct error why_not; /* the last target that was asked for cannot run there; or "" */
	unsigned *failures; /* in a row, by the site's environments and then for none: to get it
	                       ready */
	struct error *reasons; /* likewise: of the last failure */
	bool is_ready; /* as fleet_ready found it last, or not, and why */
	struct error failure;
};

/* What fleet_new needs; pointers stay the caller's and outlive the fleet. */
struct fleet_setup {
	const struct site *site;
	const struct image *image; /* NULL: no target needs one */
	const char *campaign_id, *agent_path;
	const char *directory; /* logs of reaches go there; NULL: to stderr */
	bool needs_network;
	double boot_limit_s; /* of the campaign's machines; 0: none is started */
	/* How long a host may take to answer before it is entered; 0: 30 s. */
	double answer_limit_s;
	int interrupt_fd;
	/* Told in the host's thread, whenever a host was brought to where machines can start, which
	 * may have been a reboot or just a connection: failure NULL: it is there. environment may
	 * be NULL. entering_s: how much of the seconds the site's command for that took. */
	void (*entered)(void *context, size_t host, const struct environment *environment,
		double seconds, double entering_s, const char *failure);
	void *context;
};

struct fleet {
	struct fleet_setup setup;
	struct schedule *schedule;
	struct fleet_host *hosts;
	size_t count;
};

/* NULL with e only if the threads cannot be had. Reaches no host yet. */
struct fleet *fleet_new(const struct fleet_setup *setup, struct error *e);
/* Disconnects all hosts at once; safe with NULL. */
void fleet_free(struct fleet *fleet);

/* From within a job of these hosts: brings all of them, at once, to where machines can be
 * started: connected, in the environment (NULL: whichever it is), image and network there. A host
 * that is in it already is not entered anew. */
int fleet_ready(struct fleet *fleet, size_t first, size_t count,
	const struct environment *environment, struct error *e);
/* Whether the target can run on all of these hosts, which are ready: each is asked once for as long
 * as it is connected. Hosts that are this machine were asked when the campaign was planned. */
int fleet_probe(struct fleet *fleet, size_t first, size_t count,
	const struct campaign_target *target, struct error *e);
/* Whether one of the hosts could not be got ready in this environment twice in a row: e says which
 * and why. It is not tried again, and what is planned on it there stays unmeasured. */
bool fleet_given_up(const struct fleet *fleet, size_t first, size_t count,
	const struct environment *environment, struct error *e);

#endif
