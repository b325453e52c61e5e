/* Native: the image's userspace on this host's kernel, with the host's address on the data network.
 * The reference for everything else, so only a mount namespace is between a benchmark and the
 * hardware. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/counters.h"
#include "drivers/dom0.h"
#include "drivers/enter.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

#define SYSFS "/sys"

#define IMAGE_AGENT "image:/usr/lib/tare/tare-agent"

enum native_host { HOST_LINUX, HOST_XEN };
enum native_network { NETWORK_HOST, NETWORK_OWN };

struct native_options {
	int64_t memory_node;
	int host, network, privileges;
	bool pin;
};

static const char *const host_names[] = {"linux", "xen", NULL};
static const char *const network_names[] = {"host", "own", NULL};

static const struct option_row native_rows[] = {
	{.name = "host",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct native_options, host),
		.default_text = "linux",
		.help = "what the host must run: plain Linux, or Linux as dom0 of Xen",
		.choices = host_names},
	{.name = "network",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct native_options, network),
		.default_text = "host",
		.help = "host: one machine a host, with the host's address; own: as many machines "
			"as a "
			"placement has guests, each in a network namespace of its own on the "
			"bridge",
		.choices = network_names},
	{.name = "pin",
		.type = OPTION_BOOL,
		.offset = offsetof(struct native_options, pin),
		.default_text = "true",
		.help = "restrict the benchmarks to the machine's CPUs"},
	PRIVILEGES_ROW(struct native_options, privileges),
	MEMORY_NODE_ROW(struct native_options, memory_node),
	{0},
};

/* machine->state. */
struct native_state {
	char *scratch; /* its scratch directory, by the host's path */
	char *netns; /* name of its own network namespace, or NULL */
	unsigned *onlined; /* of dom0: CPUs that were offline before */
	size_t onlined_count;
};

static bool has_own_network(const struct native_options *options)
{
	return options->network == NETWORK_OWN;
}

static unsigned native_option_caps(const void *options)
{
	return has_own_network(options) ? CAP_GUESTS | CAP_OWN_NETWORK | CAP_NEEDS_NETWORK : 0;
}

/* The host's CPU numbers do not apply in dom0 of Xen, unless dom0 is what is measured. */
static bool is_pinned(const struct native_options *options)
{
	return options->pin && (options->host == HOST_XEN || !host_is_xen());
}

int native_enter_argv(const struct machine_spec *spec, bool pin, int64_t memory_node,
	struct argv *argv, struct error *e)
{
	cleanup_free char *enter = program_own("tare-enter", e);
	cleanup_free char *at = str_printf("%s/enter", spec->work_dir);
	cleanup_free char *cpus = machine_cpu_list(spec);

	if (!enter || dir_make(at, e) < 0)
		return -1;
	argv_add_all(argv, enter, "--root", spec->image->root_dir, "--at", at, "--name", NULL);
	argv_addf(argv, "tare-%s-%s", spec->campaign_id, spec->name);
	if (pin && cpus[0])
		argv_add_all(argv, "--cpus", cpus, NULL);
	if (memory_node >= 0)
		argv_addf(argv, "--memory-node=%lld", (long long)memory_node);
	return 0;
}

int native_give_directory(const char *path, struct error *e)
{
	if (dir_make(path, e) < 0)
		return -1;
	if (chown(path, ENTER_OUTSIDE_ID, ENTER_OUTSIDE_ID) < 0)
		return error_errno(e, errno, "%s", path);
	return 0;
}

/* Machines of one host would share what does not go over the network: hence --apart. */
static void add_network(
	const struct machine_spec *spec, const struct native_state *state, struct argv *argv)
{
	if (state->netns) {
		argv_add(argv, "--netns");
		argv_addf(argv, "/run/netns/%s", state->netns);
		argv_add(argv, "--apart");
	} else if (spec->network && spec->network->namespace_path) {
		argv_add_all(argv, "--netns", spec->network->namespace_path, NULL);
	}
}

static int native_argv(const struct machine_spec *spec, const struct native_state *state,
	struct argv *argv, struct error *e)
{
	const struct native_options *options = spec->options;

	if (native_enter_argv(spec, is_pinned(options), options->memory_node, argv, e) < 0 ||
		dir_make(state->scratch, e) < 0)
		return -1;
	argv_add_all(argv, "--scratch", state->scratch, NULL);
	add_network(spec, state, argv);
	if (privileges_enter(options->privileges)) {
		argv_add(argv, "--user");
		if (native_give_directory(state->scratch, e) < 0)
			return -1;
	}
	argv_add_all(argv, "--", spec->agent_path ? spec->agent_path : IMAGE_AGENT, NULL);
	return 0;
}

