/* Site files: accepted with hosts that have CPUs and addresses, or refused with mistakes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/file/campaign.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"

static void check_site(const struct site *site)
{
	if (!site->host_count || !site->work_dir[0] || !site->cpus)
		abort();
	for (size_t i = 0; i < site->host_count; i++)
		if (!site->hosts[i].name[0] || !site->hosts[i].cpu_count)
			abort();
	unsigned most = site->data.bridge ? site_addresses_per_host(site) : 0;
	if (most)
		free(site_address(site, site->host_count - 1, most - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(input_file(bytes, count), &mistakes);

	if (site)
		check_site(site);
	else if (!mistakes.count)
		abort();
	for (size_t i = 0; i < mistakes.count; i++)
		if (strpbrk(mistakes.lines[i], "\n\r\x1b"))
			abort();
	site_free(site);
	yaml_mistakes_free(&mistakes);
	return 0;
}
