/* Campaigns that go on until they are decided: how often they are wrong, and how long they take. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/before_after.h"
#include "stats/decide.h"
#include "stats/describe.h"
#include "stats/newest.h"
#include "tests/stats/deviates.h"
#include "tests/stats/sim/sim.h"

enum { MOST = 50, METRICS = 200, TRIALS = 100000, FEW_TRIALS = 2000 };

static const double any = NAN;

/* How a block's difference of two targets is distributed. */
enum noise {
	NOISE_NORMAL,
	NOISE_T5,
	NOISE_STALLS, /* lognormal, and 2 % of the starts of both are 20 % slower */
	NOISE_STALLS_NEW, /* only those of the new one */
	NOISE_SKEWED, /* the difference itself lognormal(.5) */
	NOISE_CORRELATED, /* AR(1) .2 between blocks */
};

enum spread { SPREAD_EQUAL, SPREAD_LOGNORMAL };

struct setting {
	size_t metrics;
	enum noise noise;
	enum spread spread; /* of sds between metrics */
	double sd; /* of one difference, typically */
	double theta, first_theta; /* of all metrics but the first, and of the first; in margins */
	enum verdict looked_for; /* in any metric */
	bool passes; /* instead: everything is green */
};

static double lognormal(struct random *random, double sigma)
{
	double mean = exp(sigma * sigma / 2), sd = mean * sqrt(expm1(sigma * sigma));

	return (exp(sigma * draw_normal(random)) - mean) / sd;
}

static double stall(struct random *random)
{
	return draw_uniform(random) < .02 ? log(1.2) : 0;
}

/* One difference with mean 0 (but for stalls) and this sd. */
static double draw(const struct setting *setting, struct random *random, double sd, double before)
{
	switch (setting->noise) {
	case NOISE_T5:
		return sd * sqrt(3. / 5) * draw_normal(random) /
		       sqrt(2 * draw_gamma(random, 2.5) / 5);
	case NOISE_STALLS:
		return sd * (lognormal(random, .5) - lognormal(random, .5)) / M_SQRT2 +
		       stall(random) - stall(random);
	case NOISE_STALLS_NEW:
		return sd * draw_normal(random) + stall(random);
	case NOISE_SKEWED:
		return -sd * lognormal(random, .5);
	case NOISE_CORRELATED:
		return .2 * before + sqrt(1 - .04) * sd * draw_normal(random);
	case NOISE_NORMAL:
		break;
	}
	return sd * draw_normal(random);
}

static void fill(const struct setting *setting, struct random *random, double theta, double *out)
{
	double sd = setting->sd, before = 0;

	if (setting->spread == SPREAD_LOGNORMAL)
		sd *= exp(.5 * draw_normal(random));
	for (size_t b = 0; b < MOST; b++) {
		before = draw(setting, random, sd, before);
		out[b] = theta * log(1.01) + before;
	}
}

static struct decide_rule rule(void)
{
	struct decide_rule usual = {.alpha = .05};

	sequential_init(&usual.looks, SEQUENTIAL_FIRST, SEQUENTIAL_STEP, MOST);
	return usual;
}

/* Replays one campaign; metrics has room for all of them, differences for MOST of each. */
static size_t replay(const struct setting *setting, struct random *random,
	struct decide_metric *metrics, double *differences)
{
	const struct decide_rule usual = rule();
	struct decide_outcome outcome;

	for (size_t m = 0; m < setting->metrics; m++) {
		double *own = differences + m * MOST;

		fill(setting, random, m ? setting->theta : setting->first_theta, own);
		metrics[m] = (struct decide_metric){.differences = own,
			.count = MOST,
			.margin = log(1.01),
			.cell = m,
			.headline = true};
	}
	decide_replay(&usual, metrics, setting->metrics, &outcome);
	return outcome.blocks;
}

static bool is_green(enum verdict verdict)
{
	return verdict != VERDICT_REGRESSION && verdict != VERDICT_INCONCLUSIVE;
}

static bool decided(struct random *random, const void *context)
{
	const struct setting *setting = context;
	cleanup_free struct decide_metric *metrics = mem_new(setting->metrics, sizeof(*metrics));
	cleanup_free double *differences = mem_new(setting->metrics * MOST, sizeof(*differences));
	bool all = true, found = false;

	replay(setting, random, metrics, differences);
	for (size_t m = 0; m < setting->metrics; m++) {
		enum verdict verdict = metrics[m].judged.verdict;

		all = all && is_green(verdict);
		found = found || verdict == setting->looked_for ||
			(setting->looked_for == VERDICT_NOT_WORSE && is_green(verdict));
	}
	return setting->passes ? all : found;
}

