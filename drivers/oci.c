/* Containers by runc or crun: the image's tree under a temporary overlay, separate namespaces, a
 * veth pair to the data network's bridge, limits by control groups if this host has them. */
#include <pthread.h>
#include <string.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/control_groups.h"
#include "drivers/counters.h"
#include "drivers/local.h"
#include "drivers/privileges.h"
#include "drivers/oci_config.h"

static const double runtime_timeout_s = 30;

/* The programs that run a bundle. For containers without limits, on hosts that may have no control
 * groups which they could make: a word, and what crun must not see, because it refuses to run where
 * controllers are divided between the two versions of control groups. */
static const struct oci_runtime {
	const char *name, *unlimited, *hidden;
} runtimes[] = {{"runc", NULL, NULL}, {"crun", "--cgroup-manager=disabled", "/sys/fs/cgroup"}};

static const char *const runtime_names[] = {"runc", "crun", NULL};

enum { RUNTIMES = ARRAY_COUNT(runtimes) };

struct oci_options {
	int64_t memory_node;
	int runtime, privileges;
	bool limits, pin;
};

static const struct option_row oci_rows[] = {
	{.name = "runtime",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct oci_options, runtime),
		.default_text = "runc",
		.help = "the program that runs the container",
		.choices = runtime_names},
	{.name = "limits",
		.type = OPTION_BOOL,
		.offset = offsetof(struct oci_options, limits),
		.default_text = "true",
		.help = "limit CPUs and memory by control groups, if the host supports it"},
	{.name = "pin",
		.type = OPTION_BOOL,
		.offset = offsetof(struct oci_options, pin),
		.default_text = "true",
		.help = "restrict the container to the machine's CPUs: by its control group, or by "
			"affinity if it has none"},
	PRIVILEGES_ROW(struct oci_options, privileges),
	MEMORY_NODE_ROW(struct oci_options, memory_node),
	{0},
};

struct container {
	char *name;
	const struct oci_runtime *runtime;
	char *program, *state_root; /* of the runtime; where it keeps its containers' state */
	char *scratch; /* its directory on the host */
	bool has_netns;
	bool enters; /* its runtime runs in a user namespace that root's tare makes */
};

/* Probed once per process: running a container takes a third of a second. Two of each runtime: as
 * this process runs it, and in a user namespace. */
static struct finding {
	pthread_mutex_t mutex;
	bool known, works, limits;
	struct control_parent parent; /* with limits */
	char limits_why_not[256];
	struct error why_not;
} found[2 * RUNTIMES] = {[0 ... 2 * RUNTIMES - 1] = {.mutex = PTHREAD_MUTEX_INITIALIZER}};

static struct finding *finding_of(const struct oci_options *options)
{
	return &found[2 * options->runtime + privileges_enter(options->privileges)];
}

static char *state_root(const char *campaign_id, const struct oci_runtime *runtime)
{
	return str_printf("/run/tare/%s/%s", campaign_id, runtime->name);
}

/* Removes the groups that a killed runtime left: it writes its state last, and does not know its
 * groups without it. */
static size_t groups_remove(const char *campaign_id)
{
	cleanup_free char *prefix = str_printf("tare-%s-", campaign_id);
	size_t count = control_groups_remove(CONTROL_GROUPS, prefix);
	struct control_parent parent;

	if (control_parent_find(&parent, NULL) < 0 || !parent.path[0])
		return count;
	cleanup_free char *directory = str_printf(CONTROL_GROUPS "%s", parent.path);
	return count + control_groups_remove(directory, prefix);
}

static int container_delete(const char *program, const char *root, const char *name)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, program, "--root", root, "delete", "--force", name, NULL);
	return process_check(&argv, runtime_timeout_s, NULL);
}

/* A runtime in a user namespace ends with all its processes, and its state, whose process numbers
 * are those of the namespace, goes with the work directory. */
static void container_free(struct container *container)
{
	if (!container)
		return;
	if (!container->enters)
		container_delete(container->program, container->state_root, container->name);
	if (container->has_netns)
		netns_remove(container->name);
	free(container->name);
	free(container->program);
	free(container->state_root);
	free(container->scratch);
	free(container);
}

static struct container *container_new(const struct machine_spec *spec, struct error *e)
{
	const struct oci_options *options = spec->options;
	const struct oci_runtime *runtime = &runtimes[options->runtime];
	cleanup_free char *program = program_find(runtime->name);

	if (!program) {
		error_set(e, "%s: not installed; apt-get install %s", runtime->name, runtime->name);
		return NULL;
	}
	struct container *container = mem_new(1, sizeof(*container));
	container->name = str_printf("tare-%s-%s", spec->campaign_id, spec->name);
	container->runtime = runtime;
	container->program = take_ptr(program);
	container->enters = privileges_enter(options->privileges);
	container->state_root = container->enters ? str_printf("%s/state", spec->work_dir)
						  : state_root(spec->campaign_id, runtime);
	container->scratch = str_printf("%s/scratch", spec->work_dir);
	return container;
}

