/* Container runtimes as people on clusters use them: the image's tree by bubblewrap, charliecloud
 * or apptainer, with the host's network, IPC and /dev/shm. A machine is the host in one container,
 * as a native machine is the host: several seats, pinned like it. Their words are a row each; those
 * of apptainer are from its manual and were not seen running. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/counters.h"
#include "drivers/enter.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

static const double probe_timeout_s = 30;

enum { WORDS_MAX = 40 };

/* {tree} and {scratch} are replaced; the program to run in the tree follows. The environment is the
 * one of all machines. */
static const struct runtime {
	const char *name, *program, *package;
	const char *words[WORDS_MAX];
} runtimes[] = {
	{"bwrap", "bwrap", "bubblewrap",
		{"--bind", "{tree}", "/", "--dev-bind", "/dev", "/dev", "--proc", "/proc",
			"--ro-bind", "/sys", "/sys", "--tmpfs", "/tmp", "--tmpfs", "/run", "--bind",
			"{scratch}", "/scratch", "--unshare-pid", "--die-with-parent", "--chdir",
			"/", "--clearenv", "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin",
			"--setenv", "HOME", "/root"}},
	/* Without --no-passwd Open MPI would find a shell of the host's user for its rsh. */
	{"charliecloud", "ch-run", "charliecloud",
		{"--no-passwd", "--private-tmp", "-b", "{scratch}:/scratch", "--unset-env=*",
			"--set-env=PATH=/usr/sbin:/usr/bin:/sbin:/bin", "--set-env=HOME=/root",
			"{tree}", "--"}},
	{"apptainer", "apptainer", "apptainer",
		{"exec", "--userns", "--cleanenv", "--contain", "--no-home", "--bind",
			"{scratch}:/scratch", "--env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			"{tree}"}},
};

static const char *const runtime_names[] = {"bwrap", "charliecloud", "apptainer", NULL};

struct runtime_options {
	int64_t memory_node;
	int runtime;
	bool pin;
};

static const struct option_row runtime_rows[] = {
	{.name = "runtime",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct runtime_options, runtime),
		.default_text = "bwrap",
		.help = "the program that enters the tree",
		.choices = runtime_names},
	{.name = "pin",
		.type = OPTION_BOOL,
		.offset = offsetof(struct runtime_options, pin),
		.default_text = "true",
		.help = "restrict the benchmarks to the machine's CPUs"},
	MEMORY_NODE_ROW(struct runtime_options, memory_node),
	{0},
};

static char *find_program(const struct runtime *runtime, struct error *why_not)
{
	char *path = program_find(runtime->program);

	if (!path)
		error_set(why_not, "%s: not installed; apt-get install %s", runtime->program,
			runtime->package);
	return path;
}

/* A word of a row, with what it stands for. */
static void add_word(struct argv *argv, const char *word, const char *tree, const char *scratch)
{
	if (strcmp(word, "{tree}") == 0)
		argv_add(argv, tree);
	else if (strcmp(word, "{scratch}") == 0)
		argv_add(argv, scratch);
	else if (strncmp(word, "{scratch}", strlen("{scratch}")) == 0)
		argv_addf(argv, "%s%s", scratch, word + strlen("{scratch}"));
	else
		argv_add(argv, word);
}

/* The runtime inside tare-enter, which mounts the overlay, sets the affinity and enters the
 * network; `env`, because ch-run refuses to run without USER. */
static int runtime_argv(const struct machine_spec *spec, const char *program, const char *scratch,
	struct argv *argv, struct error *e)
{
	const struct runtime_options *options = spec->options;
	const struct runtime *runtime = &runtimes[options->runtime];
	cleanup_free char *tree = str_printf("%s/enter/root", spec->work_dir);

	if (machine_close_dir(spec, false, e) < 0 ||
		native_enter_argv(spec, options->pin, options->memory_node, argv, e) < 0 ||
		dir_make(scratch, e) < 0)
		return -1;
	argv_add_all(argv, "--scratch", scratch, NULL);
	if (spec->agent_path)
		argv_add_all(argv, "--put", spec->agent_path, NULL);
	if (spec->network && spec->network->namespace_path)
		argv_add_all(argv, "--netns", spec->network->namespace_path, NULL);
	argv_add_all(argv, "--host", "--", "/usr/bin/env", "USER=root", program, NULL);
	for (size_t i = 0; i < WORDS_MAX && runtime->words[i]; i++)
		add_word(argv, runtime->words[i], tree, scratch);
	return 0;
}

/* Runs /bin/true of the image in it. */
static int try_runtime(
	const struct runtime_options *options, const struct image *image, struct error *why_not)
{
	cleanup_free char *id = own_process_id("probe");
	cleanup_free char *dir = own_run_dir(id);
	cleanup_free char *scratch = str_printf("%s/scratch", dir);
	cleanup_free char *program = find_program(&runtimes[options->runtime], why_not);
	cleanup_argv struct argv argv = {0};
	struct machine_spec spec = {.campaign_id = id,
		.name = "probe",
		.work_dir = dir,
		.cpus = 1,
		.image = image,
		.options = options};
	struct error ignored;

	if (!program || drivers_own(id, why_not) < 0)
		return -1;
	int status = runtime_argv(&spec, program, scratch, &argv, why_not);
	argv_add(&argv, "/bin/true");
	if (status == 0)
		status = process_check(&argv, probe_timeout_s, why_not);
	own_remove(id, &ignored);
	return status;
}

static int runtime_probe(const void *options, const struct image *image, struct error *why_not)
{
	if (privileges_check(why_not) < 0)
		return -1;
	if (!image)
		return error_set(why_not, "no image (run tare image to build it)");
	return try_runtime(options, image, why_not);
}

static void record_facts(
	struct machine *machine, const struct machine_spec *spec, const char *program)
{
	const struct runtime_options *options = spec->options;
	cleanup_free char *version = program_version(
		(const char *const[]){"/usr/bin/env", "USER=root", program, "--version", NULL});
	cleanup_free char *cpus = machine_cpu_list(spec);
	cleanup_free char *pinning = machine_pinning_text(options->pin ? cpus : NULL);

	machine_set_facts(machine,
		json_pack("{s:s, s:s, s:s?, s:s, s:s, s:I, s:s}", "driver", "runtime", "runtime",
			runtimes[options->runtime].name, "runtime_version", version, "cpus",
			options->pin ? cpus : "all", "pinning", pinning, "memory_node",
			(json_int_t)options->memory_node, "network", "host"));
}

/* machine->state is its scratch directory, by the host's path. */
static void runtime_stop(struct machine *machine)
{
	if (!machine)
		return;
	char *scratch = machine->state;
	machine_free(machine);
	free(scratch);
}

static int runtime_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	(void)e;
	counters_of_directory(machine->state, out);
	return 0;
}

