/* Campaign files: YAML → structs, checked whole. Every mistake is collected with its place, so
 * that one reading of the messages is enough to fix the file. Benchmark entries are in
 * load_benchmarks.c, targets in load_targets.c. */
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/file/campaign.h"
#include "campaign/file/keys.h"
#include "campaign/file/load.h"
#include "campaign/file/load_targets.h"
#include "campaign/file/settings.h"

/* --- targets ---------------------------------------------------------------------------------- */

static const struct yaml_node *need_list(
	const struct reader *r, const struct yaml_node *root, const char *key)
{
	const struct yaml_node *list = yaml_get(root, key);

	if (!list) {
		MISTAKE(r, root, "%s: missing; expected a list", key);
		return NULL;
	}
	list = yaml_expect(r, list, YAML_LIST, key);
	if (list && list->count == 0) {
		MISTAKE(r, list, "%s: expected at least one", key);
		return NULL;
	}
	return list;
}

static void read_targets(
	const struct reader *r, const struct yaml_node *root, struct campaign *campaign)
{
	const struct yaml_node *list = need_list(r, root, "targets");

	if (!list)
		return;
	load_targets(r, list, campaign);
}

static void read_baseline(
	const struct reader *r, const struct yaml_node *root, struct campaign *campaign)
{
	const struct yaml_node *node = yaml_get(root, "baseline");

	if (!node || !yaml_expect(r, node, YAML_SCALAR, "baseline"))
		return;
	const char *names[64];
	size_t count = 0;
	for (size_t i = 0; i < campaign->target_count; i++) {
		if (strcmp(campaign->targets[i].name, node->text) == 0) {
			campaign->baseline = i;
			return;
		}
		if (count < ARRAY_COUNT(names))
			names[count++] = campaign->targets[i].name;
	}
	cleanup_free char *hint = nearest_hint(node->text, names, count);
	MISTAKE(r, node, "baseline: \"%s\" is not among the targets%s", node->text, hint);
}

/* --- placements ------------------------------------------------------------------------------- */

/* One number of a placement, or the word that stands for one, at *text, moved past it; 0 if it is
 * neither. */
static unsigned parse_part(const char **text, const char *word, unsigned word_value)
{
	size_t length = strlen(word);
	char *end;

	if (length > 0 && !strncmp(*text, word, length)) {
		*text += length;
		return word_value;
	}
	if (**text < '1' || **text > '9')
		return 0;
	unsigned long value = strtoul(*text, &end, 10);
	*text = end;
	return value <= 100000 ? (unsigned)value : 0;
}

/* "HOSTSxGUESTS" or "HOSTSxGUESTSxCPUS"; HOSTS may be "all" (the site's hosts) and GUESTS "cpus"
 * (one for each CPU of a host), so that a campaign fits any site. */
static bool parse_placement(
	const char *text, unsigned all_hosts, unsigned host_cpus, struct placement *out)
{
	out->hosts = parse_part(&text, "all", all_hosts);
	if (!out->hosts || *text++ != 'x')
		return false;
	out->guests = parse_part(&text, "cpus", host_cpus);
	if (!out->guests || (*text && *text++ != 'x'))
		return false;
	out->cpus = 0;
	if (text[-1] != 'x')
		return true;
	out->cpus = parse_part(&text, "", 0);
	return out->cpus && !*text;
}

static char *placement_text(const struct placement *p)
{
	return p->cpus ? str_printf("%ux%ux%u", p->hosts, p->guests, p->cpus)
		       : str_printf("%ux%u", p->hosts, p->guests);
}

