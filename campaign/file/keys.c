/* The keys of campaign and site files, and the check that a map has no others. */
#include "campaign/file/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

static void read_text(
	const struct reader *r, const struct yaml_node *map, const struct key_row *row, void *out)
{
	yaml_read_string(r, map, row->name, out);
}

static void read_count(
	const struct reader *r, const struct yaml_node *map, const struct key_row *row, void *out)
{
	yaml_read_count(r, map, row->name, row->minimum, row->maximum, out);
}

static void read_size(
	const struct reader *r, const struct yaml_node *map, const struct key_row *row, void *out)
{
	yaml_read_size(r, map, row->name, out);
}

static void read_duration(
	const struct reader *r, const struct yaml_node *map, const struct key_row *row, void *out)
{
	yaml_read_duration(r, map, row->name, out);
}

static void read_share(
	const struct reader *r, const struct yaml_node *map, const struct key_row *row, void *out)
{
	yaml_read_fraction(r, map, row->name, out);
}

static void read_bool(
	const struct reader *r, const struct yaml_node *map, const struct key_row *row, void *out)
{
	yaml_read_bool(r, map, row->name, out);
}

const struct key_row campaign_keys[] = {
	{"campaign", "a name", NULL, "name in messages, reports and results/NAME", KEY_TEXT, 0, 0},
	{"baseline", "a target's name", "the first target",
		"target that the others are compared with", KEY_OTHER, 0, 0},
	{"targets", "list of targets", NULL,
		"names of targets, or maps that override driver options", KEY_OTHER, 0, 0},
	{"placements", "list of HOSTSxGUESTS or HOSTSxGUESTSxCPUS", "1x1",
		"number of hosts (or all), guests on each (or cpus), and CPUs of each guest",
		KEY_OTHER, 0, 0},
	{"resources", "a map", "all of the host", "total resources for the machines of a host",
		KEY_OTHER, 0, 0},
	{"benchmarks", "list of benchmarks", NULL, "names of benchmarks, or maps with options",
		KEY_OTHER, 0, 0},
	{"blocks", NULL, "5", "number of fresh starts of every target: the n of the statistics",
		KEY_COUNT, 1, 10000},
	{"runs", NULL, "1", "runs of each benchmark in a block", KEY_COUNT, 1, 1000},
	{"precision", NULL, "not asked for",
		"relative half-width to reach in every interval: after the first `blocks` as "
		"many more are measured as it needs, within the limits",
		KEY_SHARE, 0, 0},
	{"exit_reasons", NULL, "false",
		"whether hosts count the exits of KVM guests by reason during runs, which slows "
		"these a little (docs/counters.md)",
		KEY_BOOL, 0, 0},
	{"decide", "a map", "not asked for",
		"go on until it is decided whether targets are worse than another; not together "
		"with precision, and `blocks` does not count then",
		KEY_OTHER, 0, 0},
	{"limits", "a map", "as below", "hard caps", KEY_OTHER, 0, 0},
	{0},
};

const struct key_row resource_keys[] = {
	{"cpus", NULL, "all that the site gives", "CPUs", KEY_COUNT, 1, 4096},
	{"memory", NULL, "all that the site gives", "memory", KEY_SIZE, 0, 0},
	{"scratch", NULL, "1G", "space for files, of each machine", KEY_SIZE, 0, 0},
	{"per", "host or machine", "host",
		"host: guests share these, so that totals stay equal; machine: each gets them",
		KEY_OTHER, 0, 0},
	{"overcommit", NULL, "false",
		"whether guests may have more CPUs together than the host has", KEY_BOOL, 0, 0},
	{0},
};

const struct key_row decide_keys[] = {
	{"delta", "MARGIN, or \"MARGIN,METRIC=MARGIN...\"", "1%",
		"smallest change that matters, declared before the data", KEY_TEXT, 0, 0},
	{"base", "a target's name", "the baseline",
		"target that the others, except the baseline, are compared with", KEY_OTHER, 0, 0},
	{"expect", "a file", "none",
		"known noise, which neither ends the campaign nor makes it go on (docs/ci.md)",
		KEY_TEXT, 0, 0},
	{"first", NULL, "4", "blocks before the first look", KEY_COUNT, 4, 1000},
	{"step", NULL, "2", "blocks between looks", KEY_COUNT, 2, 1000},
	{0},
};

