/* Site files: where a campaign may be measured, how its hosts are reached and what they can be
 * booted into. Without a file, the site is this machine. */
#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/directories.h"
#include "campaign/file/batch.h"
#include "campaign/file/environment.h"
#include "campaign/file/keys.h"
#include "campaign/file/site_reach.h"
#include "campaign/file/yaml_values.h"

enum { HOSTS_MAX = 10000, PREFIX_DEFAULT = 24 };
static const double environment_limit_s = 600;

/* --- this machine ---------------------------------------------------------------------------- */

/* All CPUs, and the memory but for an eighth, which the host keeps for itself: under Xen, for what
 * dom0 does for its guests. */
static void default_host(struct site_host *host, const struct host_capacity *own)
{
	host->name = str_dup("localhost");
	host->cpus = mem_new(own->cpu_count + 1, sizeof(*host->cpus));
	for (size_t i = 0; i < own->cpu_count; i++)
		host->cpus[host->cpu_count++] = own->cpus[i];
	host->memory_bytes = own->free_bytes / 8 * 7;
}

static void check_own_host(const struct reader *r, const struct yaml_node *node,
	const struct site_host *host, const struct host_capacity *own)
{
	const struct yaml_node *at = yaml_get(node, "cpus");

	for (size_t i = 0; at && i < host->cpu_count; i++) {
		size_t j = 0;
		while (j < own->cpu_count && own->cpus[j] != host->cpus[i])
			j++;
		if (j == own->cpu_count)
			MISTAKE(r, at, "cpus: CPU %u cannot be used here; %zu CPUs can",
				host->cpus[i], own->cpu_count);
	}
	if (host->memory_bytes > own->memory_bytes)
		MISTAKE(r, yaml_get(node, "memory"), "memory: the host has only %llu MiB",
			(unsigned long long)(own->memory_bytes >> 20));
}

/* --- hosts ------------------------------------------------------------------------------------ */

/* Names become words of remote command lines. */
static bool name_is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			return false;
	return name[0] && name[0] != '-';
}

/* The numbers of "node[01-32]": false if the name has no such range. */
static bool parse_range(const char *name, unsigned *first, unsigned *last, int *width)
{
	const char *open = strchr(name, '[');
	int end = 0, digits_end = 0;

	if (!open || sscanf(open, "[%6u%n-%6u]%n", first, &digits_end, last, &end) != 2 || !end ||
		strchr(open + end, '['))
		return false;
	*width = digits_end - 1;
	return *first <= *last && *last - *first < HOSTS_MAX;
}

static char *add_to_address(const char *address, unsigned more)
{
	struct in_addr in;
	char text[INET_ADDRSTRLEN];

	inet_pton(AF_INET, address, &in);
	in.s_addr = htonl(ntohl(in.s_addr) + more);
	return str_dup(inet_ntop(AF_INET, &in, text, sizeof(text)));
}

/* The i-th host of an entry, from the entry's own. */
static struct site_host copy_host(const struct site_host *entry, char *name, unsigned i)
{
	struct site_host host = *entry;

	host.name = name;
	host.address = entry->address ? add_to_address(entry->address, i) : NULL;
	host.cpus = mem_new(entry->cpu_count + 1, sizeof(*host.cpus));
	if (entry->cpu_count > 0)
		memcpy(host.cpus, entry->cpus, entry->cpu_count * sizeof(*host.cpus));
	return host;
}

/* A guest would get the host's address. */
static void check_apart(const struct reader *r, const struct yaml_node *node,
	const struct site_host *host, const struct site_data *data)
{
	struct in_addr in = {0};

	if (!data->bridge || !host->address || inet_pton(AF_INET, host->address, &in) != 1)
		return;
	uint32_t address = ntohl(in.s_addr);
	if (address >= data->first && address <= data->last)
		MISTAKE(r, yaml_get(node, "address"),
			"address: %s of %s lies in data.guests, which are for guests alone; take "
			"another, or other guests",
			host->address, host->name);
}

