/* Single runs over plain processes as machines: what becomes of machines that die, of what was set
 * in them, and of the probes of their clocks. */
#include "tests/campaign/campaign_test.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "tests/campaign/rig.h"

/* --- a benchmark ------------------------------------------------------------------------------ */

static struct {
	const char *shell; /* what it runs */
	void (*parsed)(void); /* called when a run is over, before the clock is probed again */
	char output[4096]; /* of the machine whose output was parsed last */
} echo;

static int echo_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	(void)options;
	(void)role;
	(void)e;
	argv_add_all(&out->argv, "/bin/sh", "-c", echo.shell, NULL);
	return 0;
}

static int echo_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	snprintf(echo.output, sizeof(echo.output), "%.*s", (int)length, text);
	if (echo.parsed)
		echo.parsed();
	return bench_samples_add(out, 0, 0, 1, e);
}

static const struct metric echo_metrics[] = {{.name = "echo", .unit = "1"}, {0}};

static const struct benchmark echo_benchmark = {.name = "echo",
	.topology = TOPOLOGY_ONE,
	.metrics = echo_metrics,
	.command = echo_command,
	.parse = echo_parse};

/* Runs it in every machine of the rig's team, under the conditions. */
static void run(struct rig *rig, const struct conditions *conditions, struct outcome *outcome)
{
	struct campaign_benchmark b = {.benchmark = &echo_benchmark,
		.all_machines = true,
		.conditions = (struct conditions *)conditions};

	run_cell(&rig->context, &rig->team, &b, 7, outcome);
}

static const struct driver *fake(void)
{
	return driver_find("fake");
}

/* --- machines that die ------------------------------------------------------------------------ */

/* A machine that died while nothing ran is lost to the next run, whatever that needed of it. */
static void test_death_between_runs(void **state)
{
	struct rig *rig = rig_new(fake(), 2, "crash_after=600ms");
	struct outcome outcome;

	(void)state;
	echo.shell = "true";
	echo.parsed = NULL;
	clock_sleep_s(0.9);
	run(rig, NULL, &outcome);
	assert_non_null(strstr(outcome.failure.text, "stream"));
	assert_true(outcome.lost);
	assert_true(isnan(outcome.clocks.readings[0].after_s));
	outcome_free(&outcome);
	rig_free(rig);
}

/* One that takes no part in the run. */
static void test_death_of_another(void **state)
{
	struct rig *rig = rig_new(fake(), 1, NULL);
	struct rig *dying = rig_new(fake(), 1, "crash_after=600ms");
	struct host_machine *both[] = {rig->machines[0], dying->machines[0]};
	struct outcome outcome;

	(void)state;
	echo.shell = "sleep 1";
	rig->team.machines = both;
	rig->team.machine_count = 2;
	run(rig, NULL, &outcome);
	assert_string_equal(outcome.failure.text, "");
	assert_int_equal(outcome.sample_count, 1);
	assert_true(outcome.lost);
	/* The next run has another boot's clock: no offset may join the two. */
	assert_true(isnan(outcome.clocks.readings[0].after_s));
	outcome_free(&outcome);
	rig->team.machines = rig->machines;
	rig->team.machine_count = 1;
	rig_free(rig);
	rig_free(dying);
}

/* --- probes of clocks ------------------------------------------------------------------------- */

enum { DELAY_US = 30000 };

/* A stream that takes its time from a machine to us. */
static struct {
	struct agent *direct; /* the driver's own */
	int from, to;
	atomic_bool slow;
	pthread_t thread;
} relay;

static void *relay_main(void *context)
{
	char piece[4096];
	struct pollfd fd = {.fd = relay.from, .events = POLLIN};
	ssize_t count;

	while (poll(&fd, 1, -1) > 0 && (count = read(relay.from, piece, sizeof(piece))) > 0) {
		if (atomic_load(&relay.slow))
			usleep(DELAY_US);
		if (write(relay.to, piece, (size_t)count) != count)
			break;
	}
	close(relay.from);
	close(relay.to);
	return context;
}

static int relay_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	int from, to, pipe_fds[2];

	if (fake()->start(spec, out, e) < 0)
		return -1;
	relay.direct = (*out)->agent;
	agent_stream(relay.direct, &from, &to);
	assert_int_equal(pipe(pipe_fds), 0);
	relay.from = dup(from);
	relay.to = pipe_fds[1];
	(*out)->agent = agent_new("slow", pipe_fds[0], dup(to), 0);
	atomic_store(&relay.slow, false);
	assert_int_equal(pthread_create(&relay.thread, NULL, relay_main, NULL), 0);
	return 0;
}

static void relay_stop(struct machine *machine)
{
	fake()->stop(machine);
	agent_free(relay.direct);
	pthread_join(relay.thread, NULL);
}

static void relay_turn(void)
{
	atomic_store(&relay.slow, !atomic_load(&relay.slow));
}

