/* hpcc: the HPC Challenge suite over MPI. Writes its input file from the machines' memory and
 * ranks, and parses the summary of its output file (HPCC 1.5.0). Runs nothing. */
#include "bench/hpcc.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "bench/mpi.h"
#include "bench/read.h"

#define INPUT_FILE "hpccinf.txt"
#define OUTPUT_FILE "hpccoutf.txt"
/* Read by bench/kernels/hpcc_sizes.c; written only if HPCC's own sizes are to be replaced. */
#define SIZES_FILE "hpccsizes.txt"

/* HPCC uses 30 random rings for latency and 10 for bandwidth. */
enum { KEY_BYTES = 64, HPCC_BANDWIDTH_BYTES = 2000000, HPCC_RANDOM_RINGS = 30 };

/* HPCC's own bounds: the threshold of all scaled residuals, and of wrong RandomAccess words. */
static const double RESIDUAL_MAX = 16.0;
static const double ERRORS_FRACTION_MAX = 0.01;

struct hpcc_options {
	double memory_fraction;
	int64_t max_n, block, bandwidth_bytes, random_rings;
	int launcher; /* enum launcher */
};

static const struct option_row hpcc_rows[] = {
	{"memory_fraction", OPTION_REAL, offsetof(struct hpcc_options, memory_fraction), "0.5", "1",
		"fraction of all machines' memory that the HPL matrix fills", 0.0001, 0.9, NULL},
	{"max_n", OPTION_INT, offsetof(struct hpcc_options, max_n), "0", "1",
		"upper limit of the problem size N; 0: memory_fraction alone", 0, 1000000, NULL},
	{"block", OPTION_INT, offsetof(struct hpcc_options, block), "128", "1",
		"HPL's block size NB; N is a multiple of it", 8, 1024, NULL},
	{"bandwidth_size", OPTION_SIZE, offsetof(struct hpcc_options, bandwidth_bytes), "2000000",
		"B", "bytes per message of the bandwidth tests; HPCC's own are 2,000,000", 1,
		HPCC_BANDWIDTH_BYTES, NULL},
	{"random_rings", OPTION_INT, offsetof(struct hpcc_options, random_rings), "30", "1",
		"random rings at most; HPCC's own are 30 for latency and 10 for bandwidth", 1,
		HPCC_RANDOM_RINGS, NULL},
	MPI_LAUNCHER_ROW(struct hpcc_options, launcher),
	{0},
};

static int hpcc_check(const void *options, struct error *e)
{
	const struct hpcc_options *o = options;

	if (o->max_n > 0 && o->max_n < o->block)
		return error_set(
			e, "max_n must be 0 or at least block (%lld)", (long long)o->block);
	if (o->launcher == LAUNCHER_OPENMPI)
		return error_set(e, "hpcc is built with MPICH: launcher hydra or srun");
	return 0;
}

/* The problem size: a multiple of the block size, and at least one block. */
static int64_t problem_size(const struct hpcc_options *o, double memory_bytes)
{
	int64_t n = (int64_t)sqrt(o->memory_fraction * memory_bytes / sizeof(double));

	if (o->max_n > 0 && n > o->max_n)
		n = o->max_n;
	n -= n % o->block;
	return n < o->block ? o->block : n;
}

/* Rows of the process grid: the largest divisor of ranks that is not above its square root, so
 * that the grid is as near to a square as can be and not higher than wide (HPL's tuning advice). */
static unsigned grid_rows(unsigned ranks)
{
	unsigned rows = (unsigned)sqrt((double)ranks);

	while (rows > 1 && ranks % rows != 0)
		rows--;
	return rows < 1 ? 1 : rows;
}

