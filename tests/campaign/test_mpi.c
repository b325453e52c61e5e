/* MPI launchers: the command lines they build, and what they refuse to start when the far end's
 * output asks for it. No machine is needed: whatever is refused is refused before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/run/mpi.h"

enum { MACHINES = 3 };

/* What Open MPI 5.0.7 has in front of its daemon, as Debian 13's mpirun was seen to send it. */
#define PRTED_ENVIRONMENT \
	"PRTE_PREFIX=/usr;export PRTE_PREFIX;" \
	"LD_LIBRARY_PATH=/usr/lib:/usr/lib/x86_64-linux-gnu/pmix2/lib:$LD_LIBRARY_PATH;" \
	"export LD_LIBRARY_PATH;" \
	"DYLD_LIBRARY_PATH=/usr/lib:/usr/lib/x86_64-linux-gnu/pmix2/lib:$DYLD_LIBRARY_PATH;" \
	"export DYLD_LIBRARY_PATH;"

static const char *const names[MACHINES] = {"a", "b", "c"};
static const char *const addresses[MACHINES] = {"198.18.0.2", "198.18.0.3", "198.18.0.9"};

struct fixture {
	struct host_machine machines[MACHINES], *list[MACHINES];
	struct team team;
	struct command command;
	struct job main, *remotes[MACHINES];
	struct jobs jobs;
	struct mpi_job mpi;
};

/* A job over the first machines, each a seat of two CPUs. */
static void fixture_set(struct fixture *f, size_t machines)
{
	*f = (struct fixture){0};
	for (size_t i = 0; i < MACHINES; i++) {
		f->machines[i].name = (char *)names[i];
		f->machines[i].address = (char *)addresses[i];
		f->list[i] = &f->machines[i];
	}
	f->team = (struct team){
		.machines = f->list, .machine_count = machines, .seat_count = machines};
	f->mpi = (struct mpi_job){.jobs = &f->jobs,
		.team = &f->team,
		.command = &f->command,
		.ranks = 2 * (unsigned)machines,
		.ranks_per_machine = 2,
		.main = &f->main,
		.remotes = f->remotes};
}

static void fixture_output(struct fixture *f, const char *text)
{
	f->main.output = (char *)text;
	f->main.output_bytes = strlen(text);
}

static void test_command_lines(void **state)
{
	static const struct {
		const struct mpi_launcher *launcher;
		size_t machines;
		const char *expected;
	} cases[] = {
		{&mpi_hydra, 1, "/usr/bin/mpiexec.mpich -bind-to none -n 2"},
		{&mpi_hydra, 2,
			"/usr/bin/mpiexec.mpich -launcher manual -localhost 198.18.0.2 -hosts "
			"198.18.0.2:2,198.18.0.3:2 -bind-to none -n 4"},
		{&mpi_openmpi, 1,
			"/usr/bin/mpirun.openmpi --noprefix --allow-run-as-root --mca plm '^slurm' "
			"-H "
			"localhost:2 -x A=1 --bind-to none -n 2"},
		{&mpi_openmpi, 3,
			"/usr/bin/mpirun.openmpi --noprefix --allow-run-as-root --mca plm '^slurm' "
			"--leave-session-attached --mca plm_rsh_agent "
			"/usr/lib/tare/kernels/tare-rsh --mca plm_rsh_no_tree_spawn 1 --mca "
			"oob_tcp_if_include 198.18.0.2/28 --mca btl_tcp_if_include 198.18.0.2/28 "
			"-H localhost:2,198.18.0.3:2,198.18.0.9:2 -x A=1 --bind-to none -n 6"},
	};
	struct fixture f;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_argv struct argv argv = {0};
		fixture_set(&f, cases[i].machines);
		argv_add(&f.command.env, "A=1");
		assert_int_equal(cases[i].launcher->add(&f.mpi, &argv, &e), 0);
		cleanup_free char *text = argv_text(&argv);
		assert_string_equal(text, cases[i].expected);
		argv_free(&f.command.env);
	}
}

