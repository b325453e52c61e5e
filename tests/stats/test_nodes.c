/* Variance of nodes, boots and runs: a published example, data of known variances in unequal
 * numbers, and how often equal nodes are named. */
#include "tests/stats/close.h"

#include <stdbool.h>

#include "base/array.h"
#include "stats/nodes.h"
#include "tests/stats/deviates.h"

/* Sokal & Rohlf, Biometry, 3rd edition, box 10.1: wing lengths of mosquitoes, two measurements of
 * each of four females from each of three cages. Mean squares 332.8379, 191.1864 and 1.3017. */
static void published(void **state)
{
	static const double lengths[3][4][2] = {
		{{58.5, 59.5}, {77.8, 80.9}, {84.0, 83.6}, {70.1, 68.3}},
		{{69.8, 69.8}, {56.0, 54.5}, {50.7, 49.3}, {63.8, 65.8}},
		{{56.6, 57.5}, {77.8, 79.2}, {69.9, 69.2}, {62.1, 64.5}},
	};
	struct nodes_sample samples[24];
	struct nodes_split split;

	(void)state;
	for (size_t i = 0; i < 24; i++)
		samples[i] = (struct nodes_sample){i / 8, i / 2, lengths[i / 8][i / 2 % 4][i % 2]};
	assert_int_equal(nodes_split(samples, 24, 3, 12, &split), 0);
	assert_close(split.run, 1.3017, 1e-4);
	assert_close(split.boot, 94.9424, 1e-6);
	assert_close(split.node, 17.7064, 1e-5);
	assert_close(split.p, 0.228, 2e-2); /* F = 1.741 with 2 and 9 degrees of freedom */
	assert_exact(split.boots_per_node, 4);
	assert_exact(split.runs_per_boot, 2);
}

/* A design of unequal numbers, filled with random effects; y is replaced. */
static size_t unequal(struct random *random, double node_sd, double boot_sd, double run_sd,
	struct nodes_sample *samples, size_t *boots)
{
	static const size_t boots_of[] = {2, 3, 5, 4, 2, 6}, runs_of[] = {1, 3, 2};
	size_t count = 0;

	*boots = 0;
	for (size_t n = 0; n < ARRAY_COUNT(boots_of); n++) {
		double node = node_sd * draw_normal(random);
		for (size_t b = 0; b < boots_of[n]; b++, ++*boots) {
			double boot = boot_sd * draw_normal(random);
			for (size_t r = 0; r < runs_of[*boots % 3]; r++)
				samples[count++] = (struct nodes_sample){
					n, *boots, 10 + node + boot + run_sd * draw_normal(random)};
		}
	}
	return count;
}

/* Without truncation at zero the estimates are unbiased; here it is rare. */
static void known_variances(void **state)
{
	enum { TRIALS = 4000 };
	struct random random;
	double sums[3] = {0};

	(void)state;
	random_seed(&random, 11, 1);
	for (int i = 0; i < TRIALS; i++) {
		struct nodes_sample samples[64];
		struct nodes_split split;
		size_t boots, count = unequal(&random, 5, 1, .5, samples, &boots);
		assert_int_equal(nodes_split(samples, count, 6, boots, &split), 0);
		sums[0] += split.node;
		sums[1] += split.boot;
		sums[2] += split.run;
	}
	assert_close(sums[0] / TRIALS, 25, .04);
	assert_close(sums[1] / TRIALS, 1, .03);
	assert_close(sums[2] / TRIALS, .25, .02);
}

/* Equal nodes are named in at most 5 % of campaigns, and F rejects in 5 %. */
static void equal_nodes(void **state)
{
	enum { TRIALS = 3000 };
	struct random random;
	unsigned named = 0, rejected = 0;

	(void)state;
	random_seed(&random, 12, 1);
	for (int i = 0; i < TRIALS; i++) {
		struct nodes_sample samples[64];
		struct nodes_split split;
		double differences[6], p[6];
		size_t boots, count = unequal(&random, 0, 1, 0, samples, &boots);
		nodes_split(samples, count, 6, boots, &split);
		nodes_differ(samples, count, 6, boots, differences, p);
		bool any = false;
		for (size_t n = 0; n < 6; n++)
			any = any || p[n] < .05;
		named += any;
	}
	assert_in_range(named, 60, 175);
	random_seed(&random, 13, 1);
	for (int i = 0; i < TRIALS; i++) {
		struct nodes_sample samples[20];
		struct nodes_split split;
		for (size_t k = 0; k < 20; k++)
			samples[k] = (struct nodes_sample){k / 4, k, draw_normal(&random)};
		nodes_split(samples, 20, 5, 20, &split);
		rejected += split.p < .05;
	}
	assert_in_range(rejected, 115, 187); /* 150 ± 3 standard errors */
}

static void slow_node(void **state)
{
	struct random random;
	struct nodes_sample samples[40];
	double differences[8], p[8];

	(void)state;
	random_seed(&random, 14, 1);
	for (size_t i = 0; i < 40; i++)
		samples[i] = (struct nodes_sample){i / 5, i,
			.01 * draw_normal(&random) + (i / 5 == 3 ? .1 : 0) - (i / 5 == 6 ? .1 : 0)};
	nodes_differ(samples, 40, 8, 40, differences, p);
	for (size_t n = 0; n < 8; n++)
		assert_int_equal(p[n] < .05, n == 3 || n == 6);
	assert_close(differences[3], .1, .25);
	assert_close(differences[6], -.1, .25);
	nodes_differ(samples, 10, 2, 10, differences, p); /* of two, neither is the odd one */
	assert_nan(p[0]);
}

/* The variance of a node's mean is 1e-4, of a difference 2e-4. For a known variance that were
 * (1.960 + 0.842)² 2e-4 / 1e-4 = 15.7 nodes; the t distribution adds two. */
static void needed(void **state)
{
	const struct nodes_split split = {
		.node = 5e-5, .boot = 1e-4, .run = 2e-4, .boots_per_node = 4, .runs_per_boot = 2};
	struct nodes_split unknown = split;

	(void)state;
	assert_int_equal(nodes_needed(&split, .01, .8), 18);
	unknown.node = NAN;
	assert_int_equal(nodes_needed(&unknown, .01, .8), 0);
}

static void not_separable(void **state)
{
	static const struct nodes_sample one_boot[] = {{0, 0, 1}, {1, 1, 2}, {2, 2, 4}},
					 one_run[] = {{0, 0, 1}, {0, 1, 2}, {1, 2, 4}, {1, 3, 3}},
					 one_node[] = {{0, 0, 1}, {0, 1, 2}};
	struct nodes_sample bad = {0, 0, NAN};
	struct nodes_split split;

	(void)state;
	assert_int_equal(nodes_split(one_boot, 3, 3, 3, &split), 0);
	assert_nan(split.node);
	assert_nan(split.boot);
	assert_int_equal(nodes_split(one_run, 4, 2, 4, &split), 0);
	assert_nan(split.run);
	assert_exact(split.boot, .5);
	assert_exact(split.node, 1.75);
	assert_int_equal(nodes_split(one_node, 2, 1, 2, &split), 0);
	assert_nan(split.node);
	assert_exact(split.boot, .5);
	assert_int_equal(nodes_split(&bad, 1, 1, 1, &split), -1);
	assert_int_equal(nodes_split(NULL, 0, 0, 0, &split), -1);
	assert_nan(split.mean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(known_variances),
		cmocka_unit_test(equal_nodes),
		cmocka_unit_test(slow_node),
		cmocka_unit_test(needed),
		cmocka_unit_test(not_separable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