/* The order of the lines is fixed; the text after the values is for human readers. */
static void input_file(const struct hpcc_options *o, const struct role *role, struct text *input)
{
	unsigned rows = grid_rows(role->ranks);
	double memory_bytes = (double)role->memory_bytes * role->machines;

	text_add(input, "HPLinpack benchmark input file\nwritten by tare\n"
			"HPL.out  output file name (if any)\n"
			"8        device out (6=stdout,7=stderr,file)\n"
			"1        # of problem sizes (N)\n");
	text_addf(input, "%lld     Ns\n1        # of NBs\n%lld     NBs\n",
		(long long)problem_size(o, memory_bytes), (long long)o->block);
	text_add(input, "0        PMAP process mapping (0=Row-,1=Column-major)\n"
			"1        # of process grids (P x Q)\n");
	text_addf(input, "%u        Ps\n%u        Qs\n%.1f     threshold\n", rows,
		role->ranks / rows, RESIDUAL_MAX);
	text_add(input, "1        # of panel fact\n"
			"2        PFACTs (0=left, 1=Crout, 2=Right)\n"
			"1        # of recursive stopping criterium\n"
			"4        NBMINs (>= 1)\n"
			"1        # of panels in recursion\n"
			"2        NDIVs\n"
			"1        # of recursive panel fact.\n"
			"1        RFACTs (0=left, 1=Crout, 2=Right)\n"
			"1        # of broadcast\n"
			"1        BCASTs (0=1rg,1=1rM,2=2rg,3=2rM,4=Lng,5=LnM)\n"
			"1        # of lookahead depth\n"
			"1        DEPTHs (>=0)\n"
			"2        SWAP (0=bin-exch,1=long,2=mix)\n"
			"64       swapping threshold\n"
			"0        L1 in (0=transposed,1=no-transposed) form\n"
			"0        U  in (0=transposed,1=no-transposed) form\n"
			"1        Equilibration (0=no,1=yes)\n"
			"8        memory alignment in double (> 0)\n"
			"##### This line (no. 32) is ignored (it serves as a separator). ######\n"
			"0        Number of additional problem sizes for PTRANS\n"
			"1200     values of N\n"
			"0        number of additional blocking sizes for PTRANS\n"
			"40       values of NB\n");
}

static void add_sizes_file(const struct hpcc_options *o, struct command *out)
{
	char *sizes = str_printf(
		"%lld %lld\n", (long long)o->bandwidth_bytes, (long long)o->random_rings);

	bench_command_add_file(out, SIZES_FILE, sizes, strlen(sizes));
	out->collect[out->collect_count++] = str_dup(SIZES_FILE);
}

static int hpcc_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct hpcc_options *o = options;
	double n = (double)problem_size(o, (double)role->memory_bytes * role->machines);
	struct text input = {0};
	size_t count;

	if (role->ranks == 0)
		return error_set(e, "hpcc: no MPI ranks");
	input_file(o, role, &input);
	count = input.count;
	bench_command_add_file(out, INPUT_FILE, text_take(&input), count);
	out->launcher = (enum launcher)o->launcher;
	argv_add(&out->argv, "/usr/bin/hpcc");
	argv_add(&out->env, "OPENBLAS_NUM_THREADS=1");
	out->collect[out->collect_count++] = str_dup(OUTPUT_FILE);
	if (o->bandwidth_bytes != HPCC_BANDWIDTH_BYTES || o->random_rings != HPCC_RANDOM_RINGS)
		add_sizes_file(o, out);
	/* As measured with 2 ranks: HPL and DGEMM grow with N³; STREAM, FFT and RandomAccess (the
	 * longest) with the memory, N². */
	out->expected_s = 2 + 6e-7 * n * n + 1e-10 * n * n * n / role->ranks;
	return 0;
}

static int metric_of(struct piece key)
{
	char name[KEY_BYTES];

	if (key.count == 0 || key.count >= sizeof(name))
		return -1;
	for (size_t i = 0; i < key.count; i++)
		name[i] = (char)tolower((unsigned char)key.bytes[i]);
	name[key.count] = '\0';
	for (int i = 0; hpcc_metrics[i].name; i++)
		if (strcmp(hpcc_metrics[i].name, name) == 0)
			return i;
	return -1;
}

