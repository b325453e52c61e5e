/* Looking at a site's hosts without a campaign: `tare doctor --site` and `tare clean --site`. */
#ifndef TARE_CAMPAIGN_VISIT_H
#define TARE_CAMPAIGN_VISIT_H

#include "campaign/campaign.h"
#include "hosts/host.h"

/* What is to be done at a host: host is connected, or failure says why it is not. Called for one
 * host after the other, in the site's order. */
typedef void site_visitor(
	void *context, const struct site_host *site_host, struct host *host, const char *failure);

/* Connects all hosts at once, as they are, waiting at most timeout_s for each, and disconnects them
 * afterwards. Connecting removes what killed campaigns left there. image may be NULL. Returns how
 * many hosts could not be reached, or -1 with e. */
int site_visit(const struct site *site, const struct image *image, const char *agent_path,
	double timeout_s, site_visitor *visitor, void *context, struct error *e);

#endif
