/* Campaign files and --set: the input is a file, and after a NUL the settings. A file that is
 * accepted has what the program takes for granted; one that is refused has a mistake, of one line,
 * that says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/file/campaign.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"

static const char site_text[] =
	"site: fuzzed\nreach: [ssh, '{host}']\nwork_dir: /tmp/work\nenvironments:\n"
	"  - {name: linux, enter: [boot, linux], kernel: '5', hypervisor: none}\n"
	"  - {name: xen, enter: [boot, xen], hypervisor: xen}\n"
	"hosts:\n  - {host: 'n[1-4]', cpus: 0-7, memory: 16G}\n";

static void check_mistakes(const struct yaml_mistakes *mistakes)
{
	if (!mistakes->count)
		abort();
	for (size_t i = 0; i < mistakes->count; i++)
		if (!mistakes->lines[i][0] || strpbrk(mistakes->lines[i], "\n\r\x1b"))
			abort();
}

static void check_campaign(const struct campaign *campaign)
{
	if (!campaign->target_count || campaign->baseline >= campaign->target_count ||
		!campaign->placement_count || !campaign->blocks || !campaign->name[0])
		abort();
	for (size_t i = 0; i < campaign->benchmark_count; i++)
		if (!campaign->benchmarks[i].benchmark || !campaign->benchmarks[i].runs ||
			!campaign->benchmarks[i].options)
			abort();
	if (!(campaign->limit_run_s > 0) || !(campaign->limit_boot_s > 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static struct site *site;
	struct yaml_mistakes mistakes = {0};
	const uint8_t *end = memchr(bytes, '\0', count);
	size_t length = end ? (size_t)(end - bytes) : count;
	cleanup_free char *settings = mem_new(count - length + 1, 1);

	if (!site) {
		site = site_load(input_file(site_text, strlen(site_text)), &mistakes);
		if (!site)
			abort();
	}
	if (end)
		memcpy(settings, end + 1, count - length - 1);
	struct campaign *campaign =
		campaign_load(input_file(bytes, length), end ? settings : NULL, site, &mistakes);
	if (campaign)
		check_campaign(campaign);
	else
		check_mistakes(&mistakes);
	campaign_free(campaign);
	yaml_mistakes_free(&mistakes);
	return 0;
}
