/* tare-linpack: serial LU factorization and solution of dense systems by OpenBLAS (LAPACK's dgetrf
 * and dgetrs), for a list of problem sizes. Knows nothing of virtual machines.
 *
 * Usage: tare-linpack --sizes N,N,… [--repetitions R]
 *
 * For every size: one solution as a warm-up, then R measured ones. Each is timed by itself, counted
 * as 2/3 n³ + 3/2 n² operations, and verified by HPL's scaled residual
 *
 *     ‖Ax − b‖∞ / (ε (‖A‖∞ ‖x‖∞ + ‖b‖∞) n)  <  16
 *
 * (Petitet, Whaley, Dongarra, Cleary: HPL 2.0). A residual beyond that ends the program with
 * status 1 and no numbers. A is generated again for the check, so only one matrix is in memory. */
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cblas.h>

/* LAPACK has no C header in Debian's OpenBLAS. */
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
void dgetrs_(const char *trans, const int *n, const int *columns, const double *a, const int *lda,
	const int *pivots, double *b, const int *ldb, int *info);

enum { SIZES_MAX = 256, SIZE_MAXIMUM = 200000 };

static const double THRESHOLD = 16.0;

struct system {
	int n;
	double *a; /* column-major; its factors after solving */
	double *x; /* the right side, then the solution */
	double *b; /* the right side */
	double *row_sum; /* of |A|, for its norm */
	int *pivots;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

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

/* Solves once; sets the time it took. */
static bool solve(struct system *s, double *seconds)
{
	int info = 0, one = 1;
	double start_s, residual;

	generate(s);
	start_s = now_s();
	dgetrf_(&s->n, &s->n, s->a, &s->n, s->pivots, &info);
	if (info == 0)
		dgetrs_("N", &s->n, &one, s->a, &s->n, s->pivots, s->x, &s->n, &info);
	*seconds = now_s() - start_s;
	if (info != 0) {
		fprintf(stderr, "tare-linpack: n = %d: LAPACK returned %d\n", s->n, info);
		return false;
	}
	residual = scaled_residual(s);
	if (!(residual < THRESHOLD)) {
		fprintf(stderr, "tare-linpack: n = %d: scaled residual %g, not below %g\n", s->n,
			residual, THRESHOLD);
		return false;
	}
	return true;
}

static void system_free(struct system *s)
{
	free(s->a);
	free(s->x);
	free(s->b);
	free(s->row_sum);
	free(s->pivots);
}

static bool system_new(struct system *s, int size)
{
	size_t n = (size_t)size;

	*s = (struct system){.n = size};
	/* Whole pages, so that the matrix has the same alignment at every size. */
	s->a = aligned_alloc(4096, (n * n * sizeof(double) + 4095) / 4096 * 4096);
	s->x = calloc(n, sizeof(double));
	s->b = calloc(n, sizeof(double));
	s->row_sum = calloc(n, sizeof(double));
	s->pivots = calloc(n, sizeof(int));
	if (s->a && s->x && s->b && s->row_sum && s->pivots)
		return true;
	fprintf(stderr, "tare-linpack: n = %d: not enough memory\n", size);
	return false;
}

/* rates: GFLOP/s of each repetition. */
static bool measure(int n, long repetitions, double *rates)
{
	double operations = 2.0 / 3 * pow(n, 3) + 3.0 / 2 * pow(n, 2), seconds;
	struct system s;
	bool right = system_new(&s, n) && solve(&s, &seconds);

	for (long i = 0; right && i < repetitions; i++) {
		right = solve(&s, &seconds);
		rates[i] = operations / seconds / 1e9;
	}
	system_free(&s);
	return right;
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

static int run(const int *sizes, int count, long repetitions)
{
	double *rates = calloc((size_t)(count * repetitions), sizeof(*rates));
	bool right = rates != NULL;

	for (int i = 0; right && i < count; i++)
		right = measure(sizes[i], repetitions, rates + i * repetitions);
	if (right) {
		puts("tare-linpack 1");
		for (int i = 0; i < count; i++) {
			printf("gflops %d %ld\n", sizes[i], repetitions);
			for (long r = 0; r < repetitions; r++)
				printf("%.9g\n", rates[i * repetitions + r]);
		}
		printf("done %d\n", count);
		right = fflush(stdout) == 0;
	}
	free(rates);
	return right ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"sizes", required_argument, NULL, 's'},
		{"repetitions", required_argument, NULL, 'r'}, {0}};
	int sizes[SIZES_MAX], count = 0, option;
	long repetitions = 3;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			count = parse_sizes(optarg, sizes);
		else if (option == 'r')
			repetitions = atol(optarg);
		else
			return 2;
	}
	if (optind != argc || count == 0 || repetitions < 1 || repetitions > 100000) {
		fputs("usage: tare-linpack --sizes N,N,... [--repetitions R]\n", stderr);
		return 2;
	}
	openblas_set_num_threads(1);
	return run(sizes, count, repetitions);
}
