/* kernbuild: builds a Linux kernel in the machine's scratch directory, from Debian's source package
 * in the image (kernel tare-steps runs make). Runs nothing. */
#include "bench/bench.h"

#include "bench/timing.h"
#include "bench/steps.h"

#define SOURCE_PACKAGE "linux-source-6.1"
#define SOURCE "/usr/src/" SOURCE_PACKAGE ".tar.xz"
#define TREE_NAME "tare-kernbuild"

struct kernbuild_options {
	int config;
	int64_t jobs, repetitions;
};

enum config { TINYCONFIG, ALLNOCONFIG, DEFCONFIG };

static const char *const configs[] = {[TINYCONFIG] = "tinyconfig",
	[ALLNOCONFIG] = "allnoconfig",
	[DEFCONFIG] = "defconfig",
	NULL};

static const struct option_row kernbuild_rows[] = {
	{"config", OPTION_CHOICE, offsetof(struct kernbuild_options, config), "tinyconfig", NULL,
		"configuration target of the kernel's makefile", 0, 0, configs},
	{"jobs", OPTION_INT, offsetof(struct kernbuild_options, jobs), "0", "1",
		"parallel jobs of make; 0: one per CPU of the machine", 0, 4096, NULL},
	{"repetitions", OPTION_INT, offsetof(struct kernbuild_options, repetitions), "1", "1",
		"measured builds, each from a clean tree", 1, 1000, NULL},
	{0},
};

static const struct metric kernbuild_metrics[] = {STEPS_METRICS(HEADLINE(1)), {0}};

static int kernbuild_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct kernbuild_options *o = options;
	cleanup_text struct text steps = {0}, tree = {0}, vmlinux = {0}, jobs = {0};
	unsigned cpus = role->cpus ? role->cpus : 1;

	if (!role->scratch_dir)
		return error_set(e, "kernbuild: no scratch directory");
	text_addf(&tree, "%s/" TREE_NAME, role->scratch_dir);
	text_addf(&vmlinux, "%s/vmlinux", tree.bytes);
	text_addf(&jobs, "-j%lld", o->jobs ? (long long)o->jobs : (long long)cpus);
	steps_add(&steps, false, "/bin/mkdir", tree.bytes, NULL);
	steps_add(&steps, false, "/bin/tar", "-C", tree.bytes, "--strip-components=1", "-xf",
		SOURCE, NULL);
	steps_add(&steps, false, "/usr/bin/make", "-s", "-C", tree.bytes, configs[o->config], NULL);
	for (int64_t i = 0; i < o->repetitions; i++) {
		steps_add(&steps, false, "/usr/bin/make", "-s", "-C", tree.bytes, "clean", NULL);
		steps_add(&steps, true, "/usr/bin/make", "-s", jobs.bytes, "-C", tree.bytes,
			"vmlinux", NULL);
		/* That vmlinux is an ELF file. */
		steps_add(&steps, false, "/usr/bin/readelf", "-lW", vmlinux.bytes, NULL);
	}
	steps_add(&steps, false, "/bin/rm", "-rf", tree.bytes, NULL);
	steps_command(&steps, out);
	/* For one CPU of 2020, and a minute to unpack and configure. */
	out->expected_s =
		60 + (o->config == DEFCONFIG ? 1800.0 : 120.0) * (double)o->repetitions / cpus;
	return 0;
}

static int kernbuild_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-steps", kernbuild_metrics, text, length, out, e);
}

static const char *kernbuild_why_not(const void *options, const struct machine_facts *facts)
{
	/* The group kernbuild of scripts/image.d/optional. */
	static const char *const needed[] = {SOURCE_PACKAGE, "gcc", "libc6-dev", "libelf-dev",
		"libssl-dev", "make", "flex", "bison", "bc", "perl", "xz-utils", NULL};
	const double tree_bytes = 4e9;

	(void)options;
	for (size_t i = 0; needed[i]; i++)
		if (!bench_image_has(facts, needed[i]))
			return "the image has no kernel source or compiler: tare image --with "
			       "kernbuild";
	if ((double)facts->scratch_bytes < tree_bytes)
		return "needs 4 GB of scratch storage";
	return NULL;
}

const struct benchmark bench_kernbuild = {
	.name = "kernbuild",
	.summary = "Linux kernel build: elapsed, user and system time (needs optional packages)",
	.source = "kernbench; as in Friebel, Biemueller 2008 and Birkenheuer et al. 2008",
	.options = kernbuild_rows,
	.options_size = sizeof(struct kernbuild_options),
	.metrics = kernbuild_metrics,
	.topology = TOPOLOGY_ONE,
	.command = kernbuild_command,
	.parse = kernbuild_parse,
	.why_not = kernbuild_why_not,
};