/* One name a rank, in the order of the machines. */
static void test_srun(void **state)
{
	static const char *const nodes[] = {"node7", "node3"};
	cleanup_argv struct argv argv = {0};
	struct fixture f;

	(void)state;
	fixture_set(&f, 2);
	setenv("SLURM_JOB_ID", "42", 1);
	mpi_srun_words(&f.mpi, nodes, 2, &argv);
	unsetenv("SLURM_JOB_ID");
	cleanup_free char *text = argv_text(&argv);
	assert_string_equal(text,
		"/usr/bin/srun --mpi=pmi2 --overlap --export=ALL --cpu-bind=none "
		"--distribution=arbitrary -w node7,node7,node3,node3 --jobid=42 -n 4");
}

/* Only what is whole asks for anything. */
static void test_asks(void **state)
{
	static const struct {
		const struct mpi_launcher *launcher;
		size_t machines;
		const char *output;
		bool asks;
	} cases[] = {
		{&mpi_hydra, 2, "HYDRA_LAUNCH: /usr/bin/hydra_pmi_proxy\n", false},
		{&mpi_hydra, 2, "HYDRA_LAUNCH: x\nHYDRA_LAUNCH_END\n", true},
		{&mpi_hydra, 1, "HYDRA_LAUNCH: x\nHYDRA_LAUNCH_END\n", false},
		{&mpi_openmpi, 2, "TARE_RSH tare-rsh.1 198.18.0.3 orted", false},
		{&mpi_openmpi, 2, "TARE_RSH tare-rsh.1 198.18.0.3 orted\n", true},
		{&mpi_openmpi, 1, "TARE_RSH tare-rsh.1 198.18.0.3 orted\n", false},
		{&mpi_openmpi, 2, "tare-mpi-pingpong 1\nTARE_RSH x y orted\n", false},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		fixture_set(&f, cases[i].machines);
		assert_false(cases[i].launcher->asks(&f.mpi));
		fixture_output(&f, cases[i].output);
		assert_int_equal(cases[i].launcher->asks(&f.mpi), cases[i].asks);
	}
}

static void test_refuses(void **state)
{
	static const struct {
		const struct mpi_launcher *launcher;
		const char *output, *reason;
	} cases[] = {
		{&mpi_hydra, "HYDRA_LAUNCH: /bin/sh -c x\nHYDRA_LAUNCH_END\n", "unexpected line"},
		{&mpi_hydra, "HYDRA_LAUNCH: \nHYDRA_LAUNCH_END\n", "unexpected line"},
		{&mpi_hydra, "HYDRA_LAUNCH_END\n", "0 proxies instead of 2"},
		{&mpi_hydra, "rubbish\nHYDRA_LAUNCH_END\n", "0 proxies instead of 2"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 sh -c x\n", "not orted"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 /tmp/orted\n", "not orted"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3\n", "starts nothing"},
		{&mpi_openmpi, "TARE_RSH ../../run/x 198.18.0.3 orted\n", "invalid name of a FIFO"},
		{&mpi_openmpi, "TARE_RSH tare-rsh. 198.18.0.3 orted\n", "invalid name of a FIFO"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.2 orted\n", "not another machine"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.9 orted\n", "not another machine"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 orted $HOME\n", "shell syntax"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 orted \"`id`\"\n", "shell syntax"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 orted ; id\n", "shell syntax"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 orted \"a\n", "unclosed quote"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 prted x\n", "not orted or prted"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 PRTE_PREFIX=/usr;/tmp/prted x\n",
			"shell syntax"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 A=1;/usr/bin/prted x\n",
			"shell syntax"},
		{&mpi_openmpi,
			"TARE_RSH tare-rsh.1 198.18.0.9 " PRTED_ENVIRONMENT "/usr/bin/prted x\n",
			"not another machine"},
		{&mpi_openmpi,
			"TARE_RSH tare-rsh.1 198.18.0.3 " PRTED_ENVIRONMENT
			"/usr/bin/prted x; id\n",
			"shell syntax"},
		{&mpi_openmpi, "TARE_RSH tare-rsh.1 198.18.0.3 orted \x1b[2J\n", "shell syntax"},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct error e = {""};
		fixture_set(&f, 2);
		fixture_output(&f, cases[i].output);
		assert_int_equal(cases[i].launcher->answer(&f.mpi, &e), -1);
		if (!strstr(e.text, cases[i].reason))
			fail_msg("%s: %s", cases[i].output, e.text);
		assert_null(f.remotes[1]);
	}
}

/* A second request for the same machine is refused, which is the last thing that is looked at. */
static void test_refuses_twice(void **state)
{
	static const char *const outputs[] = {"TARE_RSH tare-rsh.1 198.18.0.3 orted\n",
		"TARE_RSH tare-rsh.1 198.18.0.3 " PRTED_ENVIRONMENT
		"/usr/bin/prted --leave-session-attached --prtemca prte_hnp_uri "
		"\"prterun-m0-5563@0.0;tcp://198.18.0.2:38777:24\"\n"};
	struct fixture f;
	struct job job = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(outputs); i++) {
		struct error e = {""};
		fixture_set(&f, 2);
		fixture_output(&f, outputs[i]);
		f.remotes[1] = &job;
		assert_int_equal(mpi_openmpi.answer(&f.mpi, &e), -1);
		if (!strstr(e.text, "connected already"))
			fail_msg("%s", e.text);
	}
}

