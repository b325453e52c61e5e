/* Command: machines that user-supplied commands start and stop: a cloud's client, a batch system, a
 * hypervisor that libvirt does not support. tare knows of such a machine only what the options say
 * and what its agent reports. */
#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/local.h"
#include "drivers/placeholders.h"

enum { WORDS_LIMIT = 1 << 16 };

struct command_options {
	char *start, *stop, *reach, *address, *scratch_dir;
	double start_limit_s, stop_limit_s;
	bool emulated;
};

#define ROW(member, kind) .type = (kind), .offset = offsetof(struct command_options, member)

static const struct option_row command_rows[] = {
	{.name = "start",
		ROW(start, OPTION_STRING),
		.help = "command that starts the machine and then exits; in this and the next "
			"three options {name}, {index}, {cpus}, {memory_mib} and {campaign} are "
			"replaced"},
	{.name = "stop",
		ROW(stop, OPTION_STRING),
		.help = "command that stops the machine, whatever its state"},
	{.name = "reach",
		ROW(reach, OPTION_STRING),
		.help = "command whose stdin and stdout are connected to the machine's tare-agent"},
	{.name = "address",
		ROW(address, OPTION_STRING),
		.help = "the machine's address on the network that it shares with the others"},
	{.name = "scratch_dir",
		ROW(scratch_dir, OPTION_STRING),
		.default_text = "/tmp",
		.help = "directory in the machine for files that benchmarks write"},
	{.name = "start_limit",
		ROW(start_limit_s, OPTION_DURATION),
		.default_text = "5m",
		.unit = "s",
		.help = "time limit of start",
		.minimum = 1,
		.maximum = 86400},
	{.name = "stop_limit",
		ROW(stop_limit_s, OPTION_DURATION),
		.default_text = "1m",
		.unit = "s",
		.help = "time limit of stop",
		.minimum = 1,
		.maximum = 86400},
	{.name = "emulated",
		ROW(emulated, OPTION_BOOL),
		.default_text = "false",
		.help = "the machine's CPU is emulated; its results are marked so"},
	{0},
};

/* How to stop the machine; also kept in a file, for cleaning up after a killed campaign. */
struct command_machine {
	struct argv stop;
	double stop_limit_s;
	char *record;
};

/* The words of one option's text, with its placeholders replaced in each word, so that no value is
 * split. Empty for an unset option. */
static int words_of(const char *option, const char *text, const struct machine_spec *spec,
	struct argv *out, struct error *e)
{
	char index[16], cpus[16], memory_mib[24];
	const struct placeholder_value values[] = {
		{"name", spec->name},
		{"index", index},
		{"cpus", cpus},
		{"memory_mib", memory_mib},
		{"campaign", spec->campaign_id},
		{NULL, NULL},
	};

	snprintf(index, sizeof(index), "%u", spec->index);
	snprintf(cpus, sizeof(cpus), "%u", spec->cpus);
	snprintf(memory_mib, sizeof(memory_mib), "%llu",
		(unsigned long long)(spec->memory_bytes >> 20));
	if (placeholders_split(text ? text : "", values, out, e) < 0)
		return error_prefix(e, "option %s", option);
	return 0;
}

/* The words of the options that are command lines or have placeholders. */
struct words {
	struct argv start, stop, reach, address;
};

static void words_free(struct words *words)
{
	argv_free(&words->start);
	argv_free(&words->stop);
	argv_free(&words->reach);
	argv_free(&words->address);
}

static int words_all(const struct command_options *options, const struct machine_spec *spec,
	struct words *words, struct error *e)
{
	if (words_of("start", options->start, spec, &words->start, e) < 0 ||
		words_of("stop", options->stop, spec, &words->stop, e) < 0 ||
		words_of("reach", options->reach, spec, &words->reach, e) < 0 ||
		words_of("address", options->address, spec, &words->address, e) < 0)
		return -1;
	return words->reach.count > 0
		       ? 0
		       : error_set(e,
				 "option reach: missing; set it to the command that connects to "
				 "the machine's tare-agent, e.g. \"ssh -T root@{name} "
				 "tare-agent\"");
}

static int command_check(const void *options, unsigned cpus, struct error *e)
{
	const struct command_options *o = options;
	const struct machine_spec spec = {.name = "", .campaign_id = "", .cpus = cpus};
	cleanup_argv struct argv reach = {0};

	/* What cannot be divided into words is no reach: the probe says so. */
	if (words_of("reach", o->reach, &spec, &reach, NULL) < 0 ||
		argv_check_stream(&reach, e) == 0)
		return 0;
	return error_prefix(e, "reach");
}

/* Removes the file once the stop command has run, whatever its result: what failed once would fail
 * again. */
static int stop_run(const struct argv *stop, double limit_s, const char *record, struct error *e)
{
	int status = stop->count > 0 ? process_check(stop, limit_s, e) : 0;

	unlink(record);
	return status;
}

static void command_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct command_machine *own = machine->state;
	machine_free(machine);
	if (own->record)
		stop_run(&own->stop, own->stop_limit_s, own->record, NULL);
	argv_free(&own->stop);
	free(own->record);
	free(own);
}

