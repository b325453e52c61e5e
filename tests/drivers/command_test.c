/* Driver command: command lines with placeholders, and a machine whose reach command is the agent
 * itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/placeholders.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

#define REACH "reach=" TARE_BINARY_DIR "/agent/tare-agent"

static const struct placeholder_value values[] = {{"name", "a b"}, {"index", "3"}, {NULL, NULL}};

static const struct {
	const char *text, *words; /* each between ‹ and ›; or the error */
} splits[] = {
	{"", ""},
	{"  true\t", "‹true›"},
	{"ssh -T root@{name} 'a  b'", "‹ssh›‹-T›‹root@a b›‹a  b›"},
	{"x\"y z\"'{index}'", "‹xy z3›"},
	{"'' \"\"", "‹›‹›"},
	{"it\"'\"s $HOME `a` \\", "‹it's›‹$HOME›‹`a`›‹\\›"},
	{"{nam}", "\"{nam}\": not one of the placeholders"},
	{"{name", "\"{name\": not one of the placeholders"},
	{"'open", "the quote ' is not closed"},
};

static void words_of_a_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(splits); i++) {
		cleanup_argv struct argv words = {0};
		struct error e = {""};
		char seen[256] = "";
		if (placeholders_split(splits[i].text, values, &words, &e) < 0) {
			assert_string_equal(e.text, splits[i].words);
			continue;
		}
		for (size_t w = 0; w < words.count; w++) {
			strcat(seen, "‹");
			strcat(seen, words.words[w]);
			strcat(seen, "›");
		}
		assert_string_equal(seen, splits[i].words);
	}
}

static struct machine *start(const char *const *settings, struct error *e)
{
	struct machine *machine = NULL;

	rig_start("command", 0, settings, &machine, e);
	return machine;
}

/* What start and stop were told, in files. */
static void starts_reaches_and_stops(void **state)
{
	(void)state;
	struct error e = {""};
	cleanup_free char *begun =
		str_printf("%s/begun-command-1-0-1-256-%s", rig.work_dir, rig.id);
	cleanup_free char *ended = str_printf("%s/ended-command-1", rig.work_dir);
	cleanup_free char *start_option =
		str_printf("start=touch '%s/begun-{name}-{index}-{cpus}-{memory_mib}-{campaign}'",
			rig.work_dir);
	cleanup_free char *stop_option = str_printf("stop=touch %s/ended-{name}", rig.work_dir);
	struct machine *machine = start((const char *const[]){start_option, stop_option, REACH,
						"address=198.18.0.{index}", "emulated=true", NULL},
		&e);

	if (!machine) {
		fail_msg("%s", e.text);
		return;
	}
	assert_true(file_exists(begun));
	assert_string_equal(machine->address, "198.18.0.0");
	assert_true(machine->emulated);
	cleanup_free char *output = rig_shell(machine, "echo $((6 * 7))", &e);
	assert_string_equal(output, "42\n");
	assert_false(file_exists(ended));
	machine_stop(machine);
	assert_true(file_exists(ended));
}

static void failures_are_named(void **state)
{
	(void)state;
	const struct {
		const char *const *settings, *message;
	} rows[] = {
		{(const char *const[]){"start=true", NULL}, "option reach: missing"},
		{(const char *const[]){"start=false", REACH, NULL}, "start: "},
		{(const char *const[]){"start=sleep 50", "start_limit=1s", REACH, NULL}, "sleep"},
		{(const char *const[]){"start=boot {host}", REACH, NULL},
			"option start: \"{host}\""},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct error e = {""};
		assert_null(start(rows[i].settings, &e));
		if (!strstr(e.text, rows[i].message))
			fail_msg("\"%s\" lacks \"%s\"", e.text, rows[i].message);
	}
}

static void report_line(void *context, const char *line)
{
	snprintf(context, 256, "%s", line);
}

/* The orchestrator dies; its record of the stop is what clean finds. */
static void clean_calls_stop(void **state)
{
	(void)state;
	struct error e = {""};
	cleanup_free char *ended = str_printf("%s/cleaned", rig.work_dir);
	cleanup_free char *stop_option = str_printf("stop=touch '%s'", ended);
	cleanup_free char *record = str_printf("/run/tare/%s/command-1.stop", rig.id);
	struct machine *machine = start((const char *const[]){stop_option, REACH, NULL}, &e);
	char line[256] = "";

	assert_non_null(machine);
	assert_true(file_exists(record));
	assert_int_equal(driver_find("command")->clean(rig.id, report_line, line, &e), 0);
	assert_true(file_exists(ended));
	assert_false(file_exists(record));
	assert_string_equal(line, "machine command-1");
	machine_stop(machine);
}

static void srun_has_to_be_unbuffered(void **state)
{
	static const struct {
		const char *reach;
		int status;
	} cases[] = {{"ssh node{index} tare-agent", 0}, {"srun -w node{index} tare-agent", -1},
		{"/usr/bin/srun --overlap -w node1 tare-agent", -1},
		{"srun --overlap --unbuffered -w node{index} tare-agent", 0},
		{"srun -u -w node{index} tare-agent", 0}, {"an unfinished 'word", 0}};
	const struct driver *driver = driver_find("command");

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_new(driver->options, driver->options_size);
		struct error e = {""};
		option_set(option_find(driver->options, "reach"), options, cases[i].reach, NULL);
		assert_int_equal(driver->check(options, 1, &e), cases[i].status);
		if (cases[i].status < 0)
			assert_non_null(strstr(e.text, "reach: srun without --unbuffered"));
		options_free(driver->options, options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_line),
		cmocka_unit_test(starts_reaches_and_stops),
		cmocka_unit_test(failures_are_named),
		cmocka_unit_test(srun_has_to_be_unbuffered),
		cmocka_unit_test(clean_calls_stop),
	};

	return RUN_AS_ROOT("command", tests, rig_set_up_bare, rig_tear_down);
}