static void read_placements(const struct reader *r, const struct yaml_node *root,
	const struct site *site, struct campaign *campaign)
{
	const struct yaml_node *list = yaml_get(root, "placements");
	static char text[] = "1x1";
	static struct yaml_node one = {.kind = YAML_SCALAR, .line = 1, .column = 1, .text = text};
	static const struct yaml_node only_one = {
		.kind = YAML_LIST, .line = 1, .column = 1, .items = &one, .count = 1};

	list = list ? need_list(r, root, "placements") : &only_one;
	if (!list)
		return;
	campaign->placements = mem_new(list->count, sizeof(*campaign->placements));
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *node = &list->items[i];
		struct placement *placement = &campaign->placements[campaign->placement_count];
		if (!yaml_expect(r, node, YAML_SCALAR, "placements"))
			continue;
		if (!parse_placement(node->text, (unsigned)site->host_count,
			    campaign->cpus ? campaign->cpus : site->cpus, placement)) {
			MISTAKE(r, node,
				"placements: expected HOSTSxGUESTS such as 2x4 or allxcpus (or "
				"HOSTSxGUESTSxCPUS), not \"%s\"",
				node->text);
			continue;
		}
		placement->text = placement_text(placement);
		placement->asked = str_dup(node->text);
		size_t j = 0;
		while (j < campaign->placement_count &&
			strcmp(campaign->placements[j].text, placement->text) != 0)
			j++;
		if (j == campaign->placement_count) {
			campaign->placement_count++;
			continue;
		}
		/* On small sites two wordings may mean the same; two numbers are a slip. */
		if (!strpbrk(node->text, "ac"))
			MISTAKE(r, node, "placements: \"%s\" is listed twice", node->text);
		struct placement *same = &campaign->placements[j];
		char *both = str_printf("%s %s", same->asked, node->text);
		free(same->asked);
		same->asked = both;
		free(placement->text);
		free(placement->asked);
	}
}

/* --- resources -------------------------------------------------------------------------------- */

static void read_resources(const struct reader *r, const struct yaml_node *root,
	struct campaign *campaign, bool *overcommit)
{
	const struct yaml_node *map =
		yaml_expect(r, yaml_get(root, "resources"), YAML_MAP, "resources");

	if (!map)
		return;
	keys_check(r, map, resource_keys, NULL);
	keys_read(r, map, resource_keys, "cpus", &campaign->cpus);
	keys_read(r, map, resource_keys, "memory", &campaign->memory_bytes);
	keys_read(r, map, resource_keys, "scratch", &campaign->scratch_bytes);
	keys_read(r, map, resource_keys, "overcommit", overcommit);
	const struct yaml_node *per = yaml_get(map, "per");
	if (!per || !yaml_expect(r, per, YAML_SCALAR, "per"))
		return;
	if (strcmp(per->text, "host") && strcmp(per->text, "machine"))
		MISTAKE(r, per, "per: expected host or machine, not \"%s\"", per->text);
	campaign->per_machine = strcmp(per->text, "machine") == 0;
}

bool campaign_is_asked(const struct campaign *campaign, size_t target)
{
	return target != campaign->decide.base && target != campaign->baseline;
}

unsigned campaign_target_caps(const struct campaign_target *target)
{
	return driver_caps(target->driver, target->options);
}

unsigned campaign_machine_cpus(
	const struct campaign *campaign, const struct site *site, const struct placement *placement)
{
	unsigned host = campaign->cpus ? campaign->cpus : site->cpus;

	if (placement->cpus)
		return placement->cpus;
	return campaign->per_machine ? host : host / placement->guests;
}

uint64_t campaign_machine_memory(
	const struct campaign *campaign, const struct site *site, const struct placement *placement)
{
	uint64_t host = campaign->memory_bytes ? campaign->memory_bytes : site->memory_bytes;
	uint64_t bytes = campaign->per_machine ? host : host / placement->guests;

	return bytes & ~(((uint64_t)1 << 20) - 1);
}