static void add_hosts(const struct reader *r, const struct yaml_node *node,
	const struct site_host *entry, struct site *site, size_t *capacity)
{
	const char *open = strchr(entry->name, '['), *close = strchr(entry->name, ']');
	unsigned first = 0, last = 0;
	int width = 0;
	bool range = parse_range(entry->name, &first, &last, &width);

	for (unsigned i = 0; i <= last - first; i++) {
		char *name = range ? str_printf("%.*s%0*u%s", (int)(open - entry->name),
					     entry->name, width, first + i, close + 1)
				   : str_dup(entry->name);
		if (!name_is_plain(name)) {
			MISTAKE(r, node,
				"host: \"%s\" is no host name; expected letters, digits, dots and "
				"dashes, or a range such as node[01-32]",
				entry->name);
			free(name);
			return;
		}
		for (size_t h = 0; h < site->host_count; h++)
			if (strcmp(site->hosts[h].name, name) == 0)
				MISTAKE(r, node, "host: %s is listed twice", name);
		array_reserve(&site->hosts, capacity, site->host_count + 1);
		site->hosts[site->host_count++] = copy_host(entry, name, i);
		check_apart(r, node, &site->hosts[site->host_count - 1], &site->data);
	}
}

static void read_address(
	const struct reader *r, const struct yaml_node *map, const char *key, char **address)
{
	struct in_addr in;

	yaml_read_string(r, map, key, address);
	if (!*address || inet_pton(AF_INET, *address, &in) == 1)
		return;
	MISTAKE(r, yaml_get(map, key), "%s: expected an IPv4 address, not \"%s\"", key, *address);
	free(*address);
	*address = NULL;
}

static void host_free_fields(struct site_host *host)
{
	free(host->name);
	free(host->address);
	free(host->cpus);
}

static void read_host(
	const struct reader *r, const struct yaml_node *node, struct site *site, size_t *capacity)
{
	struct site_host host = {0};
	struct host_capacity capacity_here = {0};
	struct error why_not = {""};
	bool own = site->reach.count == 0, asked = false;

	if (!yaml_expect(r, node, YAML_MAP, "hosts"))
		return;
	keys_check(r, node, host_keys, NULL);
	if (own) {
		asked = host_capacity(&capacity_here, &why_not) == 0;
		default_host(&host, &capacity_here);
	}
	keys_read(r, node, host_keys, "host", &host.name);
	read_address(r, node, "address", &host.address);
	keys_read(r, node, host_keys, "memory", &host.memory_bytes);
	const struct yaml_node *cpus = yaml_get(node, "cpus");
	if (cpus) {
		free(host.cpus);
		host.cpus = NULL;
		host.cpu_count = yaml_read_cpus(r, cpus, &host.cpus);
	}
	for (const struct key_row *key = host_keys; key->name; key++)
		if (!own && strcmp(key->name, "address") != 0 && !yaml_get(node, key->name))
			MISTAKE(r, node,
				"%s: missing; a host that is reached from elsewhere needs it",
				key->name);
	if (site->data.bridge && !host.address)
		MISTAKE(r, node, "address: missing; expected the host's own on data.bridge");
	if (site->data.host_network && !site->data.interface && !host.address)
		MISTAKE(r, node, "address: missing; expected the host's own, or data.interface");
	if (asked)
		check_own_host(r, node, &host, &capacity_here);
	else if (own && (!yaml_get(node, "cpus") || !yaml_get(node, "memory")))
		MISTAKE(r, node, "cpus and memory: both are needed here, because %s", why_not.text);
	if (host.name)
		add_hosts(r, node, &host, site, capacity);
	host_free_fields(&host);
	host_capacity_free(&capacity_here);
}

/* What every host has at least. */
static void find_least(struct site *site)
{
	site->cpus = UINT_MAX;
	site->memory_bytes = UINT64_MAX;
	for (size_t h = 0; h < site->host_count; h++) {
		const struct site_host *host = &site->hosts[h];
		if (host->cpu_count < site->cpus)
			site->cpus = (unsigned)host->cpu_count;
		if (host->memory_bytes < site->memory_bytes)
			site->memory_bytes = host->memory_bytes;
	}
}

static void read_hosts(const struct reader *r, const struct yaml_node *list, struct site *site)
{
	size_t capacity = 0;

	for (size_t i = 0; i < list->count; i++)
		read_host(r, &list->items[i], site, &capacity);
	find_least(site);
}

/* `hosts: slurm` */
static void read_allocation(const struct reader *r, const struct yaml_node *node, struct site *site)
{
	const struct batch_system *system = batch_find(node->text);
	struct error e = {""};

	if (!system)
		MISTAKE(r, node, "hosts: expected a list, or slurm, pbs or lsf, not \"%s\"",
			node->text);
	else if (batch_read(system, site, &e) < 0)
		MISTAKE(r, node, "hosts: %s", e.text);
	else
		find_least(site);
}
/* --- environments --------------------------------------------------------------------------- */