/* What is left has the reason in its last line. */
static void test_tidy(void **state)
{
	static const struct {
		const char *errors, *expected;
	} cases[] = {
		{"", ""},
		{"-----\n", ""},
		{"-----\nrank 1 died\n------\n", "rank 1 died\n"},
		{"a\n--\n---b\n---", "a\n--\n---b\n"},
		{"no newline", "no newline"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *text = str_dup(cases[i].errors);
		struct job job = {.errors = text, .errors_bytes = strlen(text)};
		mpi_openmpi.tidy(&job);
		assert_string_equal(job.errors, cases[i].expected);
		assert_int_equal(job.errors_bytes, strlen(cases[i].expected));
	}
	struct job silent = {0};
	mpi_openmpi.tidy(&silent);
	assert_null(silent.errors);
}

static void test_interface(void **state)
{
	static const struct {
		const char *lines, *expected;
	} cases[] = {
		{"5: tare-data    inet 198.18.0.11/24 scope global tare-data\\ valid_lft\n",
			"tare-data"},
		{"12: eth1.7 inet 198.18.0.11/24\n6: other inet\n", "eth1.7"},
		{"", NULL},
		{"eth0 inet", NULL},
		{"5: ", NULL},
		{"5: eth0,x inet", NULL},
		{"5: abcdefghijklmnop inet", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *name = mpi_interface(cases[i].lines);
		assert_string_equal(name ? name : "", cases[i].expected ? cases[i].expected : "");
	}
}

/* Machines that cannot tell each other apart are no MPI job. */
static void test_one_address(void **state)
{
	struct fixture f;
	struct error e = {""};
	bool interrupted = false;

	(void)state;
	fixture_set(&f, 2);
	f.machines[1].address = f.machines[0].address;
	char *end = NULL;
	assert_null(mpi_run(&f.jobs, &f.team, &f.command, &interrupted, &end, &e));
	assert_null(end);
	assert_string_equal(
		e.text, "a and b have one address, 198.18.0.2: ranks cannot reach each other");
}

/* A launcher that lost its daemon and says 0: both stand before what is wrong with the output. */
static void test_end(void **state)
{
	struct job good = {.state = JOB_DONE},
		   lost = {.state = JOB_DONE, .reason = "killed by signal 9", .exit_status = -1};
	char errors[] = "PRTE has lost communication with a remote daemon.\n";
	struct fixture f;

	(void)state;
	fixture_set(&f, 3);
	f.main.state = JOB_DONE;
	f.remotes[1] = &good;
	cleanup_free char *plain = mpi_end_text(&f.mpi, "mpirun");
	assert_string_equal(plain, "mpirun exited with status 0");
	f.remotes[2] = &lost;
	f.main.errors = errors;
	cleanup_free char *whole = mpi_end_text(&f.mpi, "mpirun");
	assert_string_equal(whole,
		"mpirun exited with status 0, what it had started in c: killed by signal 9; its "
		"last line of stderr: PRTE has lost communication with a remote daemon.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_srun),
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_refuses_twice),
		cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_one_address),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