static double blocks_until(struct random *random, const void *context)
{
	const struct setting *setting = context;
	struct decide_metric metric;
	double differences[MOST];

	return (double)replay(setting, random, &metric, differences);
}

/* Looks at .05, as one would without knowing better. */
static bool naive(struct random *random, const void *context)
{
	const struct setting *setting = context;
	double differences[MOST];

	fill(setting, random, setting->first_theta, differences);
	for (size_t n = SEQUENTIAL_FIRST; n <= MOST; n += SEQUENTIAL_STEP) {
		struct describe describe;

		describe_samples(differences, n, &describe);
		if (verdict_p_above(describe.mean, describe.sd / sqrt((double)n), (double)n - 1,
			    log(1.01)) <= .05)
			return true;
	}
	return false;
}

/* --- order ---------------------------------------------------------------------------------- */

/* Three targets in mirrored pairs of blocks, the last of a block .5 % slower; the third is exactly
 * at the margin. */
static bool mirrored_regression(struct random *random, const void *context)
{
	const struct decide_rule usual = rule();
	struct decide_outcome outcome;
	double differences[MOST];
	size_t order[3] = {0, 1, 2};

	(void)context;
	for (size_t b = 0; b < MOST; b++) {
		double y[3] = {0};

		if (b % 2 == 0)
			random_shuffle(random, order, 3);
		for (size_t i = 0; i < 3; i++) {
			size_t target = order[b % 2 ? 2 - i : i];

			y[target] = .00545 * draw_normal(random) + (i == 2 ? .005 : 0) +
				    (target == 2 ? log(1.01) : 0);
		}
		differences[b] = y[2] - y[0];
	}
	struct decide_metric metric = {
		.differences = differences, .count = MOST, .margin = log(1.01), .headline = true};

	decide_replay(&usual, &metric, 1, &outcome);
	return outcome.regression;
}

/* --- histories ------------------------------------------------------------------------------- */

/* A night in which nothing changed: 200 series are screened, and what is flagged is decided by a
 * campaign of old against new. */
static bool night_is_red(struct random *random, const void *context)
{
	enum { NIGHTS = 30, FLAGGED_MOST = 64 };
	cleanup_free struct decide_metric *metrics = mem_new(FLAGGED_MOST, sizeof(*metrics));
	cleanup_free double *differences = mem_new(FLAGGED_MOST * MOST, sizeof(*differences));
	struct setting setting = {.sd = .0077};

	(void)context;
	for (size_t s = 0; s < METRICS && setting.metrics < FLAGGED_MOST; s++) {
		double nights[NIGHTS + 1];
		struct interval interval;

		for (size_t i = 0; i <= NIGHTS; i++)
			nights[i] = .0042 * draw_normal(random);
		newest_judge(nights, NIGHTS, nights[NIGHTS], .95, &interval);
		setting.metrics += interval.estimate > 0 && interval.p / 2 <= .005;
	}
	if (!setting.metrics)
		return false;
	replay(&setting, random, metrics, differences);
	for (size_t m = 0; m < setting.metrics; m++)
		if (metrics[m].judged.verdict == VERDICT_REGRESSION)
			return true;
	return false;
}

/* --- days -----------------------------------------------------------------------------------
 */

struct day_setting {
	double day_sd;
	bool over_native;
};

/* Two campaigns of 8 blocks on different days, in which nothing changed. */
static bool day_is_red(struct random *random, const void *context)
{
	enum { BLOCKS = 8 };
	const struct day_setting *setting = context;
	struct before_after_side sides[2];

	for (size_t j = 0; j < 2; j++) {
		double day = setting->day_sd * draw_normal(random), d[BLOCKS];
		struct describe describe;

		for (size_t b = 0; b < BLOCKS; b++) {
			double common = day + .005 * draw_normal(random);
			double target = common + .00545 * draw_normal(random);
			double native = common + .00545 * draw_normal(random);

			d[b] = setting->over_native ? target - native : target;
		}
		describe_samples(d, BLOCKS, &describe);
		sides[j] = (struct before_after_side){
			describe.mean, describe.variance, BLOCKS - 1, BLOCKS};
	}
	struct before_after found = before_after(&sides[0], &sides[1], NULL, 0);

	return verdict_p_above(found.change, found.error, found.df, log(1.01)) <= .05;
}