/* "LIMIT\0WORD\0WORD\0…" */
static int record_stop(
	struct command_machine *own, const struct machine_spec *spec, struct error *e)
{
	cleanup_free char *path = str_printf("/run/tare/%s/%s.stop", spec->campaign_id, spec->name);
	cleanup_text struct text text = {0};

	text_addf(&text, "%.0f", own->stop_limit_s);
	text_add_bytes(&text, "", 1);
	for (size_t i = 0; i < own->stop.count; i++)
		text_add_bytes(&text, own->stop.words[i], strlen(own->stop.words[i]) + 1);
	if (drivers_own(spec->campaign_id, e) < 0 ||
		file_write(path, text.bytes, text.count, e) < 0)
		return -1;
	own->record = take_ptr(path);
	return 0;
}

static void record_facts(
	struct machine *machine, const struct argv *start, const struct argv *reach)
{
	cleanup_free char *start_text = argv_text(start), *reach_text = argv_text(reach);

	machine_set_facts(machine, json_pack("{s:s, s:s, s:s}", "driver", "command", "start",
					   start_text, "reach", reach_text));
}

static int start_words(const struct machine_spec *spec, const struct words *words,
	struct machine *machine, struct error *e)
{
	const struct command_options *options = spec->options;

	machine->address = words->address.count > 0 ? str_dup(words->address.words[0]) : NULL;
	record_facts(machine, &words->start, &words->reach);
	if (record_stop(machine->state, spec, e) < 0)
		return -1;
	if (words->start.count > 0 && process_check(&words->start, options->start_limit_s, e) < 0)
		return error_prefix(e, "start");
	machine->agent = agent_spawn(spec->name, &words->reach, machine->log_path, e);
	return machine->agent ? 0 : -1;
}

static int command_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	const struct command_options *options = spec->options;
	struct words words = {0};

	if (words_all(options, spec, &words, e) < 0) {
		words_free(&words);
		return -1;
	}
	struct command_machine *own = mem_new(1, sizeof(*own));
	struct machine *machine = machine_new(&driver_command, spec);
	argv_append(&own->stop, &words.stop);
	own->stop_limit_s = options->stop_limit_s;
	machine->state = own;
	machine->log_path = str_printf("%s/agent.log", spec->work_dir);
	machine->scratch_dir = str_dup(options->scratch_dir ? options->scratch_dir : "/tmp");
	machine->emulated |= options->emulated;
	int status = start_words(spec, &words, machine, e);
	words_free(&words);
	if (status == 0)
		*out = machine;
	else
		command_stop(machine);
	return status;
}

/* Whether the program that is the option's first word exists; an empty option is fine. */
static int check_program(const char *option, const struct argv *words, struct error *why_not)
{
	if (words->count == 0)
		return 0;
	cleanup_free char *found = strchr(words->words[0], '/') ? str_dup(words->words[0])
								: program_find(words->words[0]);
	if (found && access(found, X_OK) == 0)
		return 0;
	return error_set(why_not, "option %s: %s: no such program", option, words->words[0]);
}

static int command_probe(const void *any, const struct image *image, struct error *why_not)
{
	const struct machine_spec example = {.campaign_id = "0", .name = "example"};
	struct words words = {0};

	(void)image;
	int status = words_all(any, &example, &words, why_not);
	if (status == 0)
		status = check_program("start", &words.start, why_not);
	if (status == 0)
		status = check_program("stop", &words.stop, why_not);
	if (status == 0)
		status = check_program("reach", &words.reach, why_not);
	words_free(&words);
	return status;
}

/* Runs the stop command that a killed campaign recorded. */
static int stop_recorded(const char *path, struct error *e)
{
	cleanup_argv struct argv stop = {0};
	cleanup_free char *bytes = NULL;
	size_t count;

	if (file_read(path, WORDS_LIMIT, &bytes, &count, e) < 0)
		return -1;
	for (size_t at = strlen(bytes) + 1; at < count; at += strlen(bytes + at) + 1)
		argv_add(&stop, bytes + at);
	return stop_run(&stop, atof(bytes), path, e);
}

static void clean_id(const char *id, void (*report)(void *context, const char *line), void *context)
{
	cleanup_free char *run = own_run_dir(id);
	cleanup_dir DIR *dir = opendir(run);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		cleanup_free char *path = str_printf("%s/%s", run, entry->d_name);
		struct error e = {""};
		if (!dot || strcmp(dot, ".stop") != 0)
			continue;
		int status = stop_recorded(path, &e);
		cleanup_free char *line = str_printf("machine %.*s%s%s", (int)(dot - entry->d_name),
			entry->d_name, status < 0 ? ": its stop command failed: " : "", e.text);
		report(context, line);
	}
}

static int command_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	(void)e;
	char **ids = own_ids_to_clean(campaign_id);
	for (char **id = ids; *id; id++)
		clean_id(*id, report, context);
	own_ids_free(ids);
	return 0;
}

const struct driver driver_command = {
	.name = "command",
	.summary = "a machine that user-supplied commands start and stop",
	.options = command_rows,
	.options_size = sizeof(struct command_options),
	.caps = CAP_GUESTS,
	.check = command_check,
	.probe = command_probe,
	.start = command_start,
	.stop = command_stop,
	.clean = command_clean,
};
