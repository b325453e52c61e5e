/* tare slurm: the job script of a campaign that goes on, job after job, until it is done. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "campaign/file/campaign.h"
#include "cli/verbs.h"

static const double submit_timeout_s = 60;

/* So many hosts that every placement fits; what a job really gets, `tare run` checks. */
enum { HOSTS_IMAGINED = 1024, CPUS_IMAGINED = 4096 };

static struct site imagined_site(void)
{
	static char name[] = "slurm";

	return (struct site){.name = name,
		.host_count = HOSTS_IMAGINED,
		.cpus = CPUS_IMAGINED,
		.memory_bytes = (uint64_t)1 << 50};
}

/* The hosts of the largest placement that names a number; a placement of all hosts takes what there
 * is. */
static unsigned nodes_needed(const struct campaign *campaign)
{
	unsigned most = 1;

	for (size_t p = 0; p < campaign->placement_count; p++)
		if (campaign->placements[p].hosts > most &&
			campaign->placements[p].hosts < HOSTS_IMAGINED)
			most = campaign->placements[p].hosts;
	return most;
}

/* "~/x" of no shell: relative paths are of this directory. Caller frees. */
static char *absolute(const char *path)
{
	char here[PATH_MAX];

	if (path[0] == '/' || !getcwd(here, sizeof(here)))
		return str_dup(path);
	return str_printf("%s/%s", here, path);
}

/* The command of the job, quoted for its shell. */
static void add_command(
	const struct arguments *arguments, const char *directory, struct text *script)
{
	static const struct {
		char key;
		const char *option;
	} passed[] = {{'S', "--set"}, {'s', "--site"}};
	char self[PATH_MAX] = "tare";
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	cleanup_argv struct argv argv = {0};
	cleanup_free char *campaign = absolute(arguments->positionals[0]);
	cleanup_free char *out = absolute(directory);

	self[length > 0 ? (size_t)length : strlen("tare")] = '\0';
	argv_add_all(&argv, self, "run", campaign, "--out", out, NULL);
	for (size_t i = 0; i < ARRAY_COUNT(passed); i++) {
		const char *value = flag_value(arguments, passed[i].key);
		if (value)
			argv_add_all(&argv, passed[i].option, value, NULL);
	}
	if (!flag_given(arguments, 's'))
		argv_add_all(&argv, "--site", "slurm", NULL);
	cleanup_free char *words = argv_text(&argv);
	text_add(script, words);
}

/* The options of sbatch that were given come last, because its last one of a name counts. */
static void add_options(
	const struct arguments *arguments, const struct campaign *campaign, struct text *script)
{
	cleanup_argv struct argv given = {0};

	text_addf(script,
		"#SBATCH --job-name=%s\n"
		"#SBATCH --nodes=%u --ntasks-per-node=1 --exclusive\n"
		"#SBATCH --requeue --open-mode=append --signal=B:TERM@60\n",
		campaign->name, nodes_needed(campaign));
	for (size_t i = 1; i < arguments->count; i++)
		argv_add(&given, arguments->positionals[i]);
	cleanup_free char *words = argv_text(&given);
	if (given.count > 0)
		text_addf(script, "#SBATCH %s\n", words);
}

static char *job_script(
	const struct arguments *arguments, const struct campaign *campaign, const char *directory)
{
	struct text script = {0};

	text_add(&script, "#!/bin/bash\n"
			  "# The job of a campaign: it is requeued until the campaign is done.\n");
	add_options(arguments, campaign, &script);
	text_add(&script, "trap 'kill -TERM $tare' TERM\n");
	add_command(arguments, directory, &script);
	text_add(&script, " & tare=$!\n"
			  "wait $tare; status=$?\n"
			  "while kill -0 $tare 2>/dev/null; do wait $tare; status=$?; done\n"
			  "trap '' TERM\n"
			  "# 3: interrupted, or the time is over; the same command continues.\n"
			  "[ $status != 3 ] || scontrol requeue $SLURM_JOB_ID\n"
			  "exit $status\n");
	return text_take(&script);
}

/* The script is kept beside the results: it says later how the job was run. */
static int submit(const char *script, const char *directory, struct error *e)
{
	cleanup_free char *path = str_printf("%s/job.sh", directory);
	cleanup_argv struct argv argv = {0};
	struct process_result result;

	if (dir_make(directory, e) < 0 || file_write(path, script, strlen(script), e) < 0)
		return -1;
	argv_add_all(&argv, "sbatch", path, NULL);
	if (process_run(&argv, submit_timeout_s, &result, e) < 0)
		return -1;
	int status = result.exit_status == 0 ? 0
					     : error_set(e, "sbatch: exit status %d: %s",
						       result.exit_status, result.output);
	if (status == 0)
		printf("%s%s is its script; `tare report %s` shows what is measured so far\n",
			result.output, path, directory);
	process_result_free(&result);
	return status;
}

int cmd_slurm(const struct arguments *arguments, struct error *e)
{
	const struct site site = imagined_site();
	struct yaml_mistakes mistakes = {0};
	const char *stray = arguments->count > 1 ? arguments->positionals[1] : "-";

	if (stray[0] != '-') {
		error_set(e, "unexpected argument \"%s\"; options of sbatch follow --", stray);
		return EXIT_USAGE;
	}
	struct campaign *campaign = campaign_load(
		arguments->positionals[0], flag_value(arguments, 'S'), &site, &mistakes);
	if (common_print_mistakes(&mistakes) < 0)
		return EXIT_USAGE;
	cleanup_free char *directory = common_result_directory(arguments, campaign->name);
	cleanup_free char *script = job_script(arguments, campaign, directory);
	int status = EXIT_OK;
	if (!flag_given(arguments, 'b'))
		fputs(script, stdout);
	else if (submit(script, directory, e) < 0)
		status = EXIT_USAGE;
	campaign_free(campaign);
	return status;
}
