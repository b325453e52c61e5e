/* tare-linpack: serial LU factorization and solution of dense systems by OpenBLAS (LAPACK's dgetrf
 * and dgetrs), for a list of problem sizes. Knows nothing of virtual machines.
 *
 * Usage: tare-linpack --sizes N,N,… [--seconds S | --repetitions R]
 *
 * For every size: a warm-up, which is not counted, then solutions for S seconds, at least one; or R
 * of them. The matrix is generated and the solution verified in between, which is not timed. A
 * sample is one solution, or the mean of a batch where one takes less than a thousandth of S. Each
 * solution is counted as 2/3 n³ + 3/2 n² operations and verified by HPL's scaled residual
 *
 *     ‖Ax − b‖∞ / (ε (‖A‖∞ ‖x‖∞ + ‖b‖∞) n)  <  16
 *
 * (Petitet, Whaley, Dongarra, Cleary: HPL 2.0). A residual beyond that ends the program with
 * status 1 and no numbers. A is generated again for the check, so only one matrix is in memory. */
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cblas.h>

#include "kernel.h"

/* LAPACK has no C header in Debian's OpenBLAS. */
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
void dgetrs_(const char *trans, const int *n, const int *columns, const double *a, const int *lda,
	const int *pivots, double *b, const int *ldb, int *info);

enum { SIZES_MAX = 256, SIZE_MAXIMUM = 200000, SAMPLES_WANTED = 1000 };

static const double THRESHOLD = 16.0;

struct system {
	int n;
	double *a; /* column-major; its factors after solving */
	double *x; /* the right side, then the solution */
	double *b; /* the right side */
	double *row_sum; /* of |A|, for its norm */
	int *pivots;
};

/* Uniform in [-0.5, 0.5); Knuth's MMIX generator. */
static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double)(*state >> 11) * 0x1p-53 - 0.5;
}

static uint64_t seed(int n)
{
	return 0x9E3779B97F4A7C15u ^ (uint64_t)n;
}

static void generate(struct system *s)
{
	uint64_t state = seed(s->n);
	size_t n = (size_t)s->n;

	for (size_t i = 0; i < n * n; i++)
		s->a[i] = uniform(&state);
	for (size_t i = 0; i < n; i++)
		s->x[i] = s->b[i] = uniform(&state);
}

/* HPL's scaled residual of s->x. Overwrites s->b and s->row_sum. */
static double scaled_residual(struct system *s)
{
	uint64_t state = seed(s->n);
	size_t n = (size_t)s->n;
	double norm_a = 0, norm_x = 0, norm_b = 0, norm_r = 0;

	for (size_t i = 0; i < n; i++) {
		norm_x = fmax(norm_x, fabs(s->x[i]));
		norm_b = fmax(norm_b, fabs(s->b[i]));
		s->row_sum[i] = 0;
	}
	for (size_t j = 0; j < n; j++) {
		for (size_t i = 0; i < n; i++) {
			double element = uniform(&state);

			s->row_sum[i] += fabs(element);
			s->b[i] -= element * s->x[j];
		}
	}
	for (size_t i = 0; i < n; i++) {
		/* Not fmax: it would lose a NaN. */
		norm_r = fabs(s->b[i]) <= norm_r ? norm_r : fabs(s->b[i]);
		norm_a = fmax(norm_a, s->row_sum[i]);
	}
	return norm_r / (0x1p-53 * (norm_a * norm_x + norm_b) * (double)n);
}

/* Solves once and verifies; returns the time of the solution. */
static double solve_ns(struct system *s)
{
	int info = 0, one = 1;
	double residual;
	int64_t start_ns, end_ns;

	generate(s);
	start_ns = kernel_clock_ns();
	dgetrf_(&s->n, &s->n, s->a, &s->n, s->pivots, &info);
	if (info == 0)
		dgetrs_("N", &s->n, &one, s->a, &s->n, s->pivots, s->x, &s->n, &info);
	end_ns = kernel_clock_ns();
	if (info != 0)
		kernel_die("n = %d: LAPACK returned %d", s->n, info);
	residual = scaled_residual(s);
	if (!(residual < THRESHOLD))
		kernel_die("n = %d: scaled residual %g, not below %g", s->n, residual, THRESHOLD);
	return (double)(end_ns - start_ns);
}

static void system_free(struct system *s)
{
	free(s->a);
	free(s->x);
	free(s->b);
	free(s->row_sum);
	free(s->pivots);
}

