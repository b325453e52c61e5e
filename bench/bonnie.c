/* bonnie: Debian's bonnie++ in the machine's scratch directory; parses its CSV line. Knows nothing
 * about the storage there. */
#include "bench/bench.h"

#include <string.h>

#include "base/array.h"
#include "bench/read.h"

#define FORMAT_VERSION "1.98"

enum { FIELDS = 50, FIRST_LATENCY = 38, MEBIBYTE = 1 << 20, FILES_UNIT = 1024 };

struct bonnie_options {
	int64_t size_bytes, files;
	bool per_char, direct;
};

static const struct option_row bonnie_rows[] = {
	{"size", OPTION_SIZE, offsetof(struct bonnie_options, size_bytes), "0", "B",
		"size of the file; 0: twice the machine's memory, so that it cannot be cached", 0,
		0x1p50, NULL},
	{"files", OPTION_INT, offsetof(struct bonnie_options, files), "16", "1024",
		"files to create, stat and delete, in units of 1024; 0: skip these tests", 0, 1024,
		NULL},
	{"per_char", OPTION_BOOL, offsetof(struct bonnie_options, per_char), "false", NULL,
		"also write and read single bytes, a system call each: slow", 0, 0, NULL},
	{"direct", OPTION_BOOL, offsetof(struct bonnie_options, direct), "false", NULL,
		"O_DIRECT for the blocks of the big file", 0, 0, NULL},
	{0},
};

/* The tests in the order of bonnie++'s latencies: M(name, field of its value, unit,
 * rank as a headline or 0, help). Every
 * value is followed by its CPU use. */
#define TESTS(M) \
	M(char_write, 9, "MB/s", 0, "sequential writes of one byte each") \
	M(block_write, 11, "MB/s", 1, "sequential writes of 8 KiB blocks, flushed at the end") \
	M(rewrite, 13, "MB/s", 0, "blocks read, changed and written back") \
	M(char_read, 15, "MB/s", 0, "sequential reads of one byte each") \
	M(block_read, 17, "MB/s", 2, "sequential reads of 8 KiB blocks") \
	M(seeks, 19, "1/s", 3, "random seeks by several processes, every tenth block rewritten") \
	M(create, 26, "1/s", 0, "files created, in the order of their names") \
	M(stat, 28, "1/s", 0, "files looked up, in the order of their names") \
	M(delete, 30, "1/s", 0, "files deleted, in the order of their names") \
	M(random_create, 32, "1/s", 0, "files created in random order") \
	M(random_stat, 34, "1/s", 0, "files looked up in random order") \
	M(random_delete, 36, "1/s", 0, "files deleted in random order")

#define TEST_METRICS(name, field, unit, rank, help) \
	{#name, unit, BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, NULL, NULL, help, \
		(rank) > 0 ? METRIC_HEADLINE : METRIC_DETAIL, (rank), HEADLINE_ENDS, NULL}, \
		{#name "_cpu", "%", BETTER_NONE, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL, NULL, \
			"CPU time of bonnie++ during the test, of one core", DETAIL}, \
		{#name "_longest", "us", BETTER_NONE, STATISTIC_MEAN, SCALE_RATIO, NULL, NULL, \
			"longest single operation", DETAIL},

/* Three to a test, in this order. */
enum { VALUE, CPU, LONGEST, METRICS_PER_TEST };

static const struct metric bonnie_metrics[] = {TESTS(TEST_METRICS){0}};

#define TEST_FIELD(name, field, unit, rank, help) field,

static const size_t fields_of_tests[] = {TESTS(TEST_FIELD)};

static int64_t file_bytes(const struct bonnie_options *o, uint64_t memory_bytes)
{
	int64_t bytes = o->size_bytes ? o->size_bytes : 2 * (int64_t)memory_bytes;

	return bytes - bytes % MEBIBYTE;
}

static int bonnie_check(const void *options, struct error *e)
{
	const struct bonnie_options *o = options;

	if (o->size_bytes % MEBIBYTE != 0)
		return error_set(e, "size must be a multiple of 1 MiB");
	if (o->direct && o->per_char)
		return error_set(
			e, "direct and per_char exclude each other: O_DIRECT needs whole blocks");
	return 0;
}

static int bonnie_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct bonnie_options *o = options;
	int64_t bytes = file_bytes(o, role->memory_bytes);
	struct argv *argv = &out->argv;
	/* Rates of a slow disk, for the forecast. */
	const double slow_bytes_s = 100e6, slow_files_s = 1000;

	if (!role->scratch_dir)
		return error_set(e, "bonnie: no scratch directory");
	if (bytes < 2 * MEBIBYTE)
		return error_set(e, "bonnie: size must be 2 MiB or more");
	/* The same random numbers in every run. bonnie++ refuses a size below twice the memory
	 * that -r names. */
	argv_add_all(argv, "/usr/sbin/bonnie++", "-q", "-u", "root", "-m", "tare", "-z", "1", "-d",
		role->scratch_dir, "-s", NULL);
	argv_addf(argv, "%lld", (long long)(bytes / MEBIBYTE));
	argv_add(argv, "-r");
	argv_addf(argv, "%lld", (long long)(bytes / MEBIBYTE / 2));
	argv_add(argv, "-n");
	argv_addf(argv, "%lld", (long long)o->files);
	if (!o->per_char)
		argv_add(argv, "-f");
	if (o->direct)
		argv_add(argv, "-D");
	out->expected_s = 10 + 4 * (double)bytes / slow_bytes_s +
			  (double)(o->files * FILES_UNIT) / slow_files_s;
	if (o->per_char)
		out->expected_s += 2 * (double)bytes / 40e6;
	return 0;
}