/* Settings of HPCC that are words, not numbers. */
static bool is_word(struct piece key)
{
	static const char *const words[] = {
		"VersionRelease", "LANG", "HPL_cpfact", "HPL_crfact", "HPL_order"};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (read_is(key, words[i]))
			return true;
	return false;
}

/* The summary: each metric's value, and whether it was present. */
struct summary {
	double values[HPCC_METRICS_MAX];
	bool present[HPCC_METRICS_MAX];
};

static int parse_pair(struct piece line, struct summary *summary, struct error *e)
{
	struct piece key;
	int metric;

	read_part(&line, '=', &key);
	if (is_word(key))
		return 0;
	metric = metric_of(key);
	if (metric < 0)
		return error_set(e, "HPCC's summary: unknown key \"%.*s\" (expected HPCC 1.5.0)",
			key.count < KEY_BYTES ? (int)key.count : KEY_BYTES, key.bytes);
	if (summary->present[metric])
		return error_set(e, "HPCC's summary: duplicate %s", hpcc_metrics[metric].name);
	if (!read_number(line, &summary->values[metric]))
		return error_set(
			e, "HPCC's summary: %s is not a number", hpcc_metrics[metric].name);
	summary->present[metric] = true;
	return 0;
}

/* Sections of the report print their failed checks. Not every such failure is reflected in the
 * summary's Success (STREAM's validation is not). */
static int check_line(struct piece line, struct error *e)
{
	static const char *const failures[] = {
		"FAILED", "(failed)", "Failed ", "ERROR", "Error in line"};

	for (size_t i = 0; i < ARRAY_COUNT(failures); i++)
		if (read_has(line, failures[i]))
			return error_set(e, "HPCC: %.*s", line.count < 200 ? (int)line.count : 200,
				line.bytes);
	return 0;
}

static int read_summary(struct piece report, struct summary *summary, struct error *e)
{
	struct piece line;

	do {
		if (!read_line(&report, &line))
			return error_set(e, "HPCC wrote no summary");
		if (check_line(line, e) < 0)
			return -1;
	} while (!read_is(line, "Begin of Summary section."));
	for (;;) {
		if (!read_line(&report, &line))
			return error_set(e, "HPCC's summary is truncated");
		if (read_is(line, "End of Summary section."))
			break;
		if (parse_pair(line, summary, e) < 0)
			return -1;
	}
	for (int i = 0; hpcc_metrics[i].name; i++)
		if (!summary->present[i])
			return error_set(e, "HPCC's summary: %s is missing", hpcc_metrics[i].name);
	return 0;
}

static double value_of(const struct summary *summary, const char *name)
{
	return summary->values[metric_of((struct piece){name, strlen(name)})];
}

static int at_most(const char *what, double value, double limit, struct error *e)
{
	if (value >= 0 && value <= limit)
		return 0;
	return error_set(
		e, "HPCC's verification failed: %s is %g, not 0 to %g", what, value, limit);
}