/* What the runtime writes to is that user's. The network belongs to root, who joins it before. */
static int enter_namespace(const struct container *container, struct oci_container *config,
	struct argv *argv, struct error *e)
{
	if (native_give_directory(container->state_root, e) < 0 ||
		native_give_directory(container->scratch, e) < 0)
		return -1;
	config->entered = true;
	argv_add(argv, "--user");
	if (config->netns_path)
		argv_add_all(argv, "--netns", config->netns_path, NULL);
	if (config->agent)
		argv_add_all(argv, "--put", config->agent, NULL);
	return 0;
}

/* Writes the bundle below work_dir and the command line that runs it: its runtime inside
 * tare-enter, which mounts the overlay. */
static int container_argv(const struct machine_spec *spec, const struct container *container,
	struct oci_container *config, const struct oci_options *options, struct argv *argv,
	struct error *e)
{
	cleanup_free char *bundle = str_printf("%s/bundle", spec->work_dir);
	cleanup_free char *path = str_printf("%s/config.json", bundle);
	cleanup_free char *root = str_printf("%s/enter/root", spec->work_dir);

	bool by_affinity = options->pin && !config->cpus;

	if (dir_make(bundle, e) < 0 ||
		native_enter_argv(spec, by_affinity, options->memory_node, argv, e) < 0 ||
		(container->enters && enter_namespace(container, config, argv, e) < 0))
		return -1;
	config->name = container->name;
	config->root = root;
	json_t *json = oci_config(config);
	cleanup_free char *text = json_dumps(json, JSON_INDENT(2));
	json_decref(json);
	if (file_write(path, text, strlen(text), e) < 0)
		return -1;
	bool unlimited =
		container->runtime->unlimited && !config->cpus && config->memory_bytes == 0;
	if (unlimited)
		argv_add_all(argv, "--hide", container->runtime->hidden, NULL);
	argv_add_all(argv, "--host", "--", container->program, NULL);
	if (unlimited)
		argv_add(argv, container->runtime->unlimited);
	argv_add_all(argv, "--root", container->state_root, "run", "--bundle", bundle,
		container->name, NULL);
	return 0;
}

/* Runs /bin/true of the image in a container, with limits if there is a parent for its control
 * group. 0: it ran. */
static int try_container(const struct image *image, const struct oci_options *wanted,
	const struct control_parent *parent, struct error *why_not)
{
	cleanup_free char *id = own_process_id("probe");
	cleanup_free char *dir = own_run_dir(id);
	cleanup_argv struct argv argv = {0}, command = {0};
	struct machine_spec spec = {
		.campaign_id = id, .name = "probe", .work_dir = dir, .cpus = 1, .image = image};
	const struct oci_options options = {
		.memory_node = -1, .runtime = wanted->runtime, .privileges = wanted->privileges};
	struct error ignored;
	int status = -1;

	if (drivers_own(id, why_not) < 0)
		return -1;
	spec.options = &options;
	cleanup_free char *cpus = machine_cpu_list(&spec);
	struct oci_container config = {.command = &command,
		.group_parent = parent ? parent->path : NULL,
		.cpus = parent && parent->has_cpus ? cpus : NULL,
		.memory_bytes = parent ? 256 << 20 : 0};
	argv_add(&command, "/bin/true");
	struct container *container = container_new(&spec, why_not);
	if (container && container_argv(&spec, container, &config, &options, &argv, why_not) == 0)
		status = process_check(&argv, runtime_timeout_s, why_not);
	container_free(container);
	groups_remove(id);
	own_remove(id, &ignored);
	return status;
}

static void find_out(
	const struct image *image, const struct oci_options *wanted, struct finding *finding)
{
	struct error e = {""};

	finding->limits = finding->works = control_parent_find(&finding->parent, &e) == 0 &&
					   try_container(image, wanted, &finding->parent, &e) == 0;
	if (!finding->works) {
		snprintf(finding->limits_why_not, sizeof(finding->limits_why_not), "%s", e.text);
		finding->works = try_container(image, wanted, NULL, &finding->why_not) == 0;
	}
	finding->known = true;
}

static int oci_probe(const void *options, const struct image *image, struct error *why_not)
{
	const struct oci_options *wanted = options;
	struct finding *finding = finding_of(wanted);

	if (privileges_check(why_not) < 0)
		return -1;
	if (!image)
		return error_set(why_not, "no image (run tare image to build it)");
	pthread_mutex_lock(&finding->mutex);
	if (!finding->known)
		find_out(image, wanted, finding);
	pthread_mutex_unlock(&finding->mutex);
	if (!finding->works)
		return error_set(why_not, "%s", finding->why_not.text);
	if (wanted->limits && !finding->limits)
		error_set(
			why_not, "without limits of CPUs and memory: %s", finding->limits_why_not);
	return 0;
}

