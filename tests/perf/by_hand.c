/* What tare's own way of running a benchmark does to its number: the first benchmark of a campaign
 * file, run by campaign/execute through the agent of a native machine, and the same command line
 * run by hand in the same userspace on the same CPUs and disk; for net, Debian's iperf3 with the
 * same settings. In turns, the order changing from pair to pair. Both outputs are read by the
 * benchmark's own parser.
 *     by_hand CAMPAIGN.yaml METRIC PAIRS DIRECTORY
 * DIRECTORY is where the scratch files lie: the disk that both sides use. Prints a line "OURS
 * THEIRS" per pair: medians of the metric's first series. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "campaign/run/run_cell.h"
#include "stats/quantile.h"
#include "tests/perf/machine.h"

#define HAND_DIR "/scratch/hand"

enum { FILE_LIMIT_BYTES = 64 << 20, HAND_PORT = 19999, SAYS_BYTES = 4096 };
static const double hello_timeout_s = 30, listen_timeout_s = 10;

struct rig {
	struct perf_host host;
	struct team_context context;
	struct team team;
	struct seat seat;
	char *cpus; /* of the seat, "0,1" */
	const struct campaign_benchmark *benchmark;
	unsigned metric; /* index into the benchmark's table */
	unsigned runs; /* so far */
};

static int find_metric(struct rig *rig, const char *name, struct error *e)
{
	const struct metric *metrics = rig->benchmark->benchmark->metrics;

	for (unsigned i = 0; metrics[i].name; i++) {
		if (strcmp(metrics[i].name, name) == 0) {
			rig->metric = i;
			return 0;
		}
	}
	return error_set(e, "%s has no metric %s", rig->benchmark->benchmark->name, name);
}

static int number_of(
	const struct rig *rig, const struct samples *samples, double *out, struct error *e)
{
	for (size_t i = 0; i < samples->count; i++) {
		const struct series *series = &samples->series[i];
		if (series->metric == rig->metric) {
			*out = quantile_median(series->values, series->count);
			return 0;
		}
	}
	return error_set(e, "no sample of the metric");
}

static int run_ours(struct rig *rig, double *out, struct error *e)
{
	struct outcome outcome;
	int status = -1;

	run_cell(&rig->context, &rig->team, rig->benchmark, rig->runs++, &outcome);
	if (error_is_set(&outcome.failure))
		error_set(e, "through tare: %s", outcome.failure.text);
	else
		status = number_of(rig, &outcome.samples[0], out, e);
	outcome_free(&outcome);
	return status;
}

/* The command line in a shell's working directory, entered with the program that enters the
 * image for the agent, too. */
static void hand_argv(const struct rig *rig, const struct command *command, struct argv *argv)
{
	const struct perf_host *host = &rig->host;

	argv_add_all(argv, TARE_BINARY_DIR "/drivers/tare-enter", "--root", host->image->root_dir,
		"--at", NULL);
	argv_addf(argv, "%s/at", host->work_dir);
	argv_add(argv, "--scratch");
	argv_addf(argv, "%s/native/scratch", host->work_dir);
	argv_add_all(argv, "--cpus", rig->cpus, "--", "image:/bin/sh", "-c",
		"cd \"$1\" && shift && exec \"$@\"", "sh", HAND_DIR, NULL);
	if (rig->benchmark->benchmark->topology == TOPOLOGY_RANKS) {
		argv_add_all(argv, "/usr/bin/mpiexec.mpich", "-bind-to", NULL);
		argv_addf(argv, "user:%s", rig->cpus);
		argv_add(argv, "-n");
		argv_addf(argv, "%u", rig->team.seat_cpus);
	}
	argv_append(argv, &command->argv);
}

/* stdout and the collected files as the agent's client puts them together. */
static int hand_text(const struct command *command, const char *directory,
	const struct process_result *result, struct text *text, struct error *e)
{
	text_add_bytes(text, result->output, result->output_bytes);
	for (size_t i = 0; i < command->collect_count; i++) {
		cleanup_free char *path = str_printf("%s/%s", directory, command->collect[i]);
		cleanup_free char *bytes = NULL;
		size_t count;

		if (file_read(path, FILE_LIMIT_BYTES, &bytes, &count, e) < 0)
			return -1;
		text_addf(text, "%s==> %s <==\n",
			text->count && text->bytes[text->count - 1] != '\n' ? "\n" : "",
			command->collect[i]);
		text_add_bytes(text, bytes, count);
	}
	return 0;
}

static int hand_run(struct rig *rig, const struct command *command, const char *directory,
	struct text *text, struct error *e)
{
	struct process_result result = {0};
	cleanup_argv struct argv argv = {0};

