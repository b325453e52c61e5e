/* Site files: where a campaign may be measured. Without one, the site is this machine. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/campaign.h"
#include "campaign/clean.h"
#include "campaign/yaml_values.h"

static const char *const site_keys[] = {"site", "work_dir", "hosts"};
static const char *const host_keys[] = {"host", "cpus", "memory"};

/* The CPUs that this process may use, which is what a batch system leaves us. */
static size_t own_cpus(unsigned **cpus)
{
	cpu_set_t set;
	size_t count = 0;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		CPU_ZERO(&set);
	*cpus = mem_new(CPU_SETSIZE, sizeof(**cpus));
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			(*cpus)[count++] = cpu;
	return count;
}

static uint64_t own_memory_bytes(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void default_host(struct site_host *host)
{
	host->name = str_dup("localhost");
	host->cpu_count = own_cpus(&host->cpus);
	host->memory_bytes = own_memory_bytes() / 8 * 7;
}

static void check_host(
	const struct reader *r, const struct yaml_node *node, const struct site_host *host)
{
	cleanup_free unsigned *cpus = NULL;
	size_t count = own_cpus(&cpus);
	const struct yaml_node *at = yaml_get(node, "cpus");
	for (size_t i = 0; at && i < host->cpu_count; i++) {
		size_t j = 0;
		while (j < count && cpus[j] != host->cpus[i])
			j++;
		if (j == count)
			MISTAKE(r, at, "cpus: CPU %u cannot be used here; %zu CPUs can",
				host->cpus[i], count);
	}
	if (host->memory_bytes > own_memory_bytes())
		MISTAKE(r, yaml_get(node, "memory"), "memory: the host has only %llu MiB",
			(unsigned long long)(own_memory_bytes() >> 20));
}

static void read_host(const struct reader *r, const struct yaml_node *node, struct site_host *host)
{
	default_host(host);
	if (!expect_kind(r, node, YAML_MAP, "hosts"))
		return;
	yaml_check_keys(r->mistakes, r->file, node, host_keys, ARRAY_COUNT(host_keys));
	read_string(r, node, "host", &host->name);
	read_size(r, node, "memory", &host->memory_bytes);
	const struct yaml_node *cpus = yaml_get(node, "cpus");
	if (cpus) {
		free(host->cpus);
		host->cpus = NULL;
		host->cpu_count = read_cpus(r, cpus, &host->cpus);
	}
	check_host(r, node, host);
}

static void read_site(const struct reader *r, const struct yaml_node *root, struct site *site)
{
	if (!expect_kind(r, root, YAML_MAP, "the site file"))
		return;
	yaml_check_keys(r->mistakes, r->file, root, site_keys, ARRAY_COUNT(site_keys));
	read_string(r, root, "site", &site->name);
	read_string(r, root, "work_dir", &site->work_dir);
	const struct yaml_node *hosts = expect_kind(r, yaml_get(root, "hosts"), YAML_LIST, "hosts");
	if (!yaml_get(root, "hosts") || (hosts && hosts->count == 0)) {
		MISTAKE(r, root, "hosts: expected a list of at least one host");
		return;
	}
	if (!hosts)
		return;
	if (hosts->count > 1)
		MISTAKE(r, &hosts->items[1],
			"hosts: this version measures on this machine only; list one host");
	site->hosts = mem_new(hosts->count, sizeof(*site->hosts));
	for (size_t i = 0; i < hosts->count; i++)
		read_host(r, &hosts->items[i], &site->hosts[site->host_count++]);
}

struct site *site_load(const char *path, struct yaml_mistakes *mistakes)
{
	struct site *site = mem_new(1, sizeof(*site));
	site->work_dir = str_dup(CAMPAIGN_WORK_DIR);
	if (!path) {
		site->name = str_dup("this machine");
		site->hosts = mem_new(1, sizeof(*site->hosts));
		site->host_count = 1;
		default_host(site->hosts);
		return site;
	}
	size_t before = mistakes->count;
	struct yaml_file *file = yaml_load(path, mistakes);
	if (file) {
		struct reader r = {mistakes, file};
		site->name = str_dup(path);
		site->yaml = str_dup(file->source);
		read_site(&r, file->root, site);
		yaml_file_free(file);
	}
	if (mistakes->count == before)
		return site;
	site_free(site);
	return NULL;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->host_count; i++) {
		free(site->hosts[i].name);
		free(site->hosts[i].cpus);
	}
	free(site->hosts);
	free(site->name);
	free(site->yaml);
	free(site->work_dir);
	free(site);
}
