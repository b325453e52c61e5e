/* Option rows: defaults, every type there and back, and errors that say what to write. */
#include "tests/base/base_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"

struct sample {
	bool direct;
	int64_t jobs, offset;
	double ratio, runtime_s;
	int64_t block_bytes;
	char *path, *note;
	int mode;
	struct number_list cpus, sizes_bytes, unset;
};

static const char *const modes[] = {"read", "write", "randread", NULL};

static const struct option_row rows[] = {
	{"direct", OPTION_BOOL, offsetof(struct sample, direct), "yes", NULL, "", 0, 0, NULL},
	{"jobs", OPTION_INT, offsetof(struct sample, jobs), "1", "1", "", 1, 64, NULL},
	{"offset", OPTION_INT, offsetof(struct sample, offset), "-5", "1", "", 0, 0, NULL},
	{"ratio", OPTION_REAL, offsetof(struct sample, ratio), "0.5", "1", "", 0, 1e300, NULL},
	{"runtime", OPTION_DURATION, offsetof(struct sample, runtime_s), "200ms", "s", "", 0.1, 60,
		NULL},
	{"block", OPTION_SIZE, offsetof(struct sample, block_bytes), "4096", "B", "", 512, 1 << 20,
		NULL},
	{"path", OPTION_STRING, offsetof(struct sample, path), "/tmp", NULL, "", 0, 0, NULL},
	{"note", OPTION_STRING, offsetof(struct sample, note), NULL, NULL, "", 0, 0, NULL},
	{"mode", OPTION_CHOICE, offsetof(struct sample, mode), "randread", NULL, "", 0, 0, modes},
	{"cpus", OPTION_INT_LIST, offsetof(struct sample, cpus), "0,2", "1", "", 0, 255, NULL},
	{"sizes", OPTION_SIZE_LIST, offsetof(struct sample, sizes_bytes), "0, 1K ,4M", "B", "", 0,
		0, NULL},
	{"unset", OPTION_INT_LIST, offsetof(struct sample, unset), NULL, NULL, "", 0, 0, NULL},
	{.name = NULL},
};

static int set_up(void **state)
{
	*state = options_new(rows, sizeof(struct sample));
	return 0;
}

static int tear_down(void **state)
{
	options_free(rows, *state);
	return 0;
}

static void defaults_are_applied(void **state)
{
	const struct sample *s = *state;

	assert_true(s->direct);
	assert_int_equal(s->jobs, 1);
	assert_int_equal(s->offset, -5);
	assert_true(s->ratio == 0.5);
	assert_true(s->runtime_s == 0.2);
	assert_int_equal(s->block_bytes, 4096);
	assert_string_equal(s->path, "/tmp");
	assert_null(s->note);
	assert_int_equal(s->mode, 2);
	assert_int_equal(s->cpus.count, 2);
	assert_int_equal(s->cpus.values[1], 2);
	assert_int_equal(s->sizes_bytes.count, 3);
	assert_int_equal(s->sizes_bytes.values[2], 4 << 20);
	assert_int_equal(s->unset.count, 0);
}

