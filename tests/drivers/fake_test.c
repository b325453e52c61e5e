/* The fake driver: a job in it, and each of its faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "tests/drivers/rig.h"

static void runs_a_job(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *machine = rig_started("fake", 0, NULL);
	cleanup_free char *output = rig_shell(machine, "echo $((6 * 7)); pwd", &e);

	assert_non_null(output);
	assert_string_equal(strtok(output, "\n"), "42");
	assert_false(machine->emulated);
	machine_stop(machine);
}

static void emulated_and_noisy(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *machine =
		rig_started("fake", 0, (const char *const[]){"emulated=true", "noise=0.5", NULL});

	assert_true(machine->emulated);
	for (int i = 0; i < 5; i++) {
		cleanup_free char *output = rig_shell(machine, "echo hello", &e);
		if (!output)
			fail_msg("%s", e.text);
		assert_string_equal(output, "hello\n");
	}
	machine_stop(machine);
}

static void starts_late(void **state)
{
	(void)state;
	struct error e = {""};
	double begun_s = clock_monotonic_s();
	struct machine *machine =
		rig_started("fake", 0, (const char *const[]){"start_delay=400ms", NULL});

	/* rig_started itself does not wait, so that boots overlap. */
	assert_true(clock_monotonic_s() - begun_s < 0.3);
	assert_int_equal(agent_hello(machine->agent, 20, &e), 0);
	assert_true(clock_monotonic_s() - begun_s >= 0.4);
	machine_stop(machine);
}

static void hangs(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *machine = rig_started("fake", 0, (const char *const[]){"hang=true", NULL});

	assert_int_equal(agent_hello(machine->agent, 0.3, &e), -1);
	machine_stop(machine);
}

static void crashes(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *machine =
		rig_started("fake", 0, (const char *const[]){"crash_after=500ms", NULL});
	cleanup_free char *output = rig_shell(machine, "sleep 20", &e);

	assert_null(output);
	assert_non_null(strstr(e.text, "stream"));
	machine_stop(machine);
}

static unsigned failures(const char *const *settings, unsigned starts)
{
	unsigned count = 0;

	for (unsigned i = 0; i < starts; i++) {
		struct machine *machine = NULL;
		struct error e = {""};
		if (rig_start("fake", i, settings, &machine, &e) < 0) {
			assert_non_null(strstr(e.text, "as configured"));
			count++;
		}
		machine_stop(machine);
	}
	return count;
}

static void fails_to_start(void **state)
{
	(void)state;
	assert_int_equal(failures((const char *const[]){"fail_nth=4", NULL}, 40), 10);
	assert_int_equal(failures((const char *const[]){"fail_probability=1", NULL}, 5), 5);
	assert_in_range(failures((const char *const[]){"fail_probability=0.5", NULL}, 60), 15, 45);
}

/* Saved, it does not answer; restored, it goes on. Counters grow. */
static void saves_restores_and_counts(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *machine = rig_started("fake", 0, NULL);
	const struct driver *driver = machine->driver;
	struct storage_counters first, second;

	assert_int_equal(agent_hello(machine->agent, 20, &e), 0);
	assert_int_equal(driver->save(machine, &e), 0);
	assert_int_equal(agent_hello(machine->agent, 0.3, &e), -1);
	assert_int_equal(driver->restore(machine, &e), 0);
	cleanup_free char *output = rig_shell(machine, "echo on", &e);
	assert_string_equal(output, "on\n");
	assert_int_equal(driver->storage_counters(machine, &first, &e), 0);
	assert_int_equal(driver->storage_counters(machine, &second, &e), 0);
	assert_true(second.machine.writes > first.machine.writes && second.machine_known &&
		    second.host_known);
	/* Stopped while it is saved, it does not wait for an answer. */
	assert_int_equal(driver->save(machine, &e), 0);
	double begun_s = clock_monotonic_s();
	machine_stop(machine);
	assert_true(clock_monotonic_s() - begun_s < 2);
}

static void needs_an_agent(void **state)
{
	(void)state;
	const struct driver *driver = driver_find("fake");
	void *options = options_new(driver->options, driver->options_size);
	struct machine_spec spec = {.name = "x", .work_dir = "/", .options = options};
	struct machine *machine = NULL;
	struct error e = {""};

	assert_int_equal(driver->start(&spec, &machine, &e), -1);
	assert_null(machine);
	options_free(driver->options, options);
}

/* Without root: there is nothing that drivers_clean could look for. */
static int tear_down(void **state)
{
	(void)state;
	struct error e = {""};
	int status = dir_remove(rig.work_dir, &e);

	free(rig.work_dir);
	return status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_a_job),
		cmocka_unit_test(emulated_and_noisy),
		cmocka_unit_test(starts_late),
		cmocka_unit_test(saves_restores_and_counts),
		cmocka_unit_test(hangs),
		cmocka_unit_test(crashes),
		cmocka_unit_test(fails_to_start),
		cmocka_unit_test(needs_an_agent),
	};
	return cmocka_run_group_tests(tests, rig_set_up_bare, tear_down);
}