	for (size_t i = 0; i < command->file_count; i++) {
		cleanup_free char *path = str_printf("%s/%s", directory, command->files[i].name);
		if (file_write(path, command->files[i].bytes, command->files[i].count, e) < 0)
			return -1;
	}
	hand_argv(rig, command, &argv);
	int status = process_run(&argv, rig->context.plan->campaign->limit_run_s, &result, e);
	if (status == 0 && result.exit_status != 0)
		status = error_set(e, "by hand: %.500s", result.output);
	if (status == 0)
		status = hand_text(command, directory, &result, text, e);
	process_result_free(&result);
	return status;
}

/* --- iperf3 by hand --------------------------------------------------------------------------- */

/* Until the server says that it listens. */
static int wait_listening(int fd, struct error *e)
{
	double deadline_s = clock_monotonic_s() + listen_timeout_s;
	char says[SAYS_BYTES] = "";
	size_t count = 0;

	while (!strstr(says, "Server listening")) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		double left_s = deadline_s - clock_monotonic_s();
		if (left_s <= 0 || count == sizeof(says) - 1 ||
			poll(&ready, 1, (int)(left_s * 1e3)) <= 0)
			return error_set(e, "iperf3 does not listen: %s", says);
		ssize_t got = read(fd, says + count, sizeof(says) - 1 - count);
		if (got <= 0)
			return error_set(e, "iperf3 has ended: %s", says);
		count += (size_t)got;
		says[count] = '\0';
	}
	return 0;
}

static void iperf_argv(const struct rig *rig, struct argv *argv)
{
	argv_add_all(argv, "/usr/bin/taskset", "-c", rig->cpus, "/usr/bin/iperf3", "-p", NULL);
	argv_addf(argv, "%d", HAND_PORT);
}

/* The words that iperf3 has for what the benchmark's client would be told. */
static int client_argv(const struct rig *rig, struct argv *argv, struct error *e)
{
	static const struct {
		const char *ours, *theirs;
	} words[] = {
		{"--seconds", "-t"}, {"--omit", "-O"}, {"--interval", "-i"}, {"--streams", "-P"}};
	const struct role role = {
		.index = 1, .count = 2, .peer = "127.0.0.1", .port = HAND_PORT, .machines = 1};
	struct command command = {0};
	int status =
		rig->benchmark->benchmark->command(rig->benchmark->options, &role, &command, e);

	iperf_argv(rig, argv);
	argv_add_all(argv, "-J", "-c", role.peer, NULL);
	for (size_t i = 1; status == 0 && i + 1 < command.argv.count; i++)
		for (size_t k = 0; k < ARRAY_COUNT(words); k++)
			if (strcmp(command.argv.words[i], words[k].ours) == 0)
				argv_add_all(
					argv, words[k].theirs, command.argv.words[i + 1], NULL);
	bench_command_free(&command);
	return status;
}

static int run_iperf(struct rig *rig, double *out, struct error *e)
{
	cleanup_argv struct argv server = {0}, client = {0};
	struct process_result result = {0};
	struct samples samples = {0};
	int to_server = -1, from_server = -1;
	pid_t pid = -1;

	iperf_argv(rig, &server);
	argv_add_all(&server, "-s", "-1", "--forceflush", NULL);
	int status = client_argv(rig, &client, e);
	if (status == 0)
		status = process_spawn(&server, NULL, &pid, &to_server, &from_server, e);
	if (status == 0)
		status = wait_listening(from_server, e);
	if (status == 0)
		status = process_run(&client, rig->context.plan->campaign->limit_run_s, &result, e);
	if (status == 0)
		status = rig->benchmark->benchmark->parse(
			result.output, result.output_bytes, &samples, e);
	if (status == 0)
		status = number_of(rig, &samples, out, e);
	process_end(pid, 1);
	if (to_server >= 0) {
		close(to_server);
		close(from_server);
	}
	process_result_free(&result);
	bench_samples_free(&samples);
	return status;
}

/* --- anything else by hand -------------------------------------------------------------------- */

