/* The keys of campaign and site files, and the check that a map has no others. */
#include "campaign/file/keys.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

const struct key_row campaign_keys[] = {
	{"campaign", "a name", NULL, "in messages, reports and results/NAME"},
	{"baseline", "a target's name", "the first target", "what the others are compared with"},
	{"targets", "list of targets", NULL,
		"names of targets, or maps that override driver options"},
	{"placements", "list of HOSTSxGUESTS or HOSTSxGUESTSxCPUS", "1x1",
		"hosts, guests on each, and CPUs of each guest; hosts may be all, guests cpus"},
	{"resources", "a map", "all of the host", "what the machines of a host get together"},
	{"benchmarks", "list of benchmarks", NULL, "names of benchmarks, or maps with options"},
	{"blocks", "whole number, 1 to 10000", "5",
		"fresh starts of every target: the n of the statistics"},
	{"runs", "whole number, 1 to 1000", "1", "runs of each benchmark in a block"},
	{"precision", "fraction or per cent", "not asked for",
		"half-width of the intervals to be reached: more blocks are measured after the "
		"first `blocks`, as far as the limits allow"},
	{"limits", "a map", "as below", "hard caps"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row resource_keys[] = {
	{"cpus", "whole number, 1 to 4096", "all that the site gives", "CPUs"},
	{"memory", "size", "all that the site gives", "memory"},
	{"scratch", "size", "1G", "space for files, of each machine"},
	{"per", "host or machine", "host",
		"host: guests share these, so that totals stay equal; machine: each gets them"},
	{"overcommit", "true or false", "false",
		"whether guests may have more CPUs together than the host has"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row limit_keys[] = {
	{"blocks", "whole number, 1 to 10000", "50",
		"blocks, also where a precision asks for more"},
	{"time", "duration", "24h", "wall time; the same command continues afterwards"},
	{"run", "duration", "10m", "one run; what takes longer is killed and has failed"},
	{"boot", "duration", "3m", "the start of a machine"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row target_keys[] = {
	{"target", "a target's name", NULL, "which one; `tare list targets` has them all"},
	{"name", "a name", "the target's", "under which it is reported: a target may stand twice"},
	{"environment", "a name in the site file", "the target's (below)",
		"what its hosts are booted into: another kernel or hypervisor of the site's"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row entry_keys[] = {
	{"benchmark", "a benchmark's name", NULL, "which one; `tare list benchmarks` has them all"},
	{"placements", "list of placements", "all", "those of the campaign's that it is run in"},
	{"targets", "list of targets' names", "all", "those of the campaign's that it is run on"},
	{"runs", "whole number, 1 to 1000", "the campaign's", "runs in a block"},
	{"machines", "one, all, or a list of these", "one",
		"whether what runs in one machine runs in the first, or in every one at once"},
	{"background", "none, a benchmark, or a list of these", "none",
		"load in the machines that the benchmark leaves free"},
	{"network", "none, a map, or a list of these", "none",
		"what the data network is made to be like while it runs"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row background_keys[] = {
	{"benchmark", "a benchmark's name", NULL, "one that runs in each machine alone"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row condition_keys[] = {
	{"delay", "duration", "none", "added to every packet, one way"},
	{"jitter", "duration", "none", "by which the delay varies, at most"},
	{"loss", "fraction or per cent", "none", "of the packets is dropped"},
	{"rate", "such as 100Mbit", "not limited", "how fast a machine may send"},
	{NULL, NULL, NULL, NULL},
};

const struct key_section campaign_sections[] = {
	{"the file", "What is measured, and how often.", campaign_keys},
	{"resources", "What machines get; the same on every host.", resource_keys},
	{"limits", "Where a campaign ends at the latest.", limit_keys},
	{"targets",
		"An entry that is a map; the driver's options (below) are further keys. An entry "
		"that is a name is short for a map with that target.",
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
	{"site", "a name", "the file's path", "in messages and reports"},
	{"work_dir", "a directory", "/var/lib/tare", "for scratch files, on every host"},
	{"reach", "local, or a list of words", "ssh; local for the one host localhost",
		"the command that connects to a host: its standard input and output become the "
		"connection; {host} and {address} are replaced"},
	{"environments", "list of maps", "hosts stay as they are", "what hosts can be booted into"},
	{"data", "a map", "a private bridge on each host",
		"the network that guests of all hosts share"},
	{"hosts", "list of maps", NULL, "the hosts"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row host_keys[] = {
	{"host", "a name, or a range such as node[01-32]", "localhost",
		"as the reach knows it; a range stands for equal hosts"},
	{"address", "IPv4 address", "none",
		"on the data network; the first of a range, the others follow"},
	{"cpus", "CPU numbers such as 0-3,8", "all, on this machine",
		"that machines may be pinned to"},
	{"memory", "size", "seven eighths of what is there, on this machine",
		"that machines may have together"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row environment_keys[] = {
	{"name", "a name", NULL, "as targets ask for it: linux, xen"},
	{"enter", "list of words", "none",
		"the command, run here, that boots a host into it; {host} and {address} are "
		"replaced"},
	{"hypervisor", "text", "not checked",
		"xen where the host is Xen's first domain then, or none"},
	{"hypervisor_version", "text", "not checked",
		"how Xen's version begins then, or QEMU's where the hypervisor is none"},
	{"kernel", "text", "not checked", "how the kernel's release begins then"},
	{"limit", "duration", "10m", "until the host answers, and is in it"},
	{NULL, NULL, NULL, NULL},
};

const struct key_row data_keys[] = {
	{"bridge", "a name", NULL, "of the bridge that every host has"},
	{"guests", "addresses such as 198.18.0.64-198.18.0.250", NULL,
		"for guests, and used by nothing else"},
	{"prefix", "whole number, 8 to 30", "24", "length of the network's prefix"},
	{NULL, NULL, NULL, NULL},
};

const struct key_section site_sections[] = {
	{"the file", "Where a campaign may be measured.", site_keys},
	{"hosts", "An entry of the list.", host_keys},
	{"environments", "An entry of the list.", environment_keys},
	{"data", "The data network.", data_keys},
	{NULL, NULL, NULL},
};

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
