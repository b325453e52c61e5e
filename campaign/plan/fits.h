/* Whether a benchmark fits the machines of a cell. Asked when the campaign is planned, and again by
 * the run itself. */
#ifndef TARE_CAMPAIGN_FITS_H
#define TARE_CAMPAIGN_FITS_H

#include "campaign/file/campaign.h"

/* Where a pair's server and client run. */
enum ends fits_ends(const struct campaign_benchmark *benchmark);
/* Whether one of its ends is the host itself. */
bool fits_needs_host(const struct campaign_benchmark *benchmark);
/* Whether it runs between all machines in pairs, at once. */
bool fits_all_pairs(const struct campaign_benchmark *benchmark);
/* How many seats the benchmark is measured in when there is a background. */
unsigned fits_measured_seats(const struct campaign_benchmark *benchmark);
/* Why it cannot run on such machines (caps: the driver's), or NULL. */
const char *fits_why_not(const struct campaign_benchmark *benchmark, unsigned caps,
	const struct machine_facts *facts);
/* Why its network conditions cannot be set there, or NULL. */
const char *fits_conditions_why_not(
	const struct campaign_benchmark *benchmark, unsigned caps, size_t machines);

#endif
