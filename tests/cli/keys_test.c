/* The tables of keys, which the reference is made from, say what the loaders take. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "base/units.h"
#include "campaign/file/campaign.h"
#include "campaign/file/keys.h"

/* A key that is near to none. */
#define UNKNOWN "qqqqqqqqqqqqqqqqqqqq: 1"

/* A file with the unknown key in one of its maps; what the map's table has. */
static const struct probe {
	const struct key_row *keys;
	const char *yaml;
	bool site;
} probes[] = {
	{campaign_keys, UNKNOWN "\ncampaign: x\ntargets: [fake]\nbenchmarks: [null]\n", false},
	{resource_keys,
		"campaign: x\ntargets: [fake]\nbenchmarks: ['null']\nresources: {" UNKNOWN "}\n",
		false},
	{limit_keys, "campaign: x\ntargets: [fake]\nbenchmarks: ['null']\nlimits: {" UNKNOWN "}\n",
		false},
	{target_keys, "campaign: x\ntargets: [{target: fake, " UNKNOWN "}]\nbenchmarks: ['null']\n",
		false},
	{entry_keys,
		"campaign: x\ntargets: [fake]\nbenchmarks: [{benchmark: 'null', " UNKNOWN "}]\n",
		false},
	{background_keys,
		"campaign: x\ntargets: [fake]\nbenchmarks:\n"
		"  - {benchmark: 'null', background: {benchmark: cpu, " UNKNOWN "}}\n",
		false},
	{condition_keys,
		"campaign: x\ntargets: [fake]\nbenchmarks:\n"
		"  - {benchmark: net, network: {" UNKNOWN "}}\n",
		false},
	{site_keys, UNKNOWN "\nhosts: [{host: localhost}]\n", true},
	{host_keys, "hosts: [{host: localhost, " UNKNOWN "}]\n", true},
	{environment_keys,
		"environments: [{name: linux, " UNKNOWN "}]\nhosts: [{host: localhost}]\n", true},
	{data_keys, "data: {" UNKNOWN "}\nhosts: [{host: localhost}]\n", true},
};

/* Loads the text; every mistake in one text, each a line. */
static char *mistakes_of(const char *yaml, bool is_site)
{
	char path[] = "/tmp/tare-test-keys-XXXXXX";
	struct yaml_mistakes mistakes = {0};
	struct text all = {0};
	struct error e = {""};
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(file_write(path, yaml, strlen(yaml), &e), 0);
	struct site *site = site_load(is_site ? path : NULL, &mistakes);
	if (!is_site)
		campaign_free(campaign_load(path, NULL, site, &mistakes));
	site_free(site);
	for (size_t i = 0; i < mistakes.count; i++)
		text_addf(&all, "%s\n", mistakes.lines[i]);
	yaml_mistakes_free(&mistakes);
	unlink(path);
	return text_take(&all);
}

static void test_tables_are_what_loaders_take(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(probes); i++) {
		cleanup_text struct text expected = {0};
		cleanup_free char *said = mistakes_of(probes[i].yaml, probes[i].site);
		text_add(&expected, "known here: ");
		for (const struct key_row *key = probes[i].keys; key->name; key++)
			text_addf(&expected, "%s%s", key == probes[i].keys ? "" : ", ", key->name);
		/* Options follow the table's keys where the map has some. */
		bool with_options = probes[i].keys == target_keys || probes[i].keys == entry_keys ||
				    probes[i].keys == background_keys;
		text_add(&expected, with_options ? ", " : "\n");
		if (!strstr(said, expected.bytes))
			fail_msg("of\n%sthe loader says\n%sinstead of\n%s", probes[i].yaml, said,
				expected.bytes);
	}
}

static const char *usual(const struct key_row *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->usual;
}

static double usual_s(const struct key_row *keys, const char *name)
{
	struct error e = {""};
	double seconds = -1;
	assert_int_equal(duration_parse(usual(keys, name), &seconds, &e), 0);
	return seconds;
}

static void test_defaults_are_the_loaders(void **state)
{
	static const char yaml[] = "campaign: x\ntargets: [fake]\nbenchmarks: ['null']\n"
				   "resources: {cpus: 1, memory: 256M}\n";
	char path[] = "/tmp/tare-test-keys-XXXXXX";
	struct yaml_mistakes mistakes = {0};
	struct error e = {""};
	int64_t scratch;
	(void)state;
	close(mkstemp(path));
	assert_int_equal(file_write(path, yaml, strlen(yaml), &e), 0);
	struct site *site = site_load(NULL, &mistakes);
	struct campaign *campaign = campaign_load(path, NULL, site, &mistakes);
	assert_non_null(campaign);
	assert_int_equal(campaign->blocks, atoi(usual(campaign_keys, "blocks")));
	assert_int_equal(campaign->benchmarks[0].runs, atoi(usual(campaign_keys, "runs")));
	assert_string_equal(campaign->placements[0].text, usual(campaign_keys, "placements"));
	assert_int_equal(campaign->limit_blocks, atoi(usual(limit_keys, "blocks")));
	assert_true(campaign->limit_time_s == usual_s(limit_keys, "time"));
	assert_true(campaign->limit_run_s == usual_s(limit_keys, "run"));
	assert_true(campaign->limit_boot_s == usual_s(limit_keys, "boot"));
	assert_int_equal(size_parse(usual(resource_keys, "scratch"), &scratch, &e), 0);
	assert_true((int64_t)campaign->scratch_bytes == scratch);
	assert_string_equal(site->work_dir, usual(site_keys, "work_dir"));
	campaign_free(campaign);
	site_free(site);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_what_loaders_take),
		cmocka_unit_test(test_defaults_are_the_loaders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