static int runtime_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	const struct runtime_options *options = spec->options;
	cleanup_free char *program = find_program(&runtimes[options->runtime], e);
	cleanup_argv struct argv argv = {0};

	if (!program || drivers_own(spec->campaign_id, e) < 0)
		return -1;
	struct machine *machine = machine_new(&driver_runtime, spec);
	machine->state = str_printf("%s/scratch", spec->work_dir);
	machine->log_path = str_printf("%s/agent.log", spec->work_dir);
	machine->scratch_dir = str_dup("/scratch");
	if (spec->network)
		machine->address = str_dup(spec->network->host_address);
	record_facts(machine, spec, program);
	if (runtime_argv(spec, program, machine->state, &argv, e) == 0) {
		argv_add(&argv, spec->agent_path ? ENTER_PUT : "/usr/lib/tare/tare-agent");
		machine->agent = agent_spawn(spec->name, &argv, machine->log_path, e);
	}
	if (!machine->agent) {
		runtime_stop(machine);
		return -1;
	}
	*out = machine;
	return 0;
}

/* The tree's overlay has the machine's name, by which native's clean finds what is left. */
const struct driver driver_runtime = {
	.name = "runtime",
	.summary =
		"the image's userspace by a container runtime of clusters, with the host's network",
	.options = runtime_rows,
	.options_size = sizeof(struct runtime_options),
	.caps = CAP_SHARES_KERNEL | CAP_NEEDS_IMAGE | CAP_STORAGE_COUNTERS,
	.probe = runtime_probe,
	.start = runtime_start,
	.stop = runtime_stop,
	.storage_counters = runtime_counters,
};