/* "12073us", "186ms" or "3s", in us. */
static bool parse_latency(struct piece field, double *us)
{
	static const struct {
		const char *suffix;
		double us;
	} units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}};

	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		size_t length = strlen(units[i].suffix);
		struct piece digits = {field.bytes, field.count - length};

		if (field.count <= length ||
			memcmp(field.bytes + digits.count, units[i].suffix, length) != 0)
			continue;
		if (!read_number(digits, us))
			return false;
		*us *= units[i].us;
		return true;
	}
	return false;
}

/* Empty: not run. Plus signs: too short for bonnie++ to give a value. */
static bool has_value(struct piece field)
{
	return field.count > 0 && field.bytes[0] != '+';
}

static int parse_test(size_t test, const struct piece *fields, struct samples *out, struct error *e)
{
	size_t field = fields_of_tests[test];
	unsigned metric = (unsigned)test * METRICS_PER_TEST;
	double value, scale = 1;

	if (strcmp(bonnie_metrics[metric].unit, "MB/s") == 0)
		scale = 1024 / 1e6; /* bonnie++ prints KiB/s */
	if (has_value(fields[field])) {
		if (!read_number(fields[field], &value) || value <= 0)
			return error_set(e, "bonnie++: %s is not a positive rate",
				bonnie_metrics[metric].name);
		if (bench_samples_add(out, metric + VALUE, 0, value * scale, e) < 0)
			return -1;
	}
	if (has_value(fields[field + 1])) {
		if (!read_number(fields[field + 1], &value) || value < 0)
			return error_set(e, "bonnie++: CPU time of %s is not a number",
				bonnie_metrics[metric].name);
		if (bench_samples_add(out, metric + CPU, 0, value, e) < 0)
			return -1;
	}
	if (has_value(fields[FIRST_LATENCY + test])) {
		if (!parse_latency(fields[FIRST_LATENCY + test], &value) || value < 0)
			return error_set(e, "bonnie++: latency of %s is not a time",
				bonnie_metrics[metric].name);
		return bench_samples_add(out, metric + LONGEST, 0, value, e);
	}
	return 0;
}

static int parse_line(struct piece line, struct samples *out, struct error *e)
{
	struct piece fields[FIELDS] = {0};
	size_t count = 0;
	bool any = false;

	while (line.count && count < FIELDS)
		read_part(&line, ',', &fields[count++]);
	if (count != FIELDS || line.count)
		return error_set(e, "bonnie++'s line does not have %d fields", FIELDS);
	for (size_t i = 0; i < ARRAY_COUNT(fields_of_tests); i++) {
		if (parse_test(i, fields, out, e) < 0)
			return -1;
		any |= has_value(fields[fields_of_tests[i]]);
	}
	if (!any)
		return error_set(e, "every test was too short for bonnie++ to give a value: raise "
				    "size or files");
	return 0;
}

static int bonnie_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	struct piece rest = {text, length}, line;
	bool found = false;

	while (read_line(&rest, &line)) {
		if (line.count == 0)
			continue;
		if (found || !read_starts(line, FORMAT_VERSION ","))
			return error_set(e, "expected one line in bonnie++ format " FORMAT_VERSION);
		found = true;
		if (parse_line(line, out, e) < 0)
			return -1;
	}
	if (!found || rest.count)
		return error_set(e, "bonnie++ printed no complete line");
	return 0;
}

static const char *bonnie_why_not(const void *options, const struct machine_facts *facts)
{
	const struct bonnie_options *o = options;

	if ((uint64_t)file_bytes(o, facts->memory_bytes) > facts->scratch_bytes)
		return "the file does not fit into the machine's scratch storage: lower size";
	return NULL;
}

const struct benchmark bench_bonnie = {
	.name = "bonnie",
	.summary = "Bonnie++: blocks, seeks, and files created, looked up and deleted",
	.source = "bonnie++ 2.00 of Debian; as in CESGA 2007",
	.options = bonnie_rows,
	.options_size = sizeof(struct bonnie_options),
	.metrics = bonnie_metrics,
	.topology = TOPOLOGY_ONE,
	.check = bonnie_check,
	.command = bonnie_command,
	.parse = bonnie_parse,
	.why_not = bonnie_why_not,
};