/* The offsets' change is as unsure as the worse of the two probes, whichever that was. */
static void test_worse_probe_counts(void **state)
{
	struct driver driver = *fake();

	(void)state;
	driver.start = relay_start;
	driver.stop = relay_stop;
	echo.shell = "true";
	for (int slow_first = 0; slow_first < 2; slow_first++) {
		struct rig *rig = rig_new(&driver, 1, NULL);
		struct outcome outcome;

		rig->machines[0]->driver = &driver;
		atomic_store(&relay.slow, slow_first);
		echo.parsed = relay_turn;
		run(rig, NULL, &outcome);
		echo.parsed = NULL;
		assert_string_equal(outcome.failure.text, "");
		assert_int_equal(outcome.clocks.count, 1);
		assert_true(isfinite(outcome.clocks.readings[0].before_s));
		assert_true(isfinite(outcome.clocks.readings[0].after_s));
		assert_true(outcome.clocks.readings[0].error_s >= DELAY_US * 1e-6 / 2);
		outcome_free(&outcome);
		rig_free(rig);
	}
}

/* In each machine that takes part, whatever its number of seats. */
static void test_clocks_of_all_that_take_part(void **state)
{
	struct rig *rig = rig_new(fake(), 3, NULL);
	struct campaign_benchmark b = {.benchmark = &echo_benchmark};
	struct outcome outcome;

	(void)state;
	echo.shell = "true";
	echo.parsed = NULL;
	for (int all = 0; all < 2; all++) {
		b.all_machines = all;
		run_cell(&rig->context, &rig->team, &b, 7, &outcome);
		assert_string_equal(outcome.failure.text, "");
		assert_int_equal(outcome.clocks.count, all ? 3 : 1);
		for (unsigned i = 0; i < outcome.clocks.count; i++) {
			const struct clock_reading *reading = &outcome.clocks.readings[i];
			assert_int_equal(reading->seat, i);
			/* They are this machine's. */
			assert_true(fabs(reading->before_s) <= reading->error_s + 1e-3);
			assert_true(fabs(reading->after_s) <= reading->error_s + 1e-3);
			assert_true(reading->error_s > 0);
		}
		outcome_free(&outcome);
	}
	rig_free(rig);
}

/* --- the network's conditions ----------------------------------------------------------------- */

/* In a mount namespace of the test's own, ip and tc are a script that keeps in a directory what
 * they would have made of each machine's interface: the files limit-ethN and netem-ethN. A file
 * COMMAND-ethN holds what befalls that command there. */
static const char script[] =
	"#!/bin/sh\n"
	"cd %s || exit 1\n"
	"all=\"$0 $*\"\n"
	"befall() {\n"
	"	[ -e \"$1\" ] || return 0\n"
	"	case $(cat \"$1\") in\n"
	"	refuse) echo \"RTNETLINK answers: no\" >&2; exit 2 ;;\n"
	"	die) kill -9 $PPID ;;\n"
	"	esac\n"
	"}\n"
	"case $all in\n"
	"*' address show to '*) n=${all##*.}; echo \"2: eth$n    inet 127.0.0.$n/8 scope\" ;;\n"
	"*' link show dev '*) i=${all##* }; echo \"2: $i: <UP> gso_max_size 65536 "
	"gso_max_segs\"\\\n"
	"	\"$(cat limit-$i) tso_max_size 65536\" ;;\n"
	"*' gso_max_segs '*) i=$4; befall limit_$6-$i; echo $6 >limit-$i ;;\n"
	"*' qdisc replace '*) befall replace-$4; echo on >netem-$4 ;;\n"
	"*' qdisc del '*) befall del-$4; rm netem-$4 ;;\n"
	"*) exit 3 ;;\n"
	"esac\n";

static char kept_dir[] = "/tmp/tare-test-XXXXXX";

static void keep(const char *name, const char *text)
{
	cleanup_free char *path = str_printf("%s/%s", kept_dir, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
}

/* What was kept in that file; "" if it is not there. Valid until the next call. */
static const char *kept(const char *name)
{
	static char *bytes;
	cleanup_free char *path = str_printf("%s/%s", kept_dir, name);
	size_t length;
	free(bytes);
	bytes = NULL;
	if (file_read(path, 4096, &bytes, &length, NULL) < 0)
		return "";
	return bytes;
}

static int cover_programs(void **state)
{
	static const char *const programs[] = {"/sbin/ip", "/sbin/tc"};
	cleanup_free char *text = NULL, *path = NULL;

	(void)state;
	if (!mkdtemp(kept_dir) ||
		(unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0))
		return 0; /* the tests find no script and are skipped */
	text = str_printf(script, kept_dir);
	keep("script", text);
	path = str_printf("%s/script", kept_dir);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_COUNT(programs); i++)
		if (mount(path, programs[i], NULL, MS_BIND, NULL) < 0)
			return 0;
	keep("covered", "");
	return 0;
}