static json_t *oci_facts(const struct container *container, const struct oci_container *config,
	const struct oci_options *options, const char *cpus)
{
	cleanup_free char *version = program_version(VERSION_WORDS(container->program));
	cleanup_free char *to = machine_pinning_text(options->pin ? cpus : NULL);
	cleanup_free char *pinning = str_printf("%s%s", to,
		!options->pin  ? ""
		: config->cpus ? " (cpuset)"
			       : " (affinity)");
	json_t *filter = oci_filter();
	json_t *facts = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:I, s:I}", "driver", "oci",
		"runtime", version ? version : container->runtime->name, "seccomp",
		filter ? "filter" : "none", "cpus", config->cpus, "pinning", pinning, "memory_node",
		(json_int_t)options->memory_node, "memory_limit_bytes",
		(json_int_t)config->memory_bytes);

	json_decref(filter);
	if (container->enters)
		json_object_set_new(facts, "privileges", json_string(PRIVILEGES_OF_USER));
	const struct finding *finding = finding_of(options);
	if (options->limits && !finding->limits)
		json_object_set_new(facts, "limits_why_not", json_string(finding->limits_why_not));
	return facts;
}

/* Makes the namespace, writes the bundle and starts the runtime; machine->agent is its stream. */
static int container_start(const struct machine_spec *spec, struct container *container,
	struct machine *machine, struct error *e)
{
	const struct oci_options *options = spec->options;
	cleanup_argv struct argv argv = {0};
	cleanup_free char *netns = str_printf("/run/netns/%s", container->name);
	cleanup_free char *cpus = machine_cpu_list(spec);
	const struct finding *finding = finding_of(options);
	bool limits = options->limits && finding->limits;
	struct oci_container config = {.netns_path = netns,
		.agent = spec->agent_path,
		.scratch = container->scratch,
		.group_parent = finding->parent.path,
		.cpus = limits && finding->parent.has_cpus && options->pin && cpus[0] ? cpus : NULL,
		.memory_bytes = limits ? (long long)spec->memory_bytes : 0};

	if (machine_close_dir(spec, container->enters, e) < 0 ||
		dir_make(container->scratch, e) < 0 ||
		netns_add(container->name, spec->network, spec->address, e) < 0)
		return -1;
	container->has_netns = true;
	if (container_argv(spec, container, &config, options, &argv, e) < 0)
		return -1;
	machine_set_facts(machine, oci_facts(container, &config, options, cpus));
	machine->agent = agent_spawn(spec->name, &argv, machine->log_path, e);
	return machine->agent ? 0 : -1;
}

static void oci_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct container *container = machine->state;
	machine_free(machine);
	container_free(container);
}

static int oci_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	const struct container *container = machine->state;

	(void)e;
	counters_of_directory(container->scratch, out);
	return 0;
}

static int oci_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	if (drivers_own(spec->campaign_id, e) < 0 || oci_probe(spec->options, spec->image, e) < 0)
		return -1;
	struct container *container = container_new(spec, e);
	if (!container)
		return -1;
	struct machine *machine = machine_new(&driver_oci, spec);
	machine->state = container;
	machine->log_path = str_printf("%s/agent.log", spec->work_dir);
	machine->scratch_dir = str_dup("/scratch");
	machine->address = spec->network ? str_dup(spec->address) : NULL;
	if (container_start(spec, container, machine, e) < 0) {
		oci_stop(machine);
		return -1;
	}
	*out = machine;
	return 0;
}

static int clean_containers(const char *id, const struct oci_runtime *runtime,
	void (*report)(void *context, const char *line), void *context, struct error *e)
{
	cleanup_free char *root = state_root(id, runtime);
	cleanup_free char *program = program_find(runtime->name);
	cleanup_dir DIR *dir = opendir(root);
	struct dirent *entry;

	while (dir && program && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "tare-", 5) != 0)
			continue;
		cleanup_free char *line = str_printf("container %s", entry->d_name);
		if (container_delete(program, root, entry->d_name) < 0)
			return error_set(e,
				"container %s cannot be removed; %s --root %s list shows it",
				entry->d_name, runtime->name, root);
		report(context, line);
	}
	return 0;
}

static int clean_id(const char *id, void (*report)(void *context, const char *line), void *context,
	struct error *e)
{
	for (size_t i = 0; i < RUNTIMES; i++)
		if (clean_containers(id, &runtimes[i], report, context, e) < 0)
			return -1;
	size_t groups = groups_remove(id);
	cleanup_free char *line = str_printf("%zu control groups of campaign %s", groups, id);
	if (groups > 0)
		report(context, line);
	return 0;
}

static int oci_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	char **ids = own_ids_to_clean(campaign_id);
	int status = 0;
	for (char **id = ids; *id && status == 0; id++)
		status = clean_id(*id, report, context, e);
	own_ids_free(ids);
	return status;
}

const struct driver driver_oci = {
	.name = "oci",
	.summary = "an OCI container by runc",
	.options = oci_rows,
	.options_size = sizeof(struct oci_options),
	.caps = CAP_GUESTS | CAP_SHARES_KERNEL | CAP_OWN_NETWORK | CAP_NEEDS_IMAGE |
		CAP_NEEDS_NETWORK | CAP_STORAGE_COUNTERS,
	.probe = oci_probe,
	.start = oci_start,
	.stop = oci_stop,
	.storage_counters = oci_counters,
	.clean = oci_clean,
};