static void record_facts(struct machine *machine, const struct machine_spec *spec)
{
	const struct native_options *options = spec->options;
	cleanup_free char *cpus = machine_cpu_list(spec);
	cleanup_free char *pinning = machine_pinning_text(is_pinned(options) ? cpus : NULL);
	json_t *facts = json_pack("{s:s, s:s, s:s, s:I, s:s}", "driver", "native", "cpus",
		is_pinned(options) ? cpus : "all", "pinning", pinning, "memory_node",
		(json_int_t)options->memory_node, "network", network_names[options->network]);

	if (privileges_enter(options->privileges))
		json_object_set_new(facts, "privileges", json_string(PRIVILEGES_OF_USER));
	if (host_is_xen()) {
		cleanup_free char *version = host_xen_version();
		json_object_set_new(facts, "hypervisor", json_string("Xen"));
		json_object_set_new(facts, "hypervisor_version", json_string(version));
	}
	machine_set_facts(machine, facts);
}

static void native_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct native_state *state = machine->state;

	machine_free(machine);
	if (state->netns)
		netns_remove(state->netns);
	dom0_release(SYSFS, state->onlined, state->onlined_count);
	free(state->netns);
	free(state->onlined);
	free(state->scratch);
	free(state);
}

static int native_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	const struct native_state *state = machine->state;

	(void)e;
	counters_of_directory(state->scratch, out);
	return 0;
}

static int take_dom0(const struct machine_spec *spec, struct native_state *state, struct error *e)
{
	uint64_t own_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (dom0_check_memory(spec->memory_bytes, own_bytes, e) < 0)
		return -1;
	return dom0_take_cpus(
		SYSFS, spec->pin_cpus, spec->pin_count, &state->onlined, &state->onlined_count, e);
}

static int take_network(
	const struct machine_spec *spec, struct native_state *state, struct error *e)
{
	cleanup_free char *name = str_printf("tare-%s-%s", spec->campaign_id, spec->name);

	if (netns_add(name, spec->network, spec->address, e) < 0)
		return -1;
	state->netns = take_ptr(name);
	return 0;
}

/* Takes what the machine needs of the host and starts its agent. */
static int begin(const struct machine_spec *spec, struct machine *machine, struct error *e)
{
	const struct native_options *options = spec->options;
	struct native_state *state = machine->state;
	cleanup_argv struct argv argv = {0};

	if (options->host == HOST_XEN && take_dom0(spec, state, e) < 0)
		return -1;
	if (has_own_network(options) && take_network(spec, state, e) < 0)
		return -1;
	if (native_argv(spec, state, &argv, e) < 0)
		return -1;
	machine->agent = agent_spawn(spec->name, &argv, machine->log_path, e);
	return machine->agent ? 0 : -1;
}

static int native_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	const struct native_options *options = spec->options;

	if (drivers_own(spec->campaign_id, e) < 0)
		return -1;
	struct machine *machine = machine_new(&driver_native, spec);
	struct native_state *state = machine->state = mem_new(1, sizeof(*state));
	state->scratch = str_printf("%s/scratch", spec->work_dir);
	machine->log_path = str_printf("%s/agent.log", spec->work_dir);
	machine->scratch_dir = str_dup("/scratch");
	if (spec->network)
		machine->address = str_dup(
			has_own_network(options) ? spec->address : spec->network->host_address);
	record_facts(machine, spec);
	if (begin(spec, machine, e) < 0) {
		native_stop(machine);
		return -1;
	}
	*out = machine;
	return 0;
}

static int native_probe(const void *options, const struct image *image, struct error *why_not)
{
	const struct native_options *wanted = options;

	if (wanted->host == HOST_XEN && !host_is_xen())
		return error_set(why_not,
			"this host does not run Xen (/sys/hypervisor/type); boot it into Xen "
			"(package xen-system-amd64)");
	if (wanted->host == HOST_LINUX && host_is_xen())
		return error_set(why_not,
			"this host runs Xen, and this is its dom0: use the target "
			"dom0");
	if (privileges_check(why_not) < 0)
		return -1;
	if (!image)
		return error_set(why_not, "no image (run tare image to build it)");
	cleanup_free char *enter = program_own("tare-enter", why_not);
	return enter ? 0 : -1;
}

/* Benchmarks that outlived their agent are recognised by their root: the overlay has the
 * machine's name. Containers' processes have such a root as well. */
static int native_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	(void)e;
	char **ids = own_ids_to_clean(campaign_id);
	for (char **id = ids; *id; id++) {
		cleanup_free char *prefix = str_printf("tare-%s-", *id);
		size_t killed = program_kill(program_has_root, prefix);
		cleanup_free char *line =
			str_printf("%zu processes in the image's userspace (%s)", killed, prefix);
		if (killed > 0)
			report(context, line);
	}
	own_ids_free(ids);
	return 0;
}

const struct driver driver_native = {
	.name = "native",
	.summary = "the image's userspace on the host's kernel",
	.options = native_rows,
	.options_size = sizeof(struct native_options),
	.caps = CAP_SHARES_KERNEL | CAP_NEEDS_IMAGE | CAP_STORAGE_COUNTERS,
	.option_caps = native_option_caps,
	.probe = native_probe,
	.start = native_start,
	.stop = native_stop,
	.storage_counters = native_counters,
	.clean = native_clean,
};