/* Whether every placement fits the site. */
static void check_fit(const struct reader *r, const struct yaml_node *root,
	const struct campaign *campaign, const struct site *site, bool overcommit)
{
	const struct yaml_node *list = yaml_get(root, "placements");

	for (size_t i = 0; i < campaign->placement_count; i++) {
		const struct placement *p = &campaign->placements[i];
		const struct yaml_node *at = list && i < list->count ? &list->items[i] : root;
		unsigned cpus = campaign_machine_cpus(campaign, site, p);
		uint64_t memory = campaign_machine_memory(campaign, site, p);
		if (p->hosts > site->host_count)
			MISTAKE(r, at, "%s: needs %u hosts; the site \"%s\" has %zu", p->text,
				p->hosts, site->name, site->host_count);
		if (p->guests > site_addresses_per_host(site))
			MISTAKE(r, at, "%s: %u guests a host; data.guests has addresses for %u",
				p->text, p->guests, site_addresses_per_host(site));
		if (cpus == 0)
			MISTAKE(r, at,
				"%s: %u guests share fewer CPUs than one each; resources.cpus "
				"must be at least %u",
				p->text, p->guests, p->guests);
		if (!overcommit && cpus * p->guests > site->cpus)
			MISTAKE(r, at,
				"%s: %u guests of %u CPUs need %u CPUs; a host has %u "
				"(resources.overcommit: true allows it)",
				p->text, p->guests, cpus, cpus * p->guests, site->cpus);
		if (memory * p->guests > site->memory_bytes)
			MISTAKE(r, at,
				"%s: %u guests of %llu MiB need more memory than the %llu MiB "
				"that a host can give",
				p->text, p->guests, (unsigned long long)(memory >> 20),
				(unsigned long long)(site->memory_bytes >> 20));
		if (memory < ((uint64_t)128 << 20))
			MISTAKE(r, at, "%s: %llu MiB a machine; a guest needs at least 128 MiB",
				p->text, (unsigned long long)(memory >> 20));
	}
}