const struct key_row limit_keys[] = {
	{"blocks", NULL, "50", "most blocks, also where a precision needs more", KEY_COUNT, 1,
		10000},
	{"time", NULL, "24h",
		"wall time, after which the campaign stops; the same command continues it",
		KEY_DURATION, 0, 0},
	{"run", NULL, "10m", "one run; a longer one is killed and counts as failed", KEY_DURATION,
		0, 0},
	{"boot", NULL, "3m", "the start of a machine", KEY_DURATION, 0, 0},
	{0},
};

const struct key_row target_keys[] = {
	{"target", "a target's name", NULL, "the target; `tare list targets` shows all", KEY_OTHER,
		0, 0},
	{"name", "a name", "the target's", "name in reports; needed where a target appears twice",
		KEY_TEXT, 0, 0},
	{"environment", "a name in the site file", "the target's (below)",
		"environment of the site that its hosts are booted into", KEY_TEXT, 0, 0},
	{0},
};

const struct key_row entry_keys[] = {
	{"benchmark", "a benchmark's name", NULL, "the benchmark; `tare list benchmarks` shows all",
		KEY_OTHER, 0, 0},
	{"placements", "list of placements", "all", "placements of the campaign to run it in",
		KEY_OTHER, 0, 0},
	{"targets", "list of targets' names", "all", "targets of the campaign to run it on",
		KEY_OTHER, 0, 0},
	{"runs", NULL, "the campaign's", "runs in a block", KEY_COUNT, 1, 1000},
	{"machines", "one, all, or a list of these", "one",
		"run it in the first machine, or in all machines at the same time", KEY_OTHER, 0,
		0},
	{"background", "none, a benchmark, or a list of these", "none",
		"load in the machines that the benchmark leaves free", KEY_OTHER, 0, 0},
	{"network", "none, a map, or a list of these", "none",
		"conditions of the data network while it runs", KEY_OTHER, 0, 0},
	{0},
};

const struct key_row background_keys[] = {
	{"benchmark", "a benchmark's name", NULL, "a benchmark that runs in one machine", KEY_OTHER,
		0, 0},
	{0},
};

const struct key_row condition_keys[] = {
	{"delay", NULL, "none", "added to every packet, one way", KEY_DURATION, 0, 0},
	{"jitter", NULL, "none", "largest deviation from the delay", KEY_DURATION, 0, 0},
	{"loss", NULL, "none", "share of packets that are dropped", KEY_SHARE, 0, 0},
	{"rate", "such as 100Mbit", "not limited", "highest rate at which a machine can send",
		KEY_OTHER, 0, 0},
	{0},
};

const struct key_section campaign_sections[] = {
	{"the file", "What is measured, and how often.", campaign_keys},
	{"resources", "What the machines get; the same on every host.", resource_keys},
	{"decide",
		"The question that ends the campaign: blocks go on until every headline of every "
		"cell is decided, hopeless, or limits.blocks is reached.",
		decide_keys},
	{"limits", "Hard limits of the campaign.", limit_keys},
	{"targets",
		"An entry that is a map; the driver's options (below) are further keys. A name "
		"alone is short for a map with that target. A list where an option expects one "
		"value is a sweep: every combination is a target, named by it.",
		target_keys},
	{"benchmarks",
		"An entry that is a map; the benchmark's options (below) are further keys. A list "
		"where an option expects one value is a sweep: every combination is measured.",
		entry_keys},
	{"background", "A map in an entry of benchmarks; its options are further keys.",
		background_keys},
	{"network", "A map in an entry of benchmarks, applied to what each machine sends.",
		condition_keys},
	{NULL, NULL, NULL},
};

const struct key_row site_keys[] = {
	{"site", "a name", "the file's path", "name in messages and reports", KEY_TEXT, 0, 0},
	{"work_dir", "a directory", "/var/lib/tare",
		"directory of scratch files on every host; in an allocation the default is "
		"$TMPDIR, or /tmp",
		KEY_TEXT, 0, 0},
	{"reach", "local, or a list of words", "ssh; local for the one host localhost",
		"the command that connects to a host: its standard input and output become the "
		"connection; {host} and {address} are replaced",
		KEY_OTHER, 0, 0},
	{"environments", "list of maps", "hosts stay as they are", "what hosts can be booted into",
		KEY_OTHER, 0, 0},
	{"data", "a map", "a private bridge on each host",
		"the network that guests of all hosts share", KEY_OTHER, 0, 0},
	{"hosts", "list of maps, or slurm, pbs or lsf", NULL,
		"the hosts; the name of a batch system: those of this process's allocation",
		KEY_OTHER, 0, 0},
	{0},
};