static void system_new(struct system *s, int size)
{
	size_t n = (size_t)size;

	*s = (struct system){.n = size};
	/* Whole pages, so that the matrix has the same alignment at every size. */
	s->a = aligned_alloc(4096, (n * n * sizeof(double) + 4095) / 4096 * 4096);
	s->x = calloc(n, sizeof(double));
	s->b = calloc(n, sizeof(double));
	s->row_sum = calloc(n, sizeof(double));
	s->pivots = calloc(n, sizeof(int));
	if (!s->a || !s->x || !s->b || !s->row_sum || !s->pivots)
		kernel_die("n = %d: not enough memory", size);
}

/* The measurements of one size. */
struct result {
	double *rates; /* GFLOP/s of each sample */
	long count, capacity;
	double batch, elapsed_s; /* of all samples, generation and verification included */
};

static void add_rate(struct result *result, double rate)
{
	if (result->count == result->capacity) {
		result->capacity = result->capacity ? 2 * result->capacity : 64;
		result->rates =
			realloc(result->rates, (size_t)result->capacity * sizeof(*result->rates));
		if (!result->rates)
			kernel_die("no memory for %ld values", result->capacity);
	}
	result->rates[result->count++] = rate;
}

/* The time of one solution with all that belongs to it, in the second half of the warm-up. */
static double warm_up_ns(struct system *s)
{
	int64_t start_ns = kernel_clock_ns(), from_ns = start_ns, now_ns;
	long solutions = 0;

	do {
		solve_ns(s);
		now_ns = kernel_clock_ns();
		if (now_ns - start_ns < kernel_warm_up_ns / 2)
			from_ns = now_ns;
		else
			solutions++;
	} while (now_ns - start_ns < kernel_warm_up_ns);
	return (double)(now_ns - from_ns) / (double)solutions;
}

/* repetitions == 0: for the given time. */
static void measure(int n, long repetitions, double seconds, struct result *result)
{
	double operations = 2.0 / 3 * pow(n, 3) + 3.0 / 2 * pow(n, 2);
	int64_t start_ns, end_ns;
	struct system s;
	double each_ns;
	long batch = 1;

	system_new(&s, n);
	each_ns = warm_up_ns(&s);
	if (repetitions == 0 && each_ns < seconds * 1e9 / SAMPLES_WANTED)
		batch = (long)(seconds * 1e9 / SAMPLES_WANTED / each_ns) + 1;
	start_ns = kernel_clock_ns();
	do {
		double solving_ns = 0;

		for (long i = 0; i < batch; i++)
			solving_ns += solve_ns(&s);
		add_rate(result, operations * (double)batch / solving_ns);
		end_ns = kernel_clock_ns();
	} while (repetitions ? result->count < repetitions
			     : (double)(end_ns - start_ns) < seconds * 1e9);
	result->batch = (double)batch;
	result->elapsed_s = (double)(end_ns - start_ns) * 1e-9;
	system_free(&s);
}

/* Returns how many sizes there are, or 0 if the text is no list of sizes. */
static int parse_sizes(const char *text, int *sizes)
{
	int count = 0;
	char *end;

	for (;; text = end + 1) {
		long size = strtol(text, &end, 10);

		if (end == text || size < 1 || size > SIZE_MAXIMUM || count == SIZES_MAX)
			return 0;
		sizes[count++] = (int)size;
		if (*end == '\0')
			return count;
		if (*end != ',')
			return 0;
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"sizes", required_argument, NULL, 's'},
		{"seconds", required_argument, NULL, 't'},
		{"repetitions", required_argument, NULL, 'r'}, {0}};
	static struct result results[SIZES_MAX];
	int sizes[SIZES_MAX], count = 0, option;
	long repetitions = 0;
	double seconds = 2;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			count = parse_sizes(optarg, sizes);
		else if (option == 't')
			seconds = kernel_number(optarg, 0.001, 3600);
		else if (option == 'r')
			repetitions = (long)kernel_number(optarg, 1, 1e5);
		else
			return 2;
	}
	if (optind != argc || count == 0)
		kernel_die("usage: tare-linpack --sizes N,N,... [--seconds S | --repetitions R]");
	openblas_set_num_threads(1);
	for (int i = 0; i < count; i++)
		measure(sizes[i], repetitions, seconds, &results[i]);
	/* Nothing is printed before all solutions are verified. */
	kernel_begin("tare-linpack");
	for (int i = 0; i < count; i++) {
		kernel_series("gflops", "", sizes[i], results[i].rates, results[i].count);
		kernel_series("batch", "", sizes[i], &results[i].batch, 1);
		kernel_series("elapsed", "", sizes[i], &results[i].elapsed_s, 1);
		free(results[i].rates);
	}
	return kernel_end();
}
