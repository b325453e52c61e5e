/* See keep.h. */
#include "campaign/file/keep.h"

#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/file/load.h"

static bool is_kept(const struct campaign_benchmark *b, const struct placement *placement,
	const struct campaign_cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(cells[i].placement, placement->text) == 0 &&
			strcmp(cells[i].benchmark, b->benchmark->name) == 0 &&
			strcmp(cells[i].parameters, b->parameters) == 0)
			return true;
	return false;
}

size_t campaign_keep_cells(
	struct campaign *campaign, const struct campaign_cell *cells, size_t count)
{
	cleanup_text struct text kept = {0};
	char hex[SHA256_DIGEST_STRING_LENGTH];
	size_t remaining = 0;

	text_add(&kept, campaign->digest);
	for (size_t i = 0; i < campaign->benchmark_count; i++) {
		struct campaign_benchmark *b = &campaign->benchmarks[i];
		bool any = false;

		for (size_t p = 0; p < campaign->placement_count; p++) {
			const struct placement *placement = &campaign->placements[p];
			b->placements[p] = b->placements[p] && is_kept(b, placement, cells, count);
			any = any || b->placements[p];
			if (b->placements[p])
				text_addf(&kept, "\n%s %s %s", placement->text, b->benchmark->name,
					b->parameters);
		}
		if (any)
			campaign->benchmarks[remaining++] = *b;
		else
			campaign_benchmark_free(b);
	}
	campaign->benchmark_count = remaining;
	free(campaign->digest);
	campaign->digest = str_dup(SHA256Data((const uint8_t *)kept.bytes, kept.count, hex));
	return remaining;
}
