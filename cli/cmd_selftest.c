/* tare selftest: which differences this host can tell apart. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "cli/near.h"
#include "cli/selftest.h"
#include "cli/sources.h"

enum { DEFAULT_BLOCKS = 8, FEWEST_BLOCKS = 3, MOST_BLOCKS = 1000 };

/* Short benchmarks of each resource: CPU, floating point and memory, disk, network stack. */
static const char campaign_format[] =
	"# Written by tare selftest: the same target under two names. Nothing differs.\n"
	"campaign: selftest\n"
	"baseline: a\n"
	"targets:\n"
	"  - {target: %s, name: a}\n"
	"  - {target: %s, name: b}\n"
	"placements: [1x1]\n"
	"blocks: %u\n"
	"benchmarks:\n"
	"  - {benchmark: cpu, iterations: 5, work: 40}\n"
	"  - {benchmark: linpack, sizes: [100, 200, 400], repetitions: 3}\n"
	"  - {benchmark: disk, pattern: [seqread, randwrite], block_sizes: [4K, 64K], size: 64M,"
	" seconds: 1}\n"
	"  - {benchmark: latency, path: machine-to-host, count: 2000, seconds: 2}\n"
	"limits:\n"
	"  time: 1h\n"
	"  run: 3m\n"
	"  boot: 90s\n";

/* The campaign's file: the user's own, or the built-in one, written beside the results, where it
 * stays as it is when the self-test is continued. Freed by the caller. */
static char *campaign_path(
	const struct arguments *arguments, const char *directory, struct error *e)
{
	const char *own = flag_value(arguments, 'c'), *target = flag_value(arguments, 't');
	cleanup_free char *path = str_printf("%s/selftest.yaml", directory);
	cleanup_text struct text yaml = {0};
	uint64_t blocks = DEFAULT_BLOCKS;

	if (own)
		return str_dup(own);
	if (store_exists(directory) && (target || flag_value(arguments, 'b'))) {
		error_set(e,
			"%s holds a self-test; leave --blocks and --target out to continue it, or "
			"give another --out",
			directory);
		return NULL;
	}
	if (store_exists(directory) && file_exists(path))
		return take_ptr(path);
	if (flag_number(arguments, 'b', FEWEST_BLOCKS, MOST_BLOCKS, &blocks, e) < 0)
		return NULL;
	target = target ? target : "native";
	text_addf(&yaml, campaign_format, target, target, (unsigned)blocks);
	if (dir_make(directory, e) < 0 || file_write(path, yaml.bytes, yaml.count, e) < 0)
		return NULL;
	return take_ptr(path);
}

static int run(const struct arguments *arguments, const char *directory, struct error *e)
{
	cleanup_free char *path = campaign_path(arguments, directory, e);

	return path ? common_run_file(flag_value(arguments, 's'), path, directory,
			      flag_given(arguments, 'q'), e)
		    : EXIT_USAGE;
}

static int show(const char *directory, struct error *e)
{
	struct source source;
	cleanup_text struct text text = {0};
	int status = -1;

	if (source_open(directory, &source, e) < 0)
		return EXIT_USAGE;
	status = selftest_report(source.data, &text, e);
	source_close(&source);
	if (status < 0 || sources_write(NULL, &text, e) < 0)
		return EXIT_USAGE;
	return status ? EXIT_INCONCLUSIVE : EXIT_OK;
}

static bool is_absent(const char *directory)
{
	cleanup_free char *path = str_printf("%s/campaign.sqlite", directory);

	return access(path, F_OK) < 0 && errno == ENOENT;
}

int cmd_selftest(const struct arguments *arguments, struct error *e)
{
	cleanup_free char *directory = common_result_directory(arguments, "selftest");
	int measured = EXIT_OK, shown;

	if (flag_given(arguments, 'r') && is_absent(directory)) {
		error_set(e, "there is no self-test in %s; `tare selftest` makes one", directory);
		near_add_hint(directory, NEAR_CAMPAIGNS, e);
		return EXIT_USAGE;
	}
	if (!flag_given(arguments, 'r'))
		measured = run(arguments, directory, e);
	if (measured == EXIT_USAGE || measured == EXIT_INTERRUPTED)
		return measured;
	shown = show(directory, e);
	return shown == EXIT_OK ? measured : shown;
}
