/* Batch systems, a row each, and the site that an allocation is. The variables are those of
 * sbatch(1), squeue(1) and scontrol(1) of Slurm 22.05, of the OpenPBS 22.05 reference guide (qsub,
 * "Environment variables") and of IBM Spectrum LSF 10.1 ("Environment variables", "blaunch"). */
#include "campaign/file/batch.h"

#include <ctype.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "campaign/file/yaml_values.h"

enum { NODES_FILE_BYTES = 1 << 20, SECONDS_PER_DAY = 86400 };

static const double ask_timeout_s = 60, reserve_s = 120, reserve_share = 0.1;

const struct batch_system batch_systems[] = {
	{.name = "slurm",
		.title = "Slurm",
		.seen = true,
		.job = "SLURM_JOB_ID",
		.nodes_command = {"scontrol", "show", "hostnames"},
		/* Without --unbuffered srun passes whole lines only, without --overlap one step at
		 * a time runs on a host. */
		.reach = {"srun", "-Q", "--overlap", "-N1", "-n1", "--unbuffered", "-w", "{host}"},
		.time_command = {"squeue", "-h", "-j", "{job}", "-o", "%L"},
		.state_command = {"squeue", "-h", "-j", "{job}", "-o", "%t"},
		.running = "R",
		.node_memory = "SLURM_MEM_PER_NODE",
		.cpu_memory = "SLURM_MEM_PER_CPU"},
	{.name = "pbs",
		.title = "PBS",
		.job = "PBS_JOBID",
		.nodes_file = "PBS_NODEFILE",
		.reach = {"ssh", "-T", "-o", "BatchMode=yes", "{host}"}},
	{.name = "lsf",
		.title = "LSF",
		.job = "LSB_JOBID",
		.nodes_file = "LSB_DJOB_HOSTFILE",
		.reach = {"blaunch", "{host}"}},
	{0},
};

const struct batch_system *batch_find(const char *name)
{
	const struct batch_system *row = batch_systems;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	return row->name ? row : NULL;
}

/* --- asking ----------------------------------------------------------------------------------- */

static const char *variable(const char *name)
{
	const char *value = name ? getenv(name) : NULL;

	return value && value[0] ? value : NULL;
}

/* What a command of the batch system prints. Caller frees. */
static char *ask(const struct batch_system *system, const char *const words[BATCH_WORDS_MAX],
	struct error *e)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;

	for (size_t i = 0; i < BATCH_WORDS_MAX && words[i]; i++)
		argv_add(&argv, strcmp(words[i], "{job}") == 0 ? variable(system->job) : words[i]);
	if (process_run(&argv, ask_timeout_s, &result, e) < 0)
		return NULL;
	char *output = result.exit_status == 0 ? take_ptr(result.output) : NULL;
	if (!output)
		error_set(e, "%s: exit status %d: %s", words[0], result.exit_status,
			result.output ? result.output : "");
	process_result_free(&result);
	return output;
}

double batch_seconds(const char *text)
{
	unsigned long days = 0, parts[3] = {0};
	size_t count = 0;
	char *end;

	if (strncmp(text, "UNLIMITED", strlen("UNLIMITED")) == 0)
		return INFINITY;
	const char *dash = strchr(text, '-');
	if (dash) {
		days = strtoul(text, &end, 10);
		if (end != dash || end == text)
			return NAN;
		text = dash + 1;
	}
	for (;; text = end + 1) {
		if (!isdigit((unsigned char)*text) || count == ARRAY_COUNT(parts))
			return NAN;
		parts[count++] = strtoul(text, &end, 10);
		if (*end != ':')
			break;
	}
	if (!isspace((unsigned char)*end) && *end)
		return NAN;
	double seconds = (double)days * SECONDS_PER_DAY;
	static const double units[] = {1, 60, 3600};
	for (size_t i = 0; i < count; i++)
		seconds += (double)parts[i] * units[count - 1 - i];
	return count < 2 ? NAN : seconds;
}

bool batch_is_over(const struct batch_system *system)
{
	struct error e = {""};
	cleanup_free char *state =
		system && system->running ? ask(system, system->state_command, &e) : NULL;

	if (state)
		state[strcspn(state, " \n")] = '\0';
	return state && strcmp(state, system->running) != 0;
}

/* --- hosts ------------------------------------------------------------------------------------ */

static char *node_list(const struct batch_system *system, struct error *e)
{
	const char *path = variable(system->nodes_file);
	char *text = NULL;
	size_t count;

	if (system->nodes_command[0])
		return ask(system, system->nodes_command, e);
	if (!path)
		error_set(e, "%s is not set", system->nodes_file);
	else
		(void)!file_read(path, NODES_FILE_BYTES, &text, &count, e);
	return text;
}

static bool has_host(const struct site *site, const char *name)
{
	for (size_t h = 0; h < site->host_count; h++)
		if (strcmp(site->hosts[h].name, name) == 0)
			return true;
	return false;
}

static int add_hosts(const struct batch_system *system, struct site *site, struct error *e)
{
	cleanup_free char *list = node_list(system, e);
	size_t capacity = 0;
	char *rest = list;

	for (const char *name; rest && (name = strsep(&rest, " \t\n"));) {
		if (!name[0] || has_host(site, name))
			continue;
		array_reserve(&site->hosts, &capacity, site->host_count + 1);
		site->hosts[site->host_count++] = (struct site_host){.name = str_dup(name)};
	}
	if (list && site->host_count == 0)
		return error_set(e, "the allocation has no hosts");
	return list ? 0 : -1;
}

/* --- what each host has ----------------------------------------------------------------------- */