const struct key_row host_keys[] = {
	{"host", "a name, or a range such as node[01-32]", "localhost",
		"name that the reach command uses; a range stands for identical hosts", KEY_TEXT, 0,
		0},
	{"address", "IPv4 address", "none",
		"address on the data network; of a range, that of its first host", KEY_TEXT, 0, 0},
	{"cpus", "CPU numbers such as 0-3,8", "all, on this machine",
		"CPUs that machines may be pinned to", KEY_OTHER, 0, 0},
	{"memory", NULL, "seven eighths of what is there, on this machine",
		"total memory of the machines", KEY_SIZE, 0, 0},
	{0},
};

const struct key_row environment_keys[] = {
	{"name", "a name", NULL, "name that targets use, such as linux or xen", KEY_TEXT, 0, 0},
	{"enter", "list of words", "none",
		"the command, run here, that boots a host into it; {host} and {address} are "
		"replaced",
		KEY_OTHER, 0, 0},
	{"hypervisor", "text", "not checked",
		"what must be found then: xen where the host is Xen's first domain, or none",
		KEY_TEXT, 0, 0},
	{"hypervisor_version", "text", "not checked",
		"how the version of Xen must begin, or of QEMU where the hypervisor is none",
		KEY_TEXT, 0, 0},
	{"kernel", "text", "not checked", "how the release of the kernel must begin", KEY_TEXT, 0,
		0},
	{"limit", NULL, "10m", "time until the host must answer from this environment",
		KEY_DURATION, 0, 0},
	{0},
};

const struct key_row data_keys[] = {
	{"network", "host", "a bridge",
		"host: the hosts' own network, for machines that use it; what needs a bridge is "
		"skipped, and the other keys but interface do not apply",
		KEY_OTHER, 0, 0},
	{"interface", "a name", "the one with the host's address",
		"with network: host, the interface whose address a host's machines have", KEY_TEXT,
		0, 0},
	{"bridge", "a name", NULL, "bridge that exists on every host", KEY_TEXT, 0, 0},
	{"guests", "addresses such as 198.18.0.64-198.18.0.250", NULL,
		"addresses for guests, used by nothing else", KEY_TEXT, 0, 0},
	{"prefix", NULL, "24", "length of the network's prefix", KEY_COUNT, 8, 30},
	{0},
};

const struct key_section site_sections[] = {
	{"the file", "Where a campaign may be measured.", site_keys},
	{"hosts", "An entry of the list.", host_keys},
	{"environments", "An entry of the list.", environment_keys},
	{"data", "The data network.", data_keys},
	{NULL, NULL, NULL},
};

/* How each type is read, and what is expected in words (NULL: the row says it, or key_form). */
static const struct {
	void (*read)(const struct reader *r, const struct yaml_node *map, const struct key_row *row,
		void *out);
	const char *form;
} types[] = {
	[KEY_TEXT] = {read_text, NULL},
	[KEY_COUNT] = {read_count, NULL},
	[KEY_SIZE] = {read_size, "size"},
	[KEY_DURATION] = {read_duration, "duration"},
	[KEY_SHARE] = {read_share, "fraction or per cent"},
	[KEY_BOOL] = {read_bool, "true or false"},
};

static const struct key_row *find_row(const struct key_row *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name ? keys : NULL;
}

char *key_form(const struct key_row *row)
{
	if (row->type == KEY_COUNT)
		return str_printf("whole number, %u to %u", row->minimum, row->maximum);
	return str_dup(row->form ? row->form : types[row->type].form);
}

void keys_read(const struct reader *r, const struct yaml_node *map, const struct key_row *keys,
	const char *name, void *out)
{
	const struct key_row *row = find_row(keys, name);

	if (!row || row->type == KEY_OTHER)
		abort();
	types[row->type].read(r, map, row, out);
}

void keys_check(const struct reader *r, const struct yaml_node *map, const struct key_row *keys,
	const struct option_row *options)
{
	cleanup_free const char **known = NULL;
	size_t count = 0, capacity = 0;

	for (const struct key_row *key = keys; key->name; key++) {
		array_reserve(&known, &capacity, count + 1);
		known[count++] = key->name;
	}
	for (const struct option_row *row = options; row && row->name; row++) {
		array_reserve(&known, &capacity, count + 1);
		known[count++] = row->name;
	}
	yaml_check_keys(r->mistakes, r->file, map, known, count);
}