static void check_targets(
	const struct reader *r, const struct campaign *campaign, const struct site *site)
{
	cleanup_free unsigned *cpus = mem_new(campaign->placement_count + 1, sizeof(*cpus));

	for (size_t i = 0; i < campaign->placement_count; i++)
		cpus[i] = campaign_machine_cpus(campaign, site, &campaign->placements[i]);
	load_targets_check(r, campaign, cpus);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void read_limits(
	const struct reader *r, const struct yaml_node *root, struct campaign *campaign)
{
	const struct yaml_node *map = yaml_expect(r, yaml_get(root, "limits"), YAML_MAP, "limits");

	if (!map)
		return;
	keys_check(r, map, limit_keys, NULL);
	keys_read(r, map, limit_keys, "blocks", &campaign->limit_blocks);
	keys_read(r, map, limit_keys, "time", &campaign->limit_time_s);
	keys_read(r, map, limit_keys, "run", &campaign->limit_run_s);
	keys_read(r, map, limit_keys, "boot", &campaign->limit_boot_s);
}

static void read_decide_base(
	const struct reader *r, const struct yaml_node *map, struct campaign *campaign)
{
	const struct yaml_node *base = yaml_expect(r, yaml_get(map, "base"), YAML_SCALAR, "base");

	campaign->decide.base = campaign->baseline;
	for (size_t t = 0; base && t < campaign->target_count; t++)
		if (strcmp(campaign->targets[t].name, base->text) == 0) {
			campaign->decide.base = t;
			base = NULL;
		}
	if (base)
		MISTAKE(r, base, "decide.base: the campaign has no target \"%s\"", base->text);
}

static bool has_question(const struct campaign *campaign)
{
	for (size_t t = 0; t < campaign->target_count; t++)
		if (campaign_is_asked(campaign, t))
			return true;
	return false;
}

/* After the targets. */
static void read_decide(
	const struct reader *r, const struct yaml_node *root, struct campaign *campaign)
{
	const struct yaml_node *map = yaml_expect(r, yaml_get(root, "decide"), YAML_MAP, "decide");
	struct campaign_decide *decide = &campaign->decide;

	if (!map)
		return;
	*decide = (struct campaign_decide){.first = 4, .step = 2};
	keys_check(r, map, decide_keys, NULL);
	keys_read(r, map, decide_keys, "delta", &decide->delta);
	keys_read(r, map, decide_keys, "expect", &decide->expect);
	keys_read(r, map, decide_keys, "first", &decide->first);
	keys_read(r, map, decide_keys, "step", &decide->step);
	const struct yaml_node *delta = yaml_get(map, "delta");
	decide->line = delta ? delta->line : map->line;
	decide->column = delta ? delta->column : map->column;
	read_decide_base(r, map, campaign);
	if (!decide->delta)
		decide->delta = str_dup("1%");
	if (campaign->precision > 0)
		MISTAKE(r, map, "decide: not together with precision; leave one of them out");
	if (!has_question(campaign))
		MISTAKE(r, map, "decide: there is no other target to compare with %s",
			campaign->target_count ? campaign->targets[decide->base].name : "the base");
	if (campaign->limit_blocks < decide->first)
		MISTAKE(r, map,
			"decide: the first look is after %u blocks, and limits.blocks is %u",
			decide->first, campaign->limit_blocks);
	campaign->blocks = decide->first;
}

static void read_campaign(const struct reader *r, const struct yaml_node *root,
	const struct site *site, struct campaign *campaign)
{
	unsigned runs = 1;
	bool overcommit = false;

	if (!yaml_expect(r, root, YAML_MAP, "the campaign file"))
		return;
	keys_check(r, root, campaign_keys, NULL);
	keys_read(r, root, campaign_keys, "campaign", &campaign->name);
	if (!campaign->name)
		MISTAKE(r, root, "campaign: missing; expected a name");
	keys_read(r, root, campaign_keys, "blocks", &campaign->blocks);
	keys_read(r, root, campaign_keys, "runs", &runs);
	keys_read(r, root, campaign_keys, "precision", &campaign->precision);
	keys_read(r, root, campaign_keys, "exit_reasons", &campaign->exit_reasons);
	read_limits(r, root, campaign);
	read_targets(r, root, campaign);
	read_baseline(r, root, campaign);
	read_decide(r, root, campaign);
	read_resources(r, root, campaign, &overcommit);
	read_placements(r, root, site, campaign);
	check_targets(r, campaign, site);
	const struct yaml_node *list = need_list(r, root, "benchmarks");
	if (list)
		load_benchmarks(r, list, runs, campaign);
	check_fit(r, root, campaign, site, overcommit);
	if (campaign->blocks > campaign->limit_blocks)
		MISTAKE(r, yaml_get(root, "blocks"), "blocks: %u is more than limits.blocks, %u",
			campaign->blocks, campaign->limit_blocks);
}

static struct campaign *campaign_new(const char *path, const struct yaml_file *file)
{
	struct campaign *campaign = mem_new(1, sizeof(*campaign));
	char hex[SHA256_DIGEST_STRING_LENGTH];

	campaign->path = str_dup(path);
	campaign->yaml = str_dup(file->source);
	campaign->digest =
		str_dup(SHA256Data((const uint8_t *)file->source, strlen(file->source), hex));
	campaign->blocks = 5;
	campaign->limit_blocks = 50;
	campaign->limit_time_s = 24 * 3600;
	campaign->limit_run_s = 600;
	campaign->limit_boot_s = 180;
	campaign->scratch_bytes = (uint64_t)1 << 30;
	return campaign;
}

struct campaign *campaign_load(const char *path, const char *settings, const struct site *site,
	struct yaml_mistakes *mistakes)
{
	size_t before = mistakes->count;
	struct yaml_file *file = yaml_load(path, mistakes);

	if (!file)
		return NULL;
	settings_apply(file, settings, mistakes);
	struct campaign *campaign = campaign_new(path, file);
	struct reader r = {mistakes, file};
	read_campaign(&r, file->root, site, campaign);
	yaml_file_free(file);
	if (mistakes->count == before)
		return campaign;
	campaign_free(campaign);
	return NULL;
}

void campaign_free(struct campaign *campaign)
{
	if (!campaign)
		return;
	for (size_t i = 0; i < campaign->target_count; i++)
		campaign_target_free(&campaign->targets[i]);
	for (size_t i = 0; i < campaign->benchmark_count; i++)
		campaign_benchmark_free(&campaign->benchmarks[i]);
	for (size_t i = 0; i < campaign->placement_count; i++) {
		free(campaign->placements[i].text);
		free(campaign->placements[i].asked);
	}
	free(campaign->targets);
	free(campaign->benchmarks);
	free(campaign->placements);
	free(campaign->path);
	free(campaign->yaml);
	free(campaign->decide.delta);
	free(campaign->decide.expect);
	free(campaign->digest);
	free(campaign->name);
	free(campaign);
}