struct asked {
	pid_t pid;
	int to, from;
	struct text text;
};

/* Through the reach, as everything on the host will be started: CPUs and memory of a process. */
static int begin_asking(
	const struct site *site, const struct site_host *host, struct asked *asked, struct error *e)
{
	cleanup_argv struct argv argv = {0};

	for (size_t i = 0; i < site->reach.count; i++) {
		const char *word = site->reach.words[i];
		argv_add(&argv, strcmp(word, "{host}") == 0 ? host->name : word);
	}
	argv_add_all(&argv, "cat", "/proc/self/status", "/proc/meminfo", NULL);
	return process_spawn(&argv, NULL, &asked->pid, &asked->to, &asked->from, e);
}

static bool read_until(struct asked *asked, double deadline_s)
{
	char bytes[4096];

	for (;;) {
		struct pollfd fd = {.fd = asked->from, .events = POLLIN};
		double left_s = deadline_s - clock_monotonic_s();
		if (left_s <= 0 || poll(&fd, 1, (int)(left_s * 1e3) + 1) == 0)
			return false;
		ssize_t got = read(asked->from, bytes, sizeof(bytes));
		if (got <= 0)
			return got == 0;
		text_add_bytes(&asked->text, bytes, (size_t)got);
	}
}

/* The value of a line "NAME:\tVALUE"; NULL: there is none. Caller frees. */
static char *line_value(const char *text, const char *name)
{
	const char *at = text ? strstr(text, name) : NULL;

	if (!at)
		return NULL;
	at += strlen(name);
	at += strspn(at, " \t");
	return str_printf("%.*s", (int)strcspn(at, " \n"), at);
}

static int read_host(struct site_host *host, const struct asked *asked, struct error *e)
{
	cleanup_free char *cpus = line_value(asked->text.bytes, "Cpus_allowed_list:");
	cleanup_free char *kib = line_value(asked->text.bytes, "MemTotal:");

	if (!cpus || !kib || (host->cpu_count = yaml_parse_cpus(cpus, &host->cpus)) == 0)
		return error_set(e,
			"%s: the reach does not show what the host has; check that it runs "
			"commands there: it was to print /proc/self/status",
			host->name);
	host->memory_bytes = ((uint64_t)strtoull(kib, NULL, 10) << 10) / 8 * 7;
	return 0;
}

static void end_asking(struct asked *asked)
{
	if (asked->pid > 0) {
		close(asked->to);
		close(asked->from);
		process_end(asked->pid, 1);
	}
	text_free(&asked->text);
}

/* All hosts at once: a step of a job takes a quarter of a second to start. */
static int ask_hosts(struct site *site, struct error *e)
{
	struct asked *asked = mem_new(site->host_count, sizeof(*asked));
	double deadline_s = clock_monotonic_s() + ask_timeout_s;
	int status = 0;

	for (size_t h = 0; h < site->host_count && status == 0; h++)
		status = begin_asking(site, &site->hosts[h], &asked[h], e);
	for (size_t h = 0; h < site->host_count && status == 0; h++) {
		if (!read_until(&asked[h], deadline_s))
			status = error_set(e, "%s: does not answer within %.0f s",
				site->hosts[h].name, ask_timeout_s);
		else
			status = read_host(&site->hosts[h], &asked[h], e);
	}
	for (size_t h = 0; h < site->host_count; h++)
		end_asking(&asked[h]);
	free(asked);
	return status;
}

/* The allocation's memory, where it has less than the hosts. */
static void limit_memory(const struct batch_system *system, struct site *site)
{
	const char *node = variable(system->node_memory), *cpu = variable(system->cpu_memory);

	for (size_t h = 0; h < site->host_count; h++) {
		struct site_host *host = &site->hosts[h];
		uint64_t mib = node  ? strtoull(node, NULL, 10)
			       : cpu ? strtoull(cpu, NULL, 10) * host->cpu_count
				     : 0;
		if (mib > 0 && mib << 20 < host->memory_bytes)
			host->memory_bytes = mib << 20;
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static int read_time(const struct batch_system *system, struct site *site, struct error *e)
{
	if (!system->time_command[0])
		return 0;
	cleanup_free char *text = ask(system, system->time_command, e);
	if (!text)
		return -1;
	double left_s = batch_seconds(text);
	if (isnan(left_s))
		return error_set(e, "%s says \"%.32s\" as the time that is left",
			system->time_command[0], text);
	if (isinf(left_s))
		return 0;
	site->left_s = left_s - fmin(reserve_s, left_s * reserve_share);
	site->ends_s = clock_monotonic_s() + site->left_s;
	return 0;
}

int batch_read(const struct batch_system *system, struct site *site, struct error *e)
{
	const char *directory = variable("TMPDIR");

	site->batch = system;
	if (!system->seen)
		log_warn("%s: what is derived from its jobs is from its manual, and was not seen "
			 "running",
			system->title);
	if (!variable(system->job))
		return error_set(e,
			"not inside an allocation of %s: %s is not set; run this in a job, or "
			"write a site file",
			system->title, system->job);
	if (!site->work_dir)
		site->work_dir = str_dup(directory ? directory : "/tmp");
	bool given = site->reach.count > 0;
	for (size_t i = 0; !given && i < BATCH_WORDS_MAX && system->reach[i]; i++)
		argv_add(&site->reach, system->reach[i]);
	if (add_hosts(system, site, e) < 0 || ask_hosts(site, e) < 0 ||
		read_time(system, site, e) < 0)
		return error_prefix(e, "%s's allocation", system->title);
	limit_memory(system, site);
	return 0;
}