static int remove_kept(void **state)
{
	(void)state;
	return dir_remove(kept_dir, NULL);
}

/* told-N has 127.0.0.N, and so ethN. */
static int addressed_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	if (fake()->start(spec, out, e) < 0)
		return -1;
	free((*out)->address);
	(*out)->address = str_printf("127.0.0.%u", spec->index + 1);
	return 0;
}

enum { MACHINES = 3 };

static const struct {
	const char *what, *befalls, *how; /* file, and what is in it; NULL: nothing */
	const char *failure; /* part of it */
	bool lost;
	unsigned dead; /* number of the machine that died; 0: none */
} link_cases[] = {
	{"nothing", NULL, NULL, "", false, 0},
	{"tc refused in one", "replace-eth2", "refuse", "told-2: exited with status 2", false, 0},
	{"ip refused in one", "limit_1-eth3", "refuse", "told-3: exited with status 2", false, 0},
	{"dead at tc", "replace-eth2", "die", "told-2: ", true, 2},
	{"dead at ip", "limit_1-eth1", "die", "told-1: ", true, 1},
	{"tc cannot be undone", "del-eth3", "refuse", "", true, 0},
	{"ip cannot be undone", "limit_64-eth2", "refuse", "", true, 0},
	{"dead when it is undone", "del-eth1", "die", "", true, 1},
};

static void assert_undone(size_t c)
{
	for (unsigned m = 1; m <= MACHINES; m++) {
		cleanup_free char *netem = str_printf("netem-eth%u", m);
		cleanup_free char *limit = str_printf("limit-eth%u", m);
		bool refused = link_cases[c].befalls && !link_cases[c].dead && link_cases[c].lost &&
			       strchr(link_cases[c].befalls, (int)('0' + m));
		if (m == link_cases[c].dead || refused)
			continue;
		if (*kept(netem) || strcmp(kept(limit), "64\n") != 0)
			fail_msg("%s: told-%u is left with %s%s", link_cases[c].what, m,
				*kept(netem) ? "netem and a limit of " : "a limit of ",
				kept(limit));
	}
}

static void one_link_case(size_t c, const struct driver *driver)
{
	static const struct conditions conditions = {.loss = 0.01};
	struct outcome outcome;

	for (unsigned m = 1; m <= MACHINES; m++) {
		cleanup_free char *limit = str_printf("limit-eth%u", m);
		cleanup_free char *netem = str_printf("%s/netem-eth%u", kept_dir, m);
		keep(limit, "64\n");
		unlink(netem);
	}
	if (link_cases[c].befalls)
		keep(link_cases[c].befalls, link_cases[c].how);
	struct rig *rig = rig_new(driver, MACHINES, NULL);
	run(rig, &conditions, &outcome);
	if (!strstr(outcome.failure.text, link_cases[c].failure) ||
		(!*link_cases[c].failure && *outcome.failure.text))
		fail_msg("%s: \"%s\"", link_cases[c].what, outcome.failure.text);
	if (outcome.lost != link_cases[c].lost)
		fail_msg("%s: lost: %d", link_cases[c].what, outcome.lost);
	assert_undone(c);
	if (!*link_cases[c].failure) {
		assert_string_equal(echo.output, "1\n1\n1\non\non\non\n");
		assert_non_null(strstr(
			outcome.command, "told-2: /sbin/ip link set dev eth2 gso_max_segs 1\n"));
		assert_non_null(strstr(outcome.command,
			"told-3: /sbin/tc qdisc replace dev eth3 root netem limit 1000 loss"));
	}
	outcome_free(&outcome);
	rig_free(rig);
	if (link_cases[c].befalls) {
		cleanup_free char *path = str_printf("%s/%s", kept_dir, link_cases[c].befalls);
		assert_int_equal(unlink(path), 0);
	}
}

/* What was set holds while the run lasts, and is as it was afterwards wherever that can be; where
 * it cannot, the machines are lost. */
static void test_links(void **state)
{
	struct driver driver = *fake();
	cleanup_free char *shell = str_printf("cd %s && cat limit-eth? netem-eth?", kept_dir);
	cleanup_free char *covered = str_printf("%s/covered", kept_dir);

	(void)state;
	if (access(covered, F_OK) != 0) {
		print_message("needs root, or user namespaces, and iproute2\n");
		skip();
	}
	driver.start = addressed_start;
	driver.caps |= CAP_OWN_NETWORK;
	echo.shell = shell;
	for (size_t c = 0; c < ARRAY_COUNT(link_cases); c++)
		one_link_case(c, &driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_death_between_runs),
		cmocka_unit_test(test_death_of_another),
		cmocka_unit_test(test_worse_probe_counts),
		cmocka_unit_test(test_clocks_of_all_that_take_part),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, cover_programs, remove_kept);
}