/* HPCC's own verifications, repeated from the numbers. */
static int verify(const struct summary *s, struct error *e)
{
	double scale =
		value_of(s, "HPL_eps") * value_of(s, "HPL_N") *
		(value_of(s, "HPL_AnormI") * value_of(s, "HPL_XnormI") + value_of(s, "HPL_BnormI"));
	/* mpifft.c: the error may grow with log N. */
	double fft_scale = value_of(s, "dweps") * log(fmax(value_of(s, "MPIFFT_N"), 2));
	double ptrans_scale = value_of(s, "HPL_eps") * fmax(value_of(s, "PTRANS_n"), 1);

	if (value_of(s, "Success") != 1)
		return error_set(
			e, "HPCC's verification failed: Success=%g", value_of(s, "Success"));
	if (at_most("HPL's scaled residual", value_of(s, "HPL_RnormI") / scale, RESIDUAL_MAX, e) <
			0 ||
		at_most("PTRANS' scaled residual", value_of(s, "PTRANS_residual") / ptrans_scale,
			RESIDUAL_MAX, e) < 0 ||
		at_most("MPIRandomAccess_ErrorsFraction",
			value_of(s, "MPIRandomAccess_ErrorsFraction"), ERRORS_FRACTION_MAX,
			e) < 0 ||
		at_most("MPIRandomAccess_LCG_ErrorsFraction",
			value_of(s, "MPIRandomAccess_LCG_ErrorsFraction"), ERRORS_FRACTION_MAX,
			e) < 0 ||
		at_most("MPIFFT's scaled error", value_of(s, "MPIFFT_maxErr") / fft_scale,
			RESIDUAL_MAX, e) < 0)
		return -1;
	for (int i = 0; hpcc_metrics[i].name; i++)
		if (hpcc_metrics[i].better != BETTER_NONE && !(s->values[i] > 0))
			return error_set(e, "HPCC did not measure %s", hpcc_metrics[i].name);
	return 0;
}

static bool has_line(struct piece report, const char *wanted)
{
	struct piece line;

	while (read_line(&report, &line))
		if (read_is(line, wanted))
			return true;
	return false;
}

static bool number_word(struct piece *line, double *value)
{
	struct piece word;

	read_part(line, ' ', &word);
	return read_number(word, value);
}

/* An HPCC that does not read the sizes file (an older image) would have used its own sizes. */
static int check_sizes(struct piece text, struct piece report, struct error *e)
{
	struct piece asked, line;
	double bytes, rings;
	char said_bytes[80], said_rings[80];

	if (!read_collected(text, SIZES_FILE, NULL, &asked))
		return 0;
	if (!read_line(&asked, &line) || !number_word(&line, &bytes) || !number_word(&line, &rings))
		return error_set(e, SIZES_FILE " lacks the number of bytes or rings");
	snprintf(said_bytes, sizeof(said_bytes),
		" The bandwidth measurements were done with %8.0f bytes", bytes);
	snprintf(said_rings, sizeof(said_rings), "Random rings: %.0f of HPCC's %d", rings,
		HPCC_RANDOM_RINGS);
	if (has_line(report, said_bytes) && has_line(report, said_rings))
		return 0;
	return error_set(e,
		"HPCC did not use %.0f bytes per message and %.0f random rings: the image is older "
		"than these options; rebuild it with tare image",
		bytes, rings);
}

static int hpcc_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	const struct piece all = {text, length};
	struct summary summary = {0};
	struct piece report;

	if (!read_collected(all, OUTPUT_FILE, NULL, &report))
		return error_set(e, "HPCC wrote no " OUTPUT_FILE);
	if (read_summary(report, &summary, e) < 0 || verify(&summary, e) < 0 ||
		check_sizes(all, report, e) < 0)
		return -1;
	for (unsigned i = 0; hpcc_metrics[i].name; i++)
		if (bench_samples_add(out, i, 0, summary.values[i], e) < 0)
			return -1;
	return 0;
}

static const char *hpcc_why_not(const void *options, const struct machine_facts *facts)
{
	const struct hpcc_options *o = options;

	if (facts->ranks < 2)
		return "needs 2 MPI ranks: more machines or CPUs";
	return mpi_launcher_why_not((enum launcher)o->launcher, facts);
}

const struct benchmark bench_hpcc = {
	.name = "hpcc",
	.summary =
		"HPC Challenge: HPL, DGEMM, STREAM, PTRANS, RandomAccess, FFT, latency, bandwidth",
	.source = "HPCC 1.5.0 (Luszczek, Dongarra et al. 2005)",
	.options = hpcc_rows,
	.options_size = sizeof(struct hpcc_options),
	.metrics = hpcc_metrics,
	.topology = TOPOLOGY_RANKS,
	.check = hpcc_check,
	.command = hpcc_command,
	.parse = hpcc_parse,
	.why_not = hpcc_why_not,
};