static int run_by_hand(struct rig *rig, double *out, struct error *e)
{
	if (rig->benchmark->benchmark->topology == TOPOLOGY_PAIR)
		return run_iperf(rig, out, e);
	cleanup_free char *directory = str_printf("%s/native/scratch/hand", rig->host.work_dir);
	const struct benchmark *benchmark = rig->benchmark->benchmark;
	const struct role role = {.count = 1,
		.cpus = rig->team.seat_cpus,
		.memory_bytes = rig->team.seat_memory_bytes,
		.machines = 1,
		.ranks = rig->team.seat_cpus,
		.scratch_dir = HAND_DIR,
		.scratch_bytes = rig->context.plan->campaign->scratch_bytes};
	cleanup_text struct text text = {0};
	struct samples samples = {0};
	struct command command = {0};

	if (dir_make(directory, e) < 0 ||
		benchmark->command(rig->benchmark->options, &role, &command, e) < 0)
		return -1;
	int status = hand_run(rig, &command, directory, &text, e);
	if (status == 0)
		status = benchmark->parse(text.bytes, text.count, &samples, e);
	if (status == 0)
		status = number_of(rig, &samples, out, e);
	bench_samples_free(&samples);
	bench_command_free(&command);
	dir_remove(directory, NULL);
	return status;
}

static int measure(struct rig *rig, int pairs, struct error *e)
{
	static int (*const runs[])(struct rig *, double *, struct error *) = {
		run_ours, run_by_hand};

	/* Pair 0 warms caches and is not printed. */
	for (int i = 0; i <= pairs; i++) {
		double numbers[2] = {0};

		for (int turn = 0; turn < 2; turn++) {
			int way = (turn + i) % 2;
			if (runs[way](rig, &numbers[way], e) < 0)
				return -1;
		}
		if (i > 0)
			printf("%.6f %.6f\n", numbers[0], numbers[1]);
		fflush(stdout);
	}
	return 0;
}

/* One seat on all CPUs of a native machine, as a placement 1x1 has it. */
static int with_machine(struct rig *rig, const struct plan *plan, const char *metric, int pairs,
	const char *directory, struct error *e)
{
	const struct site_host *host = &plan->site->hosts[0];
	unsigned cpus =
		campaign_machine_cpus(plan->campaign, plan->site, &plan->campaign->placements[0]);
	struct machine *machine = NULL;
	struct host_machine hosted = {0}, *machines[] = {&hosted};
	cleanup_text struct text list = {0};
	int status;

	for (unsigned i = 0; i < cpus; i++)
		text_addf(&list, "%s%u", i ? "," : "", host->cpus[i]);
	rig->cpus = list.bytes;
	rig->seat.cpus = host->cpus;
	rig->seat.cpu_count = cpus;
	rig->benchmark = &plan->campaign->benchmarks[0];
	status = perf_open(&rig->host, directory, false, e);
	cleanup_free char *at = str_printf("%s/at", rig->host.work_dir);
	if (status == 0 && (find_metric(rig, metric, e) < 0 || dir_make(at, e) < 0))
		status = -1;
	if (status == 0 && !(machine = perf_start(&rig->host, "native", cpus, NULL, e)))
		status = -1;
	if (status == 0)
		status = agent_hello(machine->agent, hello_timeout_s, e);
	if (status == 0)
		hosted = (struct host_machine){.driver = machine->driver,
			.agent = machine->agent,
			.name = machine->name,
			.address = machine->address,
			.scratch_dir = machine->scratch_dir,
			.facts_json = machine->facts_json};
	rig->seat.machine = &hosted;
	rig->team = (struct team){.target = &plan->campaign->targets[0],
		.machines = machines,
		.machine_count = 1,
		.seats = &rig->seat,
		.seat_count = 1,
		.host = &hosted,
		.host_count = 1,
		.seat_cpus = cpus,
		.seat_memory_bytes = plan->campaign->memory_bytes};
	rig->context =
		(struct team_context){.plan = plan, .interrupt_fd = -1, .campaign_id = "by-hand"};
	if (status == 0)
		status = measure(rig, pairs, e);
	machine_stop(machine);
	perf_close(&rig->host);
	return status;
}

int main(int argc, char **argv)
{
	struct yaml_mistakes mistakes = {0};
	struct error e = {""};
	struct rig rig = {0};

	if (argc != 5) {
		fprintf(stderr, "usage: by_hand CAMPAIGN.yaml METRIC PAIRS DIRECTORY\n");
		return 2;
	}
	struct site *site = site_load(NULL, &mistakes);
	struct campaign *campaign = site ? campaign_load(argv[1], NULL, site, &mistakes) : NULL;
	for (size_t i = 0; i < mistakes.count; i++)
		fprintf(stderr, "%s\n", mistakes.lines[i]);
	int status = -1;
	if (campaign) {
		const struct plan plan = {.campaign = campaign, .site = site};
		status = with_machine(&rig, &plan, argv[2], atoi(argv[3]), argv[4], &e);
	}
	campaign_free(campaign);
	site_free(site);
	yaml_mistakes_free(&mistakes);
	if (error_is_set(&e))
		fprintf(stderr, "by_hand: %s\n", e.text);
	return status < 0;
}
