/* See selftest.h. The statistics: on each metric the paired t test of tare's own verdicts, at 5 %,
 * as measured and with the labels a and b exchanged at random within blocks (under no difference
 * every exchange is as likely); the smallest effect by the noncentral t distribution. */
#include "cli/selftest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/build.h"
#include "report/verdict/compare.h"
#include "report/verdict/side.h"
#include "report/write/words.h"
#include "stats/describe.h"
#include "stats/power.h"
#include "stats/quantile.h"
#include "stats/random.h"

enum { EXCHANGES = 400, FEWEST_BLOCKS = 3, MOST_SENSIBLE = 1000 };

static const double level = 0.05, power = 0.9, one_percent = 0.01, too_often = 0.075;

struct resolved {
	const struct side_value *value;
	double *differences; /* owned */
	size_t blocks;
	bool found; /* a difference, at the level, where there is none */
	double smallest; /* fraction; NaN for additive metrics */
	size_t blocks_for_one; /* to find 1 %; 0: more than can be named */
};

static bool rejects(const double *differences, size_t blocks)
{
	struct interval interval;

	return interval_difference_paired(differences, blocks, 1 - level, &interval) == 0 &&
	       interval.p <= level;
}

static void resolve(const struct side_value *a, const struct side_value *b, struct resolved *out)
{
	struct describe spread;

	out->value = a;
	out->differences = mem_new(a->block_count + 1, sizeof(double));
	out->smallest = NAN;
	out->blocks = blocks_pair(
		b->blocks, b->block_count, a->blocks, a->block_count, out->differences, NULL, NULL);
	if (out->blocks < FEWEST_BLOCKS)
		return;
	out->found = rejects(out->differences, out->blocks);
	if (a->metric->additive)
		return;
	describe_samples(out->differences, out->blocks, &spread);
	const struct power_design design = {.sd = spread.sd, .alpha = level, .sides = 2};
	out->smallest = expm1(power_smallest_effect(&design, out->blocks, power));
	out->blocks_for_one = power_blocks(&design, log1p(one_percent), power);
}

/* The share of rejections over all metrics and random exchanges. One exchange is the same in all
 * metrics of a block, as they were measured together. */
static double exchanged_share(const struct resolved *list, size_t count, uint64_t seed)
{
	size_t rejected = 0, most = 0;

	for (size_t i = 0; i < count; i++)
		most = list[i].blocks > most ? list[i].blocks : most;
	cleanup_free double *flipped = mem_new(most + 1, sizeof(*flipped));
	cleanup_free double *signs = mem_new(most + 1, sizeof(*signs));
	for (size_t r = 0; r < EXCHANGES; r++) {
		struct random random;
		random_seed(&random, seed, r);
		for (size_t b = 0; b < most; b++)
			signs[b] = random_below(&random, 2) ? 1 : -1;
		for (size_t i = 0; i < count; i++) {
			for (size_t b = 0; b < list[i].blocks; b++)
				flipped[b] = signs[b] * list[i].differences[b];
			rejected += rejects(flipped, list[i].blocks);
		}
	}
	return (double)rejected / (double)(EXCHANGES * count);
}

/* "0.45 %", and from a doubling on "x2.4". */
static void add_effect(struct text *out, double effect, int width)
{
	if (effect >= 1)
		text_addf(out, "%*sx%.3g", width > 5 ? width - 5 : 0, "", 1 + effect);
	else
		text_addf(out, "%*.*f %%", width > 2 ? width - 2 : 0, effect < 0.0995 ? 2 : 1,
			100 * effect);
}

/* Median and worst of what the metrics of one benchmark (NULL: all) can resolve. */
static void add_benchmark(
	struct text *out, const struct resolved *list, size_t count, const char *benchmark)
{
	cleanup_free double *smallest = mem_new(count, sizeof(*smallest));
	cleanup_free double *needed = mem_new(count, sizeof(*needed));
	const struct resolved *worst = NULL;
	char x[WORDS_BYTES];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (isnan(list[i].smallest) ||
			(benchmark && strcmp(list[i].value->metric->benchmark, benchmark) != 0))
			continue;
		smallest[used] = list[i].smallest;
		needed[used++] = list[i].blocks_for_one ? (double)list[i].blocks_for_one : INFINITY;
		if (!worst || list[i].smallest > worst->smallest)
			worst = &list[i];
	}
	if (!used)
		return;
	text_addf(out, "  %-10s ", benchmark ? benchmark : "overall");
	add_effect(out, quantile_median(smallest, used), 9);
	text_addf(out, "  (%zu metric%s; worst ", used, used == 1 ? "" : "s");
	add_effect(out, worst->smallest, 0);
	text_add(out, ": ");
	if (!benchmark)
		text_addf(out, "%s ", worst->value->metric->benchmark);
	words_x(worst->value->metric, worst->value->x, x);
	text_addf(out, "%s%s%s)", worst->value->metric->name, x[0] ? " @ " : "", x);
	double blocks = quantile_of(needed, used, 0.5);
	if (blocks <= MOST_SENSIBLE)
		text_addf(out, "; 1 %% needs %.0f blocks\n", ceil(blocks));
	else
		text_add(out, "; 1 % cannot be found on this host as it is\n");
}