static void read_environment(
	const struct reader *r, const struct yaml_node *node, struct site *site)
{
	struct environment *environment = &site->environments[site->environment_count];

	environment->limit_s = environment_limit_s;
	if (!yaml_expect(r, node, YAML_MAP, "environments"))
		return;
	site->environment_count++;
	keys_check(r, node, environment_keys, NULL);
	keys_read(r, node, environment_keys, "name", &environment->name);
	if (!environment->name) {
		MISTAKE(r, node,
			"name: missing; targets ask for environments by name (linux, xen)");
		environment->name = str_dup("");
	}
	if (yaml_get(node, "enter"))
		site_read_words(r, yaml_get(node, "enter"), "enter", &environment->enter);
	keys_read(r, node, environment_keys, "hypervisor", &environment->hypervisor);
	keys_read(
		r, node, environment_keys, "hypervisor_version", &environment->hypervisor_version);
	keys_read(r, node, environment_keys, "kernel", &environment->kernel);
	keys_read(r, node, environment_keys, "limit", &environment->limit_s);
	for (size_t i = 0; i + 1 < site->environment_count; i++) {
		const struct environment *other = &site->environments[i];
		if (strcmp(other->name, environment->name) == 0)
			MISTAKE(r, node, "name: there are two environments \"%s\"",
				environment->name);
		else if (environments_overlap(other, environment))
			MISTAKE(r, node,
				"a host may fit \"%s\" and \"%s\": tell them apart by hypervisor, "
				"hypervisor_version or kernel",
				other->name, environment->name);
	}
}

static void read_environments(
	const struct reader *r, const struct yaml_node *root, struct site *site)
{
	const struct yaml_node *list =
		yaml_expect(r, yaml_get(root, "environments"), YAML_LIST, "environments");

	if (!list)
		return;
	site->environments = mem_new(list->count + 1, sizeof(*site->environments));
	for (size_t i = 0; i < list->count; i++)
		read_environment(r, &list->items[i], site);
}

/* --- the data network ------------------------------------------------------------------------- */

static bool parse_addresses(const char *text, uint32_t *first, uint32_t *last)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];
	struct in_addr a, b;

	if (sscanf(text, "%15[0-9.]-%15[0-9.]", from, to) != 2 ||
		inet_pton(AF_INET, from, &a) != 1 || inet_pton(AF_INET, to, &b) != 1)
		return false;
	*first = ntohl(a.s_addr);
	*last = ntohl(b.s_addr);
	return *first <= *last;
}

/* {network: host, interface: ib0}: nothing of a bridge. */
static void read_host_network(
	const struct reader *r, const struct yaml_node *map, struct site_data *data)
{
	static const char *const others[] = {"bridge", "guests", "prefix"};
	const struct yaml_node *network =
		yaml_expect(r, yaml_get(map, "network"), YAML_SCALAR, "network");

	if (network && strcmp(network->text, "host") != 0)
		MISTAKE(r, network, "network: expected host, or no such key, not \"%s\"",
			network->text);
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (yaml_get(map, others[i]))
			MISTAKE(r, yaml_get(map, others[i]), "%s: not with network: host",
				others[i]);
	data->host_network = true;
	keys_read(r, map, data_keys, "interface", &data->interface);
	if (data->interface && !name_is_plain(data->interface))
		MISTAKE(r, yaml_get(map, "interface"), "interface: \"%s\" is no name of one",
			data->interface);
}

static void read_data(const struct reader *r, const struct yaml_node *root, struct site *site)
{
	const struct yaml_node *map = yaml_expect(r, yaml_get(root, "data"), YAML_MAP, "data");
	cleanup_free char *guests = NULL;
	struct site_data *data = &site->data;

	if (!map)
		return;
	keys_check(r, map, data_keys, NULL);
	data->prefix = PREFIX_DEFAULT;
	if (yaml_get(map, "network")) {
		read_host_network(r, map, data);
		return;
	}
	keys_read(r, map, data_keys, "bridge", &data->bridge);
	keys_read(r, map, data_keys, "guests", &guests);
	keys_read(r, map, data_keys, "prefix", &data->prefix);
	if (!data->bridge || !name_is_plain(data->bridge))
		MISTAKE(r, map, "bridge: expected the name of the bridge that every host has");
	if (!guests || !parse_addresses(guests, &data->first, &data->last))
		MISTAKE(r, map, "guests: expected addresses such as 198.18.0.64-198.18.0.250");
}

unsigned site_addresses_per_host(const struct site *site)
{
	if (!site->data.bridge || site->host_count == 0)
		return UINT_MAX;
	return (unsigned)((site->data.last - site->data.first + 1) / site->host_count);
}

