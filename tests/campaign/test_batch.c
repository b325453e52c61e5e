/* Sites that are allocations of batch systems: what is derived from a job's environment, and from
 * what the batch system's commands print. These are stubs here, first in PATH; real ones are those
 * of tests/e2e/test_slurm.py. */
#include <math.h>
#include <sys/stat.h>

#include "campaign/file/batch.h"
#include "tests/campaign/campaign_test.h"

static char directory[64], path[4096];

static void write_program(const char *name, const char *script)
{
	char file[128];
	snprintf(file, sizeof(file), "%s/%s", directory, name);
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	fprintf(out, "#!/bin/sh\n%s\n", script);
	fclose(out);
	assert_int_equal(chmod(file, 0755), 0);
}

/* Two nodes of a job, of which the second has two CPUs more. */
static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/tare-batch-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s:%s", directory, getenv("PATH"));
	setenv("PATH", path, 1);
	setenv("TMPDIR", "/scratch/17", 1);
	setenv("SLURM_JOB_ID", "17", 1);
	unsetenv("SLURM_MEM_PER_NODE");
	unsetenv("SLURM_MEM_PER_CPU");
	write_program("scontrol", "printf 'n1\\nn2\\n'");
	write_program("squeue", "[ $3 != 17 ] || echo 1:00:00");
	write_program("srun",
		"for word; do case $word in n1) cpus=2-3;; n2) cpus=0,4-6;; esac; done\n"
		"printf 'Cpus_allowed:\\tff\\nCpus_allowed_list:\\t%s\\n' $cpus\n"
		"echo 'MemTotal:       8388608 kB'");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"scontrol", "squeue", "srun", "nodes", "ssh", "blaunch"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char file[128];
		snprintf(file, sizeof(file), "%s/%s", directory, names[i]);
		unlink(file);
	}
	return rmdir(directory);
}

static struct site *load(const char *name)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(name, &mistakes);
	for (size_t m = 0; m < mistakes.count; m++)
		print_error("%s\n", mistakes.lines[m]);
	assert_non_null(site);
	yaml_mistakes_free(&mistakes);
	return site;
}

static void test_slurm(void **state)
{
	(void)state;
	struct site *site = load("slurm");
	assert_int_equal(site->host_count, 2);
	assert_string_equal(site->hosts[1].name, "n2");
	assert_int_equal(site->hosts[0].cpus[0], 2);
	assert_int_equal(site->hosts[1].cpu_count, 4);
	assert_int_equal(site->cpus, 2); /* the smallest counts */
	assert_int_equal(site->memory_bytes, (uint64_t)7 << 30);
	assert_string_equal(site->work_dir, "/scratch/17");
	assert_string_equal(site->reach.words[0], "srun");
	assert_true(fabs(site->left_s - (3600 - 120)) < 1e-9);
	site_free(site);
}

static void test_memory(void **state)
{
	(void)state;
	setenv("SLURM_MEM_PER_CPU", "1000", 1);
	struct site *site = load("slurm");
	assert_int_equal(site->hosts[0].memory_bytes, (uint64_t)2000 << 20);
	site_free(site);
	setenv("SLURM_MEM_PER_NODE", "3000", 1);
	site = load("slurm");
	assert_int_equal(site->memory_bytes, (uint64_t)3000 << 20);
	site_free(site);
}

static void test_in_a_file(void **state)
{
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct site *site = site_text("site: s\nwork_dir: /data\nhosts: slurm\n", &mistakes);
	assert_non_null(site);
	assert_string_equal(site->work_dir, "/data");
	assert_int_equal(site->host_count, 2);
	site_free(site);
}

/* Not seen running: by the variables of their manuals. */
static void test_others(void **state)
{
	static const struct {
		const char *name, *job, *nodes, *reach;
	} cases[] = {
		{"pbs", "PBS_JOBID", "PBS_NODEFILE", "ssh"},
		{"lsf", "LSB_JOBID", "LSB_DJOB_HOSTFILE", "blaunch"},
	};
	char file[128];
	(void)state;
	snprintf(file, sizeof(file), "%s/nodes", directory);
	FILE *out = fopen(file, "w");
	fputs("n1\nn1\nn2\n", out);
	fclose(out);
	write_program("ssh", "exec srun \"$@\"");
	write_program("blaunch", "exec srun \"$@\"");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv(cases[i].job, "5", 1);
		setenv(cases[i].nodes, file, 1);
		struct site *site = load(cases[i].name);
		assert_int_equal(site->host_count, 2);
		assert_string_equal(site->reach.words[0], cases[i].reach);
		assert_true(site->ends_s == 0);
		site_free(site);
	}
}

static void refuse(const char *name, const char *why)
{
	struct yaml_mistakes mistakes = {0};
	assert_null(site_load(name, &mistakes));
	assert_int_equal(mistakes.count, 1);
	assert_non_null(strstr(mistakes.lines[0], why));
	yaml_mistakes_free(&mistakes);
}

static void test_refused(void **state)
{
	(void)state;
	write_program("squeue", "echo NOT_SET");
	refuse("slurm", "\"NOT_SET");
	write_program("squeue", "echo slurm_load_jobs error: Invalid job id specified; exit 1");
	refuse("slurm", "squeue: exit status 1: slurm_load_jobs");
	write_program("srun", "exit 1");
	refuse("slurm", "n1: the reach does not show");
	write_program("scontrol", "true");
	refuse("slurm", "no hosts");
	unsetenv("SLURM_JOB_ID");
	refuse("slurm", "slurm: not inside an allocation of Slurm: SLURM_JOB_ID is not set");
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {{"59:58\n", 3598}, {"1:02:03", 3723}, {"2-00:00:10\n", 172810}, {"0:05", 5},
		{"UNLIMITED\n", INFINITY}};
	static const char *const bad[] = {
		"", "INVALID", "NOT_SET", "12", "1:2:3:4", "x-1:00", "1:x"};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(batch_seconds(cases[i].text) == cases[i].seconds);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(isnan(batch_seconds(bad[i])));
}

static void test_over(void **state)
{
	static const struct {
		const char *script;
		bool over;
	} cases[] = {{"echo R", false}, {"echo CG", true}, {"echo PD", true}, {"echo RQ", true},
		{"exit 1", false}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_program("squeue", cases[i].script);
		assert_int_equal(batch_is_over(batch_find("slurm")), cases[i].over);
	}
	assert_false(batch_is_over(NULL));
	assert_false(batch_is_over(batch_find("pbs")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_slurm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test_setup_teardown(test_over, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
