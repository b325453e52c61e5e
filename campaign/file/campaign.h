/* What the user asked for, as plain structs: the campaign file and the site file, checked.
 * load.c makes them; plan.c and run.c only read them. */
#ifndef TARE_CAMPAIGN_CAMPAIGN_H
#define TARE_CAMPAIGN_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/process.h"
#include "base/yaml.h"
#include "bench/bench.h"
#include "campaign/file/conditions.h"
#include "drivers/driver.h"

/* hosts × guests per host (× CPUs per guest). */
struct placement {
	char *text; /* "2x4" or "2x4x1" */
	char *asked; /* as the campaign file has it: "allx4"; words that mean the same on this site
			are in one: "1x1 allx1" */
	unsigned hosts, guests;
	unsigned cpus; /* per guest; 0: the host's share */
};

/* Where the campaign file sets an option. */
struct option_place {
	const char *option;
	unsigned line, column;
};

/* A target as the campaign uses it: a row of drivers/targets.c, or a variant of one. */
struct campaign_target {
	char *name;
	const struct target *base;
	const struct driver *driver;
	void *options; /* the driver's option struct */
	char *options_json; /* every option with its canonical text */
	char *environment; /* what hosts are booted into for it; NULL: any will do */
	char *sweep; /* the name that the targets of one sweep have in common; NULL: of none */
	struct option_place *places; /* of the options that the file sets */
	size_t place_count;
};
/* The place of the option that a text begins with, "OPTION: …"; NULL: the file does not set it. */
const struct option_place *campaign_option_place(
	const struct campaign_target *target, const char *text);

/* A benchmark that runs as load in the seats that the measured one leaves free. */
struct campaign_background {
	const struct benchmark *benchmark; /* NULL: none; the other seats idle */
	void *options;
};

/* One benchmark with one setting of its options: sweeps are already unrolled. */
struct campaign_benchmark {
	const struct benchmark *benchmark;
	void *options;
	char *parameters; /* "key=value …" of the options that the campaign set; "" if none */
	char *options_json;
	bool *placements; /* which of the campaign's placements it is asked for */
	bool *targets; /* likewise */
	unsigned runs; /* per block */
	bool all_machines; /* in every machine of the placement at once, not in the first alone */
	struct campaign_background *background; /* NULL: all seats are the benchmark's */
	struct conditions *conditions; /* NULL: the data network is left as it is */
};

/* Going on until it is decided whether targets are worse than one of them (docs/verdicts.md). */
struct campaign_decide {
	char *delta; /* the change that matters, as written; NULL: the campaign has fixed blocks */
	unsigned line, column; /* of delta in the file, or of the map without it */
	size_t base; /* index into targets: the others, but the baseline, are compared with it */
	char *expect; /* file of known noise, or NULL */
	unsigned first, step; /* looks, in pairs of blocks; the most are limit_blocks */
};

struct campaign {
	char *path, *yaml;
	char *digest; /* SHA-256 of the file's text */
	char *name;
	size_t baseline; /* index into targets */
	struct campaign_target *targets;
	size_t target_count;
	struct placement *placements;
	size_t placement_count;
	struct campaign_benchmark *benchmarks;
	size_t benchmark_count;
	unsigned blocks; /* asked for; the pilot where a precision is asked for, too */
	bool exit_reasons; /* hosts count the exits of KVM guests by reason */
	double precision; /* relative half-width of the intervals, 0: not asked for */
	struct campaign_decide decide;
	unsigned limit_blocks; /* hard cap */
	double limit_time_s; /* hard cap on the campaign's wall time */
	double limit_run_s; /* a run that takes longer is killed and failed */
	double limit_boot_s; /* a machine that does not answer by then has failed */
	unsigned cpus; /* for the machines of one host together; 0: all the host has */
	uint64_t memory_bytes; /* likewise */
	uint64_t scratch_bytes; /* of each machine */
	bool per_machine; /* cpus and memory are each machine's, not shared out */
};

struct batch_system;

struct site_host {
	char *name;
	char *address; /* on the site's data network, or NULL */
	unsigned *cpus; /* CPU numbers that may be used */
	size_t cpu_count;
	uint64_t memory_bytes; /* that may be used */
};

/* What a host can be booted into, and how to tell that it was. */
struct environment {
	char *name;
	struct argv enter; /* run here, {host} and {address} replaced; comes back when the host
			      does, or fails */
	char *hypervisor; /* what /sys/hypervisor/type says, "none"; NULL: not checked */
	char *hypervisor_version; /* how libvirt's version must begin; NULL: not checked */
	char *kernel; /* how the kernel's release must begin; NULL: not checked */
	double limit_s; /* from the start of enter until the host answers */
};

/* The network that guests of all hosts share. */
struct site_data {
	bool host_network; /* the hosts' own, which machines with the host's address use */
	char *interface; /* of that, whose address each host says; NULL: the site lists addresses */
	char *bridge; /* of every host; NULL: each host makes a private one */
	unsigned prefix;
	uint32_t first, last; /* addresses for guests, in host byte order */
};

struct site {
	char *name;
	char *yaml; /* the file's text, or NULL for the default site */
	char *work_dir; /* scratch files and overlays go below it, on every host */
	struct argv reach; /* empty: all hosts are this machine */
	struct environment *environments;
	size_t environment_count; /* 0: hosts stay as they are */
	struct site_data data;
	struct site_host *hosts;
	size_t host_count;
	unsigned cpus; /* what every host has at least: placements are the same on all of them */
	uint64_t memory_bytes;
	const struct batch_system *batch; /* whose allocation the hosts are; NULL: of none */
	double ends_s; /* CLOCK_MONOTONIC: nothing goes on after that; 0: no such end */
	double left_s; /* until then, when the site was read */
};

/* Reads and checks a campaign file against the registries and the site. settings: "KEY=VALUE …"
 * that replace values of the file (campaign/settings.h), or NULL. Every mistake is added to
 * mistakes with its place; returns NULL if there is any. Caller frees with campaign_free. */
struct campaign *campaign_load(const char *path, const char *settings, const struct site *site,
	struct yaml_mistakes *mistakes);
void campaign_free(struct campaign *campaign);

/* Reads a site file; the name of a batch system: the allocation that this process is in; NULL: this
 * machine, with the CPUs and the free memory that host_capacity tells, less an eighth for the host
 * itself. NULL with mistakes. */
struct site *site_load(const char *path, struct yaml_mistakes *mistakes);
/* Whether the site of that path has hosts that are reached from here, so that this process starts
 * no machines itself. Also true where the file cannot be read. host_network: whether its machines
 * use this machine's own network. */
bool site_is_reached(const char *path, bool *host_network);
void site_free(struct site *site);
/* The environment of that name, or NULL. */
const struct environment *site_environment(const struct site *site, const char *name);
/* How many addresses each host's guests can have; UINT_MAX where hosts have private networks. */
unsigned site_addresses_per_host(const struct site *site);
/* The address of the index-th guest on a host, for a site with a data bridge. Caller frees. */
char *site_address(const struct site *site, size_t host, unsigned index);

/* What the target's driver can do with its options: values of enum driver_caps. */
unsigned campaign_target_caps(const struct campaign_target *target);

/* Whether it is decided about that target: it is compared with decide.base. */
bool campaign_is_asked(const struct campaign *campaign, size_t target);

/* How many CPUs and how much memory each machine of a placement gets on a host of that site. */
unsigned campaign_machine_cpus(const struct campaign *campaign, const struct site *site,
	const struct placement *placement);
uint64_t campaign_machine_memory(const struct campaign *campaign, const struct site *site,
	const struct placement *placement);

#endif
