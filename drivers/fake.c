/* Fake: agents as plain processes of this host, with failures on demand. For tests of the
 * orchestrator and its scaling; its measurements are meaningless. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/array.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

struct fake_options {
	double start_delay_s, crash_after_s, fail_probability, noise_probability;
	int64_t fail_nth, seed;
	bool hang, emulated;
	char *emulator;
};

struct fake_machine {
	pid_t pid;
	uint64_t counter_calls;
};

#define ROW(member, kind) .type = (kind), .offset = offsetof(struct fake_options, member)

static const struct option_row fake_rows[] = {
	{.name = "start_delay",
		ROW(start_delay_s, OPTION_DURATION),
		.default_text = "0",
		.unit = "s",
		.help = "time from a machine's start until it answers",
		.maximum = 86400},
	{.name = "fail_probability",
		ROW(fail_probability, OPTION_REAL),
		.default_text = "0",
		.unit = "1",
		.help = "fraction of starts that fail",
		.maximum = 1},
	{.name = "fail_nth",
		ROW(fail_nth, OPTION_INT),
		.default_text = "0",
		.unit = "1",
		.help = "every nth start in this process fails; 0: none",
		.maximum = 1e9},
	{.name = "hang",
		ROW(hang, OPTION_BOOL),
		.default_text = "false",
		.help = "the machine starts but never answers"},
	{.name = "crash_after",
		ROW(crash_after_s, OPTION_DURATION),
		.default_text = "0",
		.unit = "s",
		.help = "time from a machine's start until it is killed; 0: never",
		.maximum = 86400},
	{.name = "noise",
		ROW(noise_probability, OPTION_REAL),
		.default_text = "0",
		.unit = "1",
		.help = "probability that a chunk of the stream is followed by a line of garbage",
		.maximum = 1},
	{.name = "seed",
		ROW(seed, OPTION_INT),
		.default_text = "1",
		.unit = "1",
		.help = "seed of the random failures and the noise",
		.maximum = 1e9},
	{.name = "emulated",
		ROW(emulated, OPTION_BOOL),
		.default_text = "false",
		.help = "report the CPU as emulated"},
	{.name = "emulator",
		ROW(emulator, OPTION_STRING),
		.default_text = "",
		.help = "program that starts the machine: it is given the agent's command line"},
	{0},
};

/* Deterministic from seed and start number (splitmix64, by Sebastiano Vigna). */
static double fraction(uint64_t seed, uint64_t number)
{
	uint64_t z = (seed << 32) + number * 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static int fake_argv(const struct machine_spec *spec, const struct fake_options *options,
	uint64_t number, struct argv *argv, struct error *e)
{
	bool plain = options->start_delay_s <= 0 && options->crash_after_s <= 0 &&
		     options->noise_probability <= 0 && !options->hang;

	if (!plain) {
		cleanup_free char *far_end = program_own("tare-fake", e);
		if (!far_end)
			return -1;
		argv_add(argv, far_end);
		argv_addf(argv, "%.6f", options->hang ? -1 : options->start_delay_s);
		argv_addf(argv, "%.6f", options->crash_after_s);
		argv_addf(argv, "%.6f", options->noise_probability);
		argv_addf(argv, "%lld", (long long)options->seed + (long long)number);
	}
	if (options->emulator && options->emulator[0])
		argv_add(argv, options->emulator);
	argv_add(argv, spec->agent_path);
	return 0;
}

/* Thousands of machines are thousands of descriptors: the agent alone takes one. */
static int spawn(struct machine *machine, const struct argv *argv, struct error *e)
{
	int to, from;
	pid_t pid;
	bool is_agent_alone = argv->count == 1;
	int status = is_agent_alone ? process_spawn_on_socket(argv, machine->log_path, &pid, &to, e)
				    : process_spawn(argv, machine->log_path, &pid, &to, &from, e);

	if (status < 0)
		return error_prefix(e, "%s", machine->name);
	struct fake_machine *own = mem_new(1, sizeof(*own));
	own->pid = pid;
	machine->state = own;
	machine->agent = agent_new(machine->name, is_agent_alone ? to : from, to, pid);
	return 0;
}

static int fake_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	static atomic_uint_fast64_t starts;
	const struct fake_options *options = spec->options;
	cleanup_argv struct argv argv = {0};
	uint64_t number = atomic_fetch_add(&starts, 1) + 1;

	if (!spec->agent_path)
		return error_set(e, "no tare-agent on this host: build or install all of tare");
	if ((options->fail_nth > 0 && number % (uint64_t)options->fail_nth == 0) ||
		fraction((uint64_t)options->seed, number) < options->fail_probability)
		return error_set(
			e, "fake: start %llu fails, as configured", (unsigned long long)number);
	if (fake_argv(spec, options, number, &argv, e) < 0)
		return -1;
	struct machine *machine = machine_new(&driver_fake, spec);
	machine->log_path = str_printf("%s/agent.log", spec->work_dir);
	machine->scratch_dir = str_dup(spec->work_dir);
	machine->address = str_dup("127.0.0.1");
	machine->emulated = options->emulated;
	machine_set_facts(
		machine, json_pack("{s:s, s:I}", "driver", "fake", "start", (json_int_t)number));
	if (spawn(machine, &argv, e) < 0) {
		machine_free(machine);
		return -1;
	}
	*out = machine;
	return 0;
}

/* A stopped process would not receive the goodbye. */
static void fake_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct fake_machine *own = machine->state;
	kill(own->pid, SIGCONT);
	machine_free(machine);
	free(own);
}

static int fake_save(struct machine *machine, struct error *e)
{
	const struct fake_machine *own = machine->state;

	return kill(own->pid, SIGSTOP) < 0 ? error_errno(e, errno, "save") : 0;
}

static int fake_restore(struct machine *machine, struct error *e)
{
	const struct fake_machine *own = machine->state;

	return kill(own->pid, SIGCONT) < 0 ? error_errno(e, errno, "restore") : 0;
}

/* Every call counts 100 more writes of 4 KiB and ten more flushes, at both places. */
static int fake_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	struct fake_machine *own = machine->state;
	uint64_t calls = ++own->counter_calls;

	(void)e;
	out->machine = (struct storage_counts){
		.writes = 100 * calls, .written_bytes = 409600 * calls, .flushes = 10 * calls};
	out->host = out->machine;
	out->machine_known = true;
	out->host_known = true;
	return 0;
}

static int fake_probe(const void *options, const struct image *image, struct error *why_not)
{
	(void)options;
	(void)image;
	return privileges_check(why_not);
}

const struct driver driver_fake = {
	.name = "fake",
	.summary = "plain processes with failures on demand, to test the orchestrator",
	.options = fake_rows,
	.options_size = sizeof(struct fake_options),
	.caps = CAP_GUESTS | CAP_SAVE | CAP_STORAGE_COUNTERS,
	.probe = fake_probe,
	.start = fake_start,
	.stop = fake_stop,
	.save = fake_save,
	.restore = fake_restore,
	.storage_counters = fake_counters,
};
