/* Short names of a campaign's benchmarks. */
#ifndef TARE_CLI_LABELS_H
#define TARE_CLI_LABELS_H

#include "campaign/file/campaign.h"

/* "disk randread": the benchmark, and of its parameters no more than tell it from the campaign's
 * other entries of the benchmark; a key is left out where its values are words to choose from.
 * Caller frees. */
char *label_benchmark(const struct campaign *campaign, const struct campaign_benchmark *benchmark);
/* The same, found by its name and parameters; these where the campaign has no such entry. */
char *label_find(const struct campaign *campaign, const char *benchmark, const char *parameters);

#endif