static void days(struct sim *sim)
{
	const struct day_setting unpaired = {.01, false}, over_native = {.02, true};

	sim_row(sim, TRIALS / 5, day_is_red, &unpaired, any, any, "two days: REGRESSION, unpaired",
		"nothing changed, day sd 1 %%, 8 blocks");
	sim_row(sim, TRIALS / 5, day_is_red, &over_native, 0, .001,
		"two days: REGRESSION, over native", "nothing changed, day sd 2 %%, 8 blocks");
}

/* --- the rows -------------------------------------------------------------------------------- */

static void at_the_margin(struct sim *sim)
{
	static const struct {
		enum noise noise;
		enum verdict verdict;
		double low, high;
		const char *text;
	} rows[] = {
		{NOISE_NORMAL, VERDICT_REGRESSION, .047, .053, "sd 1 %"},
		{NOISE_NORMAL, VERDICT_NOT_WORSE, .047, .053, "sd 1 %"},
		{NOISE_T5, VERDICT_REGRESSION, 0, .05, "sd 1 %, t5"},
		{NOISE_T5, VERDICT_NOT_WORSE, 0, .05, "sd 1 %, t5"},
		{NOISE_STALLS, VERDICT_REGRESSION, 0, .05, "sd 1 %, stalls in both"},
		{NOISE_STALLS, VERDICT_NOT_WORSE, 0, .05, "sd 1 %, stalls in both"},
		{NOISE_STALLS_NEW, VERDICT_NOT_WORSE, NAN, NAN, "sd 1 %, stalls in new alone"},
		{NOISE_SKEWED, VERDICT_REGRESSION, NAN, NAN, "sd 1 %, differences skewed"},
		{NOISE_CORRELATED, VERDICT_REGRESSION, NAN, NAN, "sd 1 %, blocks AR(1) .2"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct setting setting = {.metrics = 1,
			.noise = rows[i].noise,
			.sd = .01,
			.first_theta = 1,
			.looked_for = rows[i].verdict};

		sim_row(sim, TRIALS, decided, &setting, rows[i].low, rows[i].high,
			rows[i].verdict == VERDICT_REGRESSION ? "until decided: REGRESSION at δ"
							      : "until decided: green at δ",
			"looks 4, 6 … 50, %s", rows[i].text);
		if (i == 0)
			sim_row(sim, TRIALS, naive, &setting, any, any,
				"naive looks: REGRESSION at δ", "looks 4, 6 … 50, each at 5 %%");
	}
}

static void many(struct sim *sim)
{
	struct setting one_of_six = {.metrics = 6, .sd = .005, .first_theta = 1, .passes = true};
	struct setting all = {.metrics = METRICS,
		.sd = .005,
		.theta = 1,
		.first_theta = 1,
		.looked_for = VERDICT_REGRESSION};

	sim_row(sim, TRIALS / 5, decided, &one_of_six, 0, .055, "until decided: passes",
		"one of 6 metrics at δ, sd .5 %%");
	sim_row(sim, FEW_TRIALS, decided, &all, 0, .05, "until decided: any false REGRESSION",
		"200 metrics at δ, frozen prior, equal sds");
	all.spread = SPREAD_LOGNORMAL;
	sim_row(sim, FEW_TRIALS, decided, &all, 0, .05, "until decided: any false REGRESSION",
		"200 metrics at δ, frozen prior, lognormal sds");
}

static void lengths(struct sim *sim)
{
	static const struct {
		double theta, most;
		const char *text;
	} rows[] = {{0, 10.6, "no difference, δ 1 %, sd 1 %"}, {2, 10.7, "+2 %, δ 1 %, sd 1 %"}};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct setting setting = {.metrics = 1,
			.sd = .01,
			.first_theta = rows[i].theta ? log(1.02) / log(1.01) : 0};

		sim_mean(sim, TRIALS / 2, blocks_until, &setting, rows[i].most, "blocks",
			"until decided: blocks", rows[i].text);
	}
}

void sim_decide(struct sim *sim)
{
	at_the_margin(sim);
	many(sim);
	lengths(sim);
	days(sim);
	sim_row(sim, TRIALS / 4, mirrored_regression, NULL, 0, .05,
		"until decided: REGRESSION at δ",
		"3 targets, last in block +.5 %%, mirrored, sd .77 %%");
	sim_row(sim, FEW_TRIALS / 2, night_is_red, NULL, 0, 0, "night falsely red",
		"200 series, screened, then A/B of what is flagged");
}