static void texts_go_there_and_back(void **state)
{
	static const struct {
		const char *name, *text, *back;
	} cases[] = {
		{"direct", "Off", "false"},
		{"direct", "true", "true"},
		{"jobs", "64", "64"},
		{"offset", "-9223372036854775808", "-9223372036854775808"},
		{"ratio", "1e3", "1000"},
		{"ratio", "0.1", "0.1"},
		{"ratio", "0.00001", "0.00001"},
		{"ratio", "-0", "0"},
		{"ratio", "0.30000000000000004", "0.30000000000000004"},
		{"ratio", "1e20", "1e+20"},
		{"runtime", "1min", "60s"},
		{"runtime", "250ms", "0.25s"},
		{"block", "512", "512"},
		{"block", "65536", "64K"},
		{"path", "/a b", "/a b"},
		{"path", "", ""},
		{"mode", "write", "write"},
		{"cpus", "255", "255"},
		{"sizes", "1024,1536", "1K,1536"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct option_row *row = option_find(rows, cases[i].name);
		struct error e;
		char *back;

		if (option_set(row, *state, cases[i].text, &e) < 0)
			fail_msg("%s", e.text);
		back = option_text(row, *state);
		assert_string_equal(back, cases[i].back);
		/* The canonical text means itself. */
		assert_int_equal(option_set(row, *state, back, &e), 0);
		free(back);
	}
}

static void unset_is_empty(void **state)
{
	char *note = option_text(option_find(rows, "note"), *state);
	char *unset = option_text(option_find(rows, "unset"), *state);

	assert_string_equal(note, "");
	assert_string_equal(unset, "");
	free(note);
	free(unset);
}

static void mistakes_say_what_to_write(void **state)
{
	static const struct {
		const char *name, *text, *error;
	} cases[] = {
		{"direct", "maybe", "direct: expected true or false, not \"maybe\""},
		{"jobs", "0", "jobs: must be between 1 and 64, not 0"},
		{"jobs", "65", "jobs: must be between 1 and 64, not 65"},
		{"jobs", "2x", "jobs: expected a whole number, not \"2x\""},
		{"jobs", " 2", "jobs: expected a whole number, not \" 2\""},
		{"jobs", "", "jobs: expected a whole number, not \"\""},
		{"jobs", "1.5", "jobs: expected a whole number, not \"1.5\""},
		{"offset", "99999999999999999999",
			"offset: the number 99999999999999999999 is too large"},
		{"ratio", "-0.1", "ratio: must be at least 0, not -0.1"},
		{"ratio", "nan", "ratio: expected a number, not \"nan\""},
		{"ratio", "0x1", "ratio: expected a number, not \"0x1\""},
		{"ratio", "1e999", "ratio: expected a number, not \"1e999\""},
		{"ratio", "5%", "ratio: expected a number, not \"5%\""},
		{"runtime", "2h", "runtime: must be between 0.1s and 60s, not 2h"},
		{"runtime", "soon",
			"runtime: expected a duration such as 10s, 200ms or 5min, not \"soon\""},
		{"block", "4Q", "block: expected a size such as 4K or 1MiB, not \"4Q\""},
		{"block", "2M", "block: must be between 512 and 1M, not 2M"},
		{"mode", "randred",
			"mode: expected read, write or randread, not \"randred\"; did you mean "
			"randread?"},
		{"mode", "trim", "mode: expected read, write or randread, not \"trim\""},
		{"cpus", "0,256", "cpus: must be between 0 and 255, not 256"},
		{"cpus", "0,,1", "cpus: expected a whole number, not \"\""},
		{"sizes", "1K,x", "sizes: expected a size such as 4K or 1MiB, not \"x\""},
		{"sizes", "", "sizes: expected a size such as 4K or 1MiB, not \"\""},
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct option_row *row = option_find(rows, cases[i].name);
		char *before = option_text(row, *state), *after;
		struct error e;

		assert_int_equal(option_set(row, *state, cases[i].text, &e), -1);
		assert_string_equal(e.text, cases[i].error);
		after = option_text(row, *state);
		assert_string_equal(before, after);
		free(before);
		free(after);
	}
}

static void rows_are_found(void **state)
{
	(void)state;
	assert_ptr_equal(option_find(rows, "jobs"), &rows[1]);
	assert_null(option_find(rows, "job"));
	assert_null(option_find(NULL, "jobs"));
	assert_true(option_is_list(option_find(rows, "sizes")));
	assert_true(option_is_list(option_find(rows, "cpus")));
	assert_false(option_is_list(option_find(rows, "jobs")));
}

static void nearest_is_near(void **state)
{
	static const char *const names[] = {"native", "container", "kvm-virtio", "kvm-emulated"};
	static const struct {
		const char *name, *nearest;
	} cases[] = {
		{"nativ", "native"},
		{"NATIVE", "native"},
		{"naitve", "native"},
		{"kvm_virtio", "kvm-virtio"},
		{"kvm-emulate", "kvm-emulated"},
		{"xen-pvh", NULL},
		{"", NULL},
		{"a-name-that-is-longer-than-any-name-has-reason-to-be-and-goes-on-and-on", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *found = nearest_name(cases[i].name, names, ARRAY_COUNT(names));

		if (cases[i].nearest)
			assert_string_equal(found, cases[i].nearest);
		else
			assert_null(found);
	}
	assert_null(nearest_name("x", NULL, 0));
}

static void hints_name_what_is_near(void **state)
{
	static const char *const names[] = {
		"native", "container", "kvm-virtio", "kvm-emulated", "kvm-virtio"};
	static const struct {
		const char *name, *hint;
	} cases[] = {
		{"nativ", "; did you mean \"native\"?"},
		{"kvm", "; did you mean \"kvm-virtio\" or \"kvm-emulated\"?"},
		{"emulated", "; did you mean \"kvm-emulated\"?"},
		{"vm", ""},
		{"xen-pvh", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *hint = nearest_hint(cases[i].name, names, ARRAY_COUNT(names));
		assert_string_equal(hint, cases[i].hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_are_applied, set_up, tear_down),
		cmocka_unit_test_setup_teardown(texts_go_there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unset_is_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mistakes_say_what_to_write, set_up, tear_down),
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(nearest_is_near),
		cmocka_unit_test(hints_name_what_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
