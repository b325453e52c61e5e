/* How the programs of the image are compiled, read back from their machine code: packed SSE2 where
 * a vector unit is what is measured, and nowhere an instruction that not every x86-64 CPU has. */
#include "harness.h"

#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

#define KERNELS TARE_BINARY_DIR "/kernels"

/* Lines of the disassembly that match. Read from a pipe: it is longer than what process_run
 * keeps. */
static size_t count_code(const char *program, const char *pattern)
{
	cleanup_argv struct argv argv = {0};
	cleanup_free char *line = NULL;
	size_t capacity = 0, lines = 0, matches = 0;
	struct error e = {""};
	regex_t regex;
	pid_t pid;
	int in, out;

	argv_add_all(&argv, "objdump", "-d", "--no-show-raw-insn", program, NULL);
	assert_int_equal(process_spawn(&argv, NULL, &pid, &in, &out, &e), 0);
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	FILE *pipe = fdopen(out, "r");
	assert_non_null(pipe);
	while (getline(&line, &capacity, pipe) > 0) {
		lines++;
		matches += regexec(&regex, line, 0, NULL, 0) == 0;
	}
	regfree(&regex);
	fclose(pipe);
	close(in);
	process_end(pid, 10);
	assert_true(lines > 100); /* a program, not a message */
	return matches;
}

static void test_packed(void **state)
{
	static const struct {
		const char *program, *pattern;
		size_t least;
	} cases[] = {
		/* 8 rotations of 6 operations, two lanes each, unrolled or not */
		{KERNELS "/tare-cpu", "\t(mulpd|addpd|subpd) ", 18},
		/* what reduces the ranks' times is vectorised, too: the flags are the same */
		{KERNELS "/tare-mpi-collectives", "\t(divpd|mulpd|addpd) ", 1},
		{KERNELS "/tare-mpi-collectives-openmpi", "\t(divpd|mulpd|addpd) ", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count = count_code(cases[i].program, cases[i].pattern);

		if (count < cases[i].least)
			fail_msg("%s has %zu packed instructions", cases[i].program, count);
	}
}

/* STREAM, DGEMM's and FFT's loops that are HPCC's own: in the image, where there is one. */
static void test_packed_hpcc(void **state)
{
	const char *cache = getenv("TARE_CACHE");
	cleanup_free char *hpcc = str_printf(
		"%s/images/current/root/usr/bin/hpcc", cache && *cache ? cache : "/var/cache/tare");

	(void)state;
	if (access(hpcc, R_OK) < 0)
		skip();
	assert_true(count_code(hpcc, "\t(mulpd|addpd) ") > 100);
	assert_int_equal(count_code(hpcc, "%[yz]mm"), 0);
}

/* AVX and later by their registers, fused multiplication and SSE3 to SSE4.2 by their names. */
static void test_baseline(void **state)
{
	static const char pattern[] =
		"%[yz]mm|\t(vfm|v?pshufb|v?palignr|v?pabs|v?haddp|v?hsubp|v?addsubp|v?pmulld|"
		"v?pminu[wd]|v?pmins[bd]|v?blendv|v?round[sp]|v?insertps|popcnt|crc32)";
	glob_t found;

	(void)state;
	assert_int_equal(glob(KERNELS "/tare-*", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t count = count_code(found.gl_pathv[i], pattern);

		if (count)
			fail_msg("%s has %zu instructions that not every x86-64 CPU has",
				found.gl_pathv[i], count);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_packed_hpcc),
		cmocka_unit_test(test_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