static void add_benchmarks(struct text *out, const struct resolved *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *benchmark = list[i].value->metric->benchmark;
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first = first && strcmp(list[k].value->metric->benchmark, benchmark) != 0;
		if (first)
			add_benchmark(out, list, count, benchmark);
	}
	add_benchmark(out, list, count, NULL);
}

static void add_false_alarms(
	struct text *out, const struct resolved *list, size_t count, uint64_t seed)
{
	double share = exchanged_share(list, count, seed);
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += list[i].found;
	text_addf(out,
		"False alarms: a test at 5 %% found a difference in %zu of %zu metrics (%.1f %%), "
		"and in %.1f %% of all when the names were exchanged at random within blocks, %d "
		"times. ",
		found, count, 100 * (double)found / (double)count, 100 * share, EXCHANGES);
	text_add(out,
		share <= too_often
			? "That is as it should be: intervals from this host can be trusted.\n"
			: "That is more often than 5 %: the differences between blocks are far "
			  "from normal here; measure more blocks before you trust an "
			  "interval.\n");
	text_add(out,
		"(Metrics of one benchmark are correlated, so the first number varies widely.)\n");
}

static int add_verdicts(struct text *out, const struct store_data *data, struct error *e)
{
	const struct compare_source base = {data, "a", "a"}, newer = {data, "b", "b"};
	const struct compare_options options = {.force = true};
	struct comparison *comparison;

	if (compare_new(&base, &newer, &options, &comparison, e) < 0)
		return -1;
	const struct compare_counts *n = &comparison->counts;
	text_addf(out,
		"Verdicts with a margin of 1 %%: %zu REGRESSION, %zu IMPROVEMENT (both would be "
		"wrong), %zu EQUIVALENT, %zu INCONCLUSIVE.\n",
		n->regressions, n->improvements, n->equivalents, n->inconclusive);
	if (n->not_measured + n->failed + n->incomplete)
		text_addf(out,
			"Not everything was measured: %zu metrics without numbers, %zu with "
			"failed or missing runs; `tare report` says why.\n",
			n->not_measured + n->failed, n->incomplete);
	compare_free(comparison);
	return 0;
}

static int report(const struct store_data *data, const struct resolved *list, size_t count,
	size_t measured, struct text *out, struct error *e)
{
	size_t fewest = SIZE_MAX, most = 0;

	for (size_t i = 0; i < count; i++) {
		fewest = list[i].blocks < fewest ? list[i].blocks : fewest;
		most = list[i].blocks > most ? list[i].blocks : most;
	}
	text_add(out,
		"Self-test: the same target under two names, so every difference is chance.\n");
	if (!count) {
		text_addf(out,
			"Too little was measured to tell: %zu metrics, none of them in 3 blocks of "
			"both names. Run it again on the same directory to continue.\n",
			measured);
		return 1;
	}
	text_addf(out, "%zu metrics in %zu", count, fewest);
	if (most > fewest)
		text_addf(out, " to %zu", most);
	text_add(out, " blocks.\n\n");
	add_false_alarms(out, list, count, data->seed);
	if (add_verdicts(out, data, e) < 0)
		return -1;
	text_addf(out,
		"\nSmallest difference that %zu blocks find here in 9 of 10 campaigns (the metric "
		"in the middle):\n",
		most);
	add_benchmarks(out, list, count);
	text_add(out,
		"Other load, frequency changes and unpinned CPUs make these larger; `tare doctor` "
		"shows what it sees of that. More blocks make them smaller.\n");
	return 0;
}

int selftest_report(const struct store_data *data, struct text *out, struct error *e)
{
	const struct report_options options = {0};
	struct report_model *model;
	struct side a, b;
	size_t count = 0;
	int status;

	if (report_model_new(data, &options, &model, e) < 0)
		return -1;
	if (side_find_target(model, "a") < 0 || side_find_target(model, "b") < 0) {
		report_model_free(model);
		return error_set(e, "this campaign has no targets a and b; it is not a self-test");
	}
	side_read(model, side_find_target(model, "a"), &a);
	side_read(model, side_find_target(model, "b"), &b);
	cleanup_free struct resolved *list = mem_new(a.count + 1, sizeof(*list));
	for (size_t i = 0; i < a.count; i++) {
		const struct side_value *other = side_find(&b, &a.values[i]);
		if (!other || a.values[i].status != BLOCKS_OK || other->status != BLOCKS_OK)
			continue;
		resolve(&a.values[i], other, &list[count]);
		if (list[count].blocks >= FEWEST_BLOCKS)
			count++;
		else
			free(list[count].differences);
	}
	status = report(data, list, count, a.count, out, e);
	for (size_t i = 0; i < count; i++)
		free(list[i].differences);
	side_free(&a);
	side_free(&b);
	report_model_free(model);
	return status;
}
