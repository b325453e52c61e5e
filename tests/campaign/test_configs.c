/* The campaigns and sites that are shipped: every file of configs/ loads, and is a plan, on one
 * machine and on the several hosts of configs/sites/lab.yaml. */
#include <glob.h>

#include "base/array.h"
#include "campaign/plan/forecast.h"
#include "campaign/plan/plan.h"
#include "tests/campaign/campaign_test.h"

#define CONFIGS TARE_SOURCE_DIR "/configs/"

/* What the smallest shipped campaign of two machines needs. */
enum { CPUS_MIN = 2, MEMORY_MIN_GIB = 4 };

static glob_t files_of(const char *pattern)
{
	glob_t files;

	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	return files;
}

static void fail_with(const char *path, const struct yaml_mistakes *mistakes)
{
	for (size_t i = 0; i < mistakes->count; i++)
		print_error("%s\n", mistakes->lines[i]);
	fail_msg("%s does not load", path);
}

static struct site *load_site(const char *path)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(path, &mistakes);

	if (!site)
		fail_with(path, &mistakes);
	return site;
}

static struct campaign *load(const char *path, const char *settings, const struct site *site)
{
	struct yaml_mistakes mistakes = {0};
	struct campaign *campaign = campaign_load(path, settings, site, &mistakes);

	if (!campaign)
		fail_with(path, &mistakes);
	return campaign;
}

/* Whether drivers and packages are there is not asked: what is planned must be the same
 * everywhere. */
static struct plan *plan_of(const struct campaign *campaign, const struct site *site)
{
	static char manifest[] = "{}";
	const struct image image = {.manifest = manifest};

	return plan_new(campaign, site, &image, false, 1);
}

/* Something runs of every target that the site can boot. */
static void check_targets(const char *path, const struct plan *plan)
{
	for (size_t t = 0; t < plan->campaign->target_count; t++) {
		bool runs = plan->target_reasons[t] != NULL;
		for (size_t c = 0; c < plan->cell_count; c++)
			runs |= plan->cells[c].target == t && !plan->cells[c].skip_reason;
		if (!runs)
			fail_msg("%s on %s: nothing runs of %s", path, plan->site->name,
				plan->campaign->targets[t].name);
	}
}

/* By the limit that the file itself sets; problems that grow with the memory may take longer on
 * larger machines. */
static void check_time(const char *path, const struct plan *plan)
{
	struct forecast *forecast = forecast_new(plan, NULL);

	if (forecast_left_s(forecast) > plan->campaign->limit_time_s)
		fail_msg("%s on %s: %.0f s are expected, limits.time is %.0f s", path,
			plan->site->name, forecast_left_s(forecast), plan->campaign->limit_time_s);
	forecast_free(forecast);
}

/* Takes the site. */
static void check_campaigns_on(struct site *site, const char *settings, bool in_time)
{
	glob_t files = files_of(CONFIGS "campaigns/*.yaml");

	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct campaign *campaign = load(files.gl_pathv[i], settings, site);
		struct plan *plan = plan_of(campaign, site);
		check_targets(files.gl_pathv[i], plan);
		if (in_time)
			check_time(files.gl_pathv[i], plan);
		plan_free(plan);
		campaign_free(campaign);
	}
	globfree(&files);
	site_free(site);
}

static void test_on_one_machine(void **state)
{
	(void)state;
	check_campaigns_on(small_site(), NULL, true);
}

static void test_on_this_machine(void **state)
{
	struct site *site = load_site(NULL);

	(void)state;
	if (site->cpus < CPUS_MIN || site->memory_bytes >> 30 < MEMORY_MIN_GIB) {
		site_free(site);
		skip();
	}
	check_campaigns_on(site, NULL, false);
}

static void test_on_several_hosts(void **state)
{
	(void)state;
	/* As docs/lab.md says: its hosts have one CPU. */
	check_campaigns_on(load_site(CONFIGS "sites/lab.yaml"),
		"resources.cpus=2 resources.overcommit=true", true);
}

static void test_sites(void **state)
{
	glob_t files = files_of(CONFIGS "sites/*.yaml");
	struct site *here = load_site(NULL);
	bool small = here->cpus < CPUS_MIN || here->memory_bytes >> 30 < MEMORY_MIN_GIB;

	(void)state;
	for (size_t i = 0; i < files.gl_pathc; i++)
		if ((!small || !strstr(files.gl_pathv[i], "this-machine")) &&
			!strstr(files.gl_pathv[i], "slurm")) /* test_slurm.py uses it */
			site_free(load_site(files.gl_pathv[i]));
	site_free(here);
	globfree(&files);
}

/* What mpi-placements.yaml says of itself: its words on few and on many hosts, and the six
 * placements of the literature where hosts have four CPUs. */
static void test_mpi_placements(void **state)
{
	static const char path[] = CONFIGS "campaigns/mpi-placements.yaml";
	static const char site_format[] =
		"hosts: [{host: \"n[1-%u]\", address: 10.0.0.1, cpus: 0-3, memory: 8G}]\n"
		"data: {bridge: b, guests: 10.0.1.1-10.0.1.250, prefix: 16}\n";
	static const struct {
		unsigned hosts;
		const char *settings, *placements[7];
	} cases[] = {
		{1, NULL, {"1x1", "1x2"}},
		{2, NULL, {"1x1", "1x2", "2x1", "2x2"}},
		{32, NULL, {"1x1", "1x2", "32x1", "32x2"}},
		{32, "resources.cpus=4 placements=[1x1,1x2,1x4,2x1,2x2,2x4]",
			{"1x1", "1x2", "1x4", "2x1", "2x2", "2x4"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct yaml_mistakes mistakes = {0};
		char text[256];
		snprintf(text, sizeof(text), site_format, cases[i].hosts);
		struct site *site = site_text(text, &mistakes);
		assert_non_null(site);
		struct campaign *campaign = load(path, cases[i].settings, site);
		size_t p = 0;
		for (; cases[i].placements[p]; p++) {
			assert_true(p < campaign->placement_count);
			assert_string_equal(campaign->placements[p].text, cases[i].placements[p]);
		}
		assert_int_equal(campaign->placement_count, p);
		campaign_free(campaign);
		site_free(site);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_one_machine),
		cmocka_unit_test(test_on_this_machine),
		cmocka_unit_test(test_on_several_hosts),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_mpi_placements),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