char *site_address(const struct site *site, size_t host, unsigned index)
{
	struct in_addr in = {
		.s_addr = htonl(
			site->data.first + (uint32_t)host * site_addresses_per_host(site) + index)};
	char text[INET_ADDRSTRLEN];

	return str_dup(inet_ntop(AF_INET, &in, text, sizeof(text)));
}

/* --- the whole -------------------------------------------------------------------------------- */

static void read_site(const struct reader *r, const struct yaml_node *root, struct site *site)
{
	if (!yaml_expect(r, root, YAML_MAP, "the site file"))
		return;
	keys_check(r, root, site_keys, NULL);
	keys_read(r, root, site_keys, "site", &site->name);
	keys_read(r, root, site_keys, "work_dir", &site->work_dir);
	const struct yaml_node *hosts = yaml_get(root, "hosts");
	bool allocation = hosts && hosts->kind == YAML_SCALAR;
	if (!hosts || (hosts->kind == YAML_LIST && hosts->count == 0)) {
		MISTAKE(r, root, "hosts: expected a list of at least one host");
		return;
	}
	if (!allocation && !yaml_expect(r, hosts, YAML_LIST, "hosts"))
		return;
	site_read_reach(r, root, hosts, site);
	read_environments(r, root, site);
	read_data(r, root, site);
	if (allocation)
		read_allocation(r, hosts, site);
	else
		read_hosts(r, hosts, site);
}

/* Without a file: the allocation that this process is in. */
static void allocated_site(
	const struct batch_system *system, struct site *site, struct yaml_mistakes *mistakes)
{
	struct yaml_file nowhere = {.path = (char *)system->name};
	struct error e = {""};

	site->name = str_dup(system->name);
	site->yaml = str_printf("site: %s\nhosts: %s\n", system->name, system->name);
	if (batch_read(system, site, &e) < 0)
		yaml_mistake(mistakes, &nowhere, NULL, "%s", e.text);
	find_least(site);
}

/* Without a file: a mistake if this machine cannot be asked what it has. */
static void own_site(struct site *site, struct yaml_mistakes *mistakes)
{
	struct host_capacity own = {0};
	struct error why_not = {""};

	site->name = str_dup("this machine");
	if (host_capacity(&own, &why_not) < 0) {
		struct yaml_file nowhere = {.path = site->name};
		yaml_mistake(mistakes, &nowhere, NULL,
			"%s; start libvirt's daemon, or name cpus and memory in a site file",
			why_not.text);
	}
	site->hosts = mem_new(1, sizeof(*site->hosts));
	site->host_count = 1;
	default_host(site->hosts, &own);
	host_capacity_free(&own);
	site->cpus = (unsigned)site->hosts[0].cpu_count;
	site->memory_bytes = site->hosts[0].memory_bytes;
}

struct site *site_load(const char *path, struct yaml_mistakes *mistakes)
{
	struct site *site = mem_new(1, sizeof(*site));
	size_t before = mistakes->count;
	const struct batch_system *system = path ? batch_find(path) : NULL;
	struct yaml_file *file = path && !system ? yaml_load(path, mistakes) : NULL;

	if (system)
		allocated_site(system, site, mistakes);
	else if (!path)
		own_site(site, mistakes);
	if (file) {
		struct reader r = {mistakes, file};
		site->name = str_dup(path);
		site->yaml = str_dup(file->source);
		read_site(&r, file->root, site);
		yaml_file_free(file);
	}
	if (!site->work_dir)
		site->work_dir = directories_work();
	if (mistakes->count == before)
		return site;
	site_free(site);
	return NULL;
}

const struct environment *site_environment(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->environment_count; i++)
		if (strcmp(site->environments[i].name, name) == 0)
			return &site->environments[i];
	return NULL;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->host_count; i++)
		host_free_fields(&site->hosts[i]);
	for (size_t i = 0; i < site->environment_count; i++) {
		struct environment *environment = &site->environments[i];
		char *const owned[] = {environment->name, environment->hypervisor,
			environment->hypervisor_version, environment->kernel};
		for (size_t j = 0; j < ARRAY_COUNT(owned); j++)
			free(owned[j]);
		argv_free(&environment->enter);
	}
	argv_free(&site->reach);
	free(site->environments);
	free(site->data.bridge);
	free(site->data.interface);
	free(site->hosts);
	free(site->name);
	free(site->yaml);
	free(site->work_dir);
	free(site);
}
