/* Looking at a site's hosts without a campaign: `tare doctor --site` and `tare clean --site`. */
#ifndef TARE_CAMPAIGN_EACH_HOST_H
#define TARE_CAMPAIGN_EACH_HOST_H

#include "base/text.h"
#include "campaign/file/campaign.h"
#include "hosts/host.h"

/* What is to be done at a host: host is connected, or failure says why it is not. Called in the
 * host's own thread, for all hosts at once: it writes what is to be told of the host to out. */
typedef void each_host_work(void *context, const struct site_host *site_host, struct host *host,
	const char *failure, struct text *out);
/* Called with what was written of each host, in the site's order. */
typedef void each_host_print(const char *text);

/* Visits all hosts at once, as they are, waiting at most timeout_s for each, and disconnects them
 * afterwards. Connecting removes what killed campaigns left there. image may be NULL. Returns how
 * many hosts could not be reached, or -1 with e. */
int each_host(const struct site *site, const struct image *image, const char *agent_path,
	double timeout_s, each_host_work *visitor, void *context, each_host_print *teller,
	struct error *e);

#endif
