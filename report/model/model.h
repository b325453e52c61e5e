/* The one model behind every format: plain structs, computed once, read-only for the writers.
 * All strings are valid UTF-8 without control characters other than newline and tab. */
#ifndef TARE_REPORT_MODEL_H
#define TARE_REPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"
#include "stats/interval.h"
#include "store/store.h"

struct report_options {
	double confidence; /* of the intervals, two-sided; 0: 0.95 */
	unsigned width; /* columns of the terminal that text is for; 0: 100 */
	bool colour; /* text for a terminal that shows colours */
	bool figures_all; /* figures of details and samples, too */
	/* Text only: everything, not only what fits two screens; and of the benchmarks those of an
	 * area or a benchmark of this name alone, with their details (NULL: all). */
	bool all;
	const char *area;
	/* The model of a published data set whose numbers stand beside the measured ones they can
	 * be compared with; NULL: none. Must outlive this one. */
	const struct report_model *published;
	/* LaTeX only: where the document will be, from which it names its figures; NULL: by
	 * the paths that they were drawn under. */
	const char *directory;
};

enum report_better { REPORT_BETTER_NONE, REPORT_BETTER_HIGHER, REPORT_BETTER_LOWER };

/* Four different things. */
enum report_status { REPORT_MEASURED, REPORT_FAILED, REPORT_SKIPPED, REPORT_NOT_MEASURED };

struct report_target {
	const char *name, *driver, *summary; /* summary: "" if there is none */
	bool is_baseline, emulated;
	bool is_known; /* a machine of it was recorded, with whether it is emulated */
};

/* What a metric is for, as declared before the data. */
enum report_kind {
	REPORT_HEADLINE, /* verdicts, overview and figures are about these */
	REPORT_DETAIL, /* kept, and shown on request */
	REPORT_VALIDITY, /* settings, sizes, errors: outside statistics */
};

struct report_metric {
	const char *benchmark, *name, *unit, *statistic, *help;
	const char *x_name, *x_unit; /* NULL: no axis, no unit */
	enum report_better better;
	bool additive; /* compared as a difference, not as a ratio */
	enum report_kind kind;
	unsigned rank; /* of a headline among its benchmark's, from 1 */
	/* Of a curve, the headlines' x: "ends" (NULL, too), "smallest" or "largest". */
	const char *headline_at;
	const char
		*headline_unless; /* no headline where this metric was measured; NULL: always one */
};

/* One target in one group. */
struct report_cell {
	enum report_status status;
	const char *reason; /* skipped, failed or not measured: why; "" otherwise */
	const char *refused; /* why it may not be compared with the baseline; NULL: it may */
	unsigned planned_runs, measured_runs, failed_runs; /* over all blocks */
	bool emulated, emulation_known;
	bool kernel_known; /* its own and the baseline's */
	bool kernel_differs; /* from the baseline's: every comparison carries a warning */
	/* It communicates between machines over a network, where the baseline is fewer machines and
	 * communicates inside one of them: the network is part of the difference. */
	bool network_differs;
};

/* What disturbed a run, beyond declared bounds (disturbance.c). */
enum {
	RUN_BUSY = 1 << 0, /* others used its CPUs */
	RUN_THROTTLED = 1 << 1, /* its CPUs were slowed down */
	RUN_WARNED = 1 << 2, /* its host's kernel logged a warning */
	RUN_STALLED = 1 << 3, /* its host was short of memory */
};

/* One target in one row. */
struct report_value {
	enum report_status status;
	const struct report_cell *cell;
	size_t runs, samples, machines; /* machines: most that one run measured this in */
	/* The stored series behind it, as indices into data: by block, run and machine. */
	const size_t *series;
	size_t series_count;
	/* y(block), one per block with a run that measured it, in the order of block numbers: the
	 * mean over runs of ln(statistic of the iterations); for additive metrics, and for a metric
	 * that turned out not to be positive, of the statistic itself. */
	const double *blocks;
	const size_t *block_numbers;
	size_t block_count;
	size_t flagged; /* series of runs whose clock is flagged */
	unsigned marks; /* RUN_…, of any run behind it */
	size_t unsteady; /* series in which no steady state was found (report/statistic.h) */
	bool logarithmic; /* whether blocks are logarithms */
	struct interval value; /* the back-transformed mean of blocks */
	bool compared; /* change and cost mean something */
	struct interval change; /* ratio (1 = same) or difference (0 = same) to the baseline */
	/* The slowdown against the baseline − 1: lower is better: ratio − 1; higher is better: 1 /
	 * ratio − 1; neither: ratio − 1. Additive: the difference in the unit, + is worse. NaN
	 * where unknown. The interval is that of this value alone (pointwise). */
	double cost, cost_low, cost_high;
	bool headline; /* one of those that are judged together */
	int decided; /* of a headline, together with all others: 1 worse, -1 better, 0 not */
	/* Neither, but decided: no worse than what matters (verdict/decision.h). */
	bool settled;
	/* Of an undecided headline: how many blocks would decide it if the next ones were like
	 * these; 0: more than MODEL_MOST_BLOCKS. */
	size_t blocks_needed;
};

/* One metric at one x: one value per target, in the model's order. */
struct report_row {
	const struct report_metric *metric;
	double x; /* NaN: nothing was measured, at no x */
	struct report_value *values;
};

/* placement × benchmark × parameters. */
struct report_group {
	const char *placement, *benchmark, *parameters;
	struct report_cell *cells; /* one per target */
	struct report_row *rows; /* by metric, then x */
	size_t row_count;
};

/* Benchmarks of one kind in one placement: what stands together in a report. */
struct report_area {
	const char *name; /* "CPU", "Disk" … */
	const char *placement;
	size_t *groups, group_count; /* indices into the model's groups, in the campaign's order */
};

/* The keys of variations whose values are names of targets. */
#define OPTIONS_KEY "options"
#define DECISION_KEY "decision"

/* A headline under one value of a parameter that was varied on purpose (network=delay 2ms …),
 * against the same target's under that parameter's first value; or, with OPTIONS_KEY, of a variant
 * of a target, the value being its name, against the first variant's (variants.c); or, with
 * DECISION_KEY, of a target against the one that the campaign decides against. */
struct report_variation {
	const struct report_group *first, *group;
	const struct report_row *first_row;
	const struct report_row *row; /* NULL: not there under this value */
	const char *key; /* "network" */
	const char *value, *first_value;
	size_t target; /* of the first value */
	size_t shown_target; /* the same; or another, where values are names of targets */
	/* Copied from the row, with change, cost and decided against the first value. */
	struct report_value shown;
};

/* A fact of the machines, and the targets whose machines all report it so. */
struct report_fact {
	const char *name, *targets, *value;
	/* Of a difference in one member of a fact ("mitigations"): the fact, and the member; else
	 * NULL. */
	const char *of, *member;
};

/* In what the domain of a target (its first machine's) differs from the target's own without
 * options. */
struct report_domain {
	size_t target;
	const char **lines; /* of a unified diff of the XML, from the first "@@ … @@" on */
	size_t line_count; /* at least 1 */
};

/* What is missing, or went wrong. */
struct report_problem {
	const char *target, *placement, *benchmark, *parameters, *what, *reason;
	unsigned count, of; /* runs or starts; of 0: not counted */
};

struct report_figure {
	const char *title, *note; /* note: what its numbers rest on */
	const char *svg_path; /* NAME.pdf, .gp and .dat stand beside NAME.svg */
	bool wide; /* a page's width, else a column's */
};

/* One value in one placement against the same target's first one (most often 1x1); or, in the same
 * placement, with its threads (parameter threads=N) against its fewest. */
struct report_scaling {
	const struct report_group *group, *first;
	const struct report_row *row, *first_row;
	size_t target;
	double cpus, first_cpus; /* of all its machines, or threads; NaN if unknown */
	/* How many times as much work gets done per time, all machines together, against the first
	 * placement, and its interval (Welch's). */
	struct interval speedup;
	double efficiency; /* speed-up ÷ (CPUs here ÷ CPUs there); NaN where it has no meaning */
};

/* One value measured beside a load in another machine (parameter background=LOAD), against the same
 * target's beside none. */
struct report_interference {
	const struct report_group *alone, *group; /* beside none, and beside the load */
	const struct report_row *alone_row;
	const struct report_value *value; /* NULL: not measured beside the load */
	size_t target;
	const char *foreground; /* the benchmark and its parameters without the background */
	const char *background;
	struct interval slowdown; /* times as slow as alone: 1 is undisturbed */
};

/* How evenly the machines of a run were served, over the runs that measured in several. */
struct report_fairness {
	const struct report_group *group;
	const struct report_row *row;
	size_t target, machines, runs;
	const double
		*shares; /* per machine: the mean over runs of its part of all service, 0 … 1 */
	double jain, jain_low; /* Jain's index: median and lowest of the runs */
	double max_min, max_min_high; /* best served ÷ worst served: median and highest */
	/* What all machines get done together, in the metric's unit: the sum of their values,
	 * median of the runs. NaN: not a rate (model_is_rate), which does not add up. */
	double aggregate;
};

enum clock_honesty { CLOCK_UNKNOWN, CLOCK_KEEPS, CLOCK_DRIFTS, CLOCK_JUMPS };

/* What one target's numbers have to be read with; NaN where it was not recorded. */
struct report_honesty {
	size_t target, runs, probed_runs; /* probed: the clock was compared before and after */
	double offset_s,
		offset_error_s; /* largest |machine's clock − host's|, and its uncertainty */
	double drift; /* largest |change of the offset| ÷ the run's time from start to end */
	/* Its clock's pace against the host's, − 1, over whole blocks, and how unsure that is. */
	double pace, pace_error;
	size_t flagged_runs, jumps; /* runs: see report_model.clock_flags; and with a jump */
	enum clock_honesty clock;
	double clock_gap; /* largest |run's time by the machine's clock ÷ by the host's − 1| */
	double steal, steal_high; /* stolen time ÷ time × CPUs: over all runs, and of one run */
	size_t series, unsteady; /* of all metrics and runs; those without a steady state */
	bool emulated, kernel_known, kernel_differs;
	size_t watched_runs; /* the hosts reported how much CPU time others had */
	double others, others_high; /* that ÷ time × watched CPUs: over all runs, and of one */
	size_t busy_runs, throttled_runs, warned_runs, stalled_runs; /* RUN_… */
	const char *warning; /* the kernel's first one; NULL: none */
};

enum flush_honesty {
	FLUSH_UNKNOWN, /* only the machine's counters are there */
	FLUSH_HONEST, /* nothing is acknowledged before the device has it */
	FLUSH_CACHED, /* only what was asked to be safe is */
	FLUSH_LYING,
	FLUSH_UNCLEAR, /* blocks say different things */
};

/* What became of the writes of a target that the benchmark flush measured. NaN: not known. */
struct report_flush {
	const struct report_group *group;
	size_t target;
	double acknowledged_bytes, machine_bytes; /* told to be safe; given to the hypervisor */
	/* Given to the device of those, and of unasked ones; medians of the blocks. */
	double device_share, direct_share;
	double asked, machine_flushes, host_flushes;
	enum flush_honesty verdict;
};

/* The rate of a counter of the hosts in a target's runs of a group, against that in the baseline's.
 */
struct report_origin {
	const struct report_group *group;
	size_t target, counter; /* counter: index into data->counters */
	const char *source, *name, *unit; /* of the counter; the rate is in unit/s */
	double rate; /* mean over runs; the hosts of a run together */
	double baseline_rate; /* NaN: the baseline does not have it (what is inside guests) */
	size_t runs, baseline_runs; /* in which it was known */
	double change; /* ln of the quotient, of rates that are not too small; NaN: no quotient */
	double sure; /* what surely remains of |change|: less twice its standard error over runs */
};

struct report_attribution; /* report/model/attribution.h */

/* A published number that is comparable with a measured one. */
struct report_published {
	const struct report_group *group;
	const struct report_row *row;
	size_t target;
	const char *source, *published_target, *published_metric;
	/* In the measured metric's unit; costs against the source's own baseline, NaN if it has
	 * none. */
	double published, published_cost;
};

struct report_model {
	const struct store_data *data;
	struct report_options options;
	const char *campaign_id, *name, *started, *tare_version, *image_digest;
	size_t baseline; /* index of the target */
	struct report_target *targets;
	struct report_metric *metrics; /* as in data */
	struct report_group *groups;
	struct report_area *areas; /* by kind, then placement */
	struct report_variation *variations; /* by key, target, first_row, value */
	const char *decision; /* how headlines were decided while it ran; NULL: all together */
	struct report_fact *facts;
	/* Of those what differs between targets, mitigations and guest options one by one; lines of
	 * a fact follow each other. */
	struct report_fact *differences;
	struct report_domain *domains; /* by target; of those that differ */
	struct report_problem *problems;
	struct report_figure *figures;
	struct report_scaling *scalings;
	struct report_interference *interferences; /* by target, row alone, then background */
	struct report_fairness *fairnesses;
	struct report_honesty *honesties; /* one per target, in their order; none without runs */
	struct report_flush *flushes;
	struct report_published *published_numbers;
	size_t target_count, metric_count, group_count, area_count, variation_count, fact_count,
		difference_count, domain_count, problem_count, figure_count, scaling_count,
		interference_count, fairness_count, honesty_count, flush_count, published_count;
	size_t group_capacity, variation_capacity, fact_capacity, difference_capacity,
		problem_capacity, figure_capacity, scaling_capacity, interference_capacity,
		fairness_capacity, flush_capacity, published_capacity;
	size_t *cell_groups; /* data cell → group */
	/* target → fact → text for people: where hosts differ, by host; "" unknown */
	const char ***target_facts;
	const char **environments; /* by target: of the hosts that it was started on; "" unknown */
	bool *clock_flags; /* data run → a clock went wrong beyond the bound (clock.c) */
	struct report_origin *origins; /* by group and target, the most changed first */
	size_t origin_count;
	struct report_attribution *attributions; /* by target, group and row */
	size_t attribution_count, attribution_capacity;
	unsigned *run_marks; /* data run → RUN_… */
	size_t *first_readings; /* the same of data->readings, as first_clocks */
	size_t *first_clocks; /* data run → the first of its data->clocks; one more at the end */
	const char ***machine_facts; /* data machine → fact → text or NULL */
	void **pool; /* everything else that is owned */
	size_t pool_count, pool_capacity;
};

void report_model_free(struct report_model *model); /* safe with NULL */

/* --- for the files that build the model ------------------------------------------------------ */

/* Zeroed memory that lives as long as the model. */
void *model_new(struct report_model *model, size_t count, size_t size);
/* text made valid UTF-8, kept by the model; NULL gives "". */
const char *model_text(struct report_model *model, const char *text);
const char *model_printf(struct report_model *model, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* In this order. */
void model_read_facts(struct report_model *model);
void model_find_differences(struct report_model *model); /* differences */
void model_read_domains(struct report_model *model); /* domains */
void model_read_cells(struct report_model *model); /* groups and their cells */
void model_read_areas(struct report_model *model); /* areas */
void model_mark_networks(struct report_model *model); /* cells' network_differs */
/* Whether a benchmark that runs between all machines of a placement has more of them for a target
 * than for another (of any model): what goes over a network there stays inside a machine here. */
bool model_has_more_machines(const struct report_model *model, size_t target,
	const struct report_model *other, size_t other_target, const char *placement,
	const char *benchmark);
void model_flag_clocks(struct report_model *model); /* clock_flags */
void model_mark_runs(struct report_model *model); /* run_marks, first_readings */
void model_read_values(struct report_model *model); /* rows, ratios, intervals */
void model_judge(struct report_model *model); /* headlines, and which are decided */
void model_vary_targets(struct report_model *model); /* variations of targets */
void model_vary(struct report_model *model); /* the others, and what is decided of all */
/* Adds one like this, of a headline of its first group. */
void model_add_variation(struct report_model *model, const struct report_variation *like,
	const struct report_row *first_row);
/* The options of a variant that differ from another's, {"cache": "none", …}: values as stored. The
 * caller's. */
json_t *model_option_changes(const struct report_model *model, size_t first, size_t target);
/* Whether a metric of a group is a headline at x; x: NaN where nothing was measured. */
bool model_is_headline(const struct report_model *model, const struct report_group *group,
	const struct report_metric *metric, double x);
void model_list_problems(struct report_model *model); /* problems */
void model_scale(struct report_model *model); /* scalings */
void model_interfere(struct report_model *model); /* interferences */
void model_share(struct report_model *model); /* fairnesses */
void model_find_origins(struct report_model *model); /* origins */
void model_attribute(struct report_model *model); /* attributions */
void model_be_honest(struct report_model *model); /* honesties */
void model_judge_flushes(struct report_model *model); /* flushes */
void model_add_published(struct report_model *model); /* published_numbers */

/* A headline of one side beside the other's, to be judged together with others. */
struct model_pair {
	const struct report_metric *metric;
	struct report_value *value; /* gets decided and blocks_needed */
	const struct report_value *with;
};
/* Decides all of them together (judge.c); change and cost are there. */
void model_judge_pairs(
	const struct report_model *model, const struct model_pair *pairs, size_t count);
/* Compares a value with another of its metric: fills change and cost, if that has a meaning. */
void model_compare_value(const struct report_metric *metric, const struct report_value *with,
	double confidence, struct report_value *value);
/* Whether the area is of this name, or has a benchmark of it; NULL: any. */
bool model_area_matches(
	const struct report_model *model, const struct report_area *area, const char *name);

/* The length of the parameter that text ("key=value key=value(more options)") starts with. A value
 * may hold blanks ("network=delay 2ms rate 1Gbit"): it ends before the next key. */
size_t model_parameter_length(const char *text);
/* Takes parameters ("key=value key=value(more options)") apart: the value of the key, which is
 * given with its "=" ("": there is none), and the others. Both texts begin empty. */
void model_split_parameters(
	const char *parameters, const char *key, struct text *value, struct text *others);
/* Pairs of blocks from which on an interval is that of pairs. */
enum { MODEL_FEWEST_PAIRS = 3, MODEL_MOST_BLOCKS = 50 };
/* d(b) = target − baseline for every block that both have, into room for the target's blocks.
 * Returns how many. */
size_t model_pair_blocks(const struct report_value *target, const struct report_value *baseline,
	double *differences);
/* How value differs from another of the same metric: in pairs where 3 or more blocks have a partner
 * (what the host did to a block, it did to both), else with the sides as they are (Welch). ratio:
 * both are logarithmic. */
void model_compare_blocks(const struct report_value *value, const struct report_value *with,
	bool ratio, double confidence, struct interval *out);
/* The row of the group with the same metric and x, or NULL. */
const struct report_row *model_same_row(
	const struct report_group *group, const struct report_row *like);
/* The slowdown − 1 that a change is (see report_value.cost), and its interval; NaN where there is
 * none. */
void model_slowdown(const struct report_metric *metric, const struct interval *change, double *cost,
	double *low, double *high);
/* Whether it is a rate: more is better, and its unit is something per time. Rates of machines that
 * run at once add up. */
bool model_is_rate(const struct report_metric *metric);
/* Whether ratios of it can be made. */
bool model_has_ratio(const struct report_value *value);

/* Facts that the model itself needs, as indices into a machine's facts. */
enum {
	FACT_KERNEL,
	FACT_IMAGE,
	FACT_HOST_KERNEL,
	FACT_HYPERVISOR,
	FACT_HYPERVISOR_VERSION = 5,
	FACT_CPU_MODEL = 11,
	FACT_MICROCODE,
	FACT_MITIGATIONS = 15,
	FACT_GOVERNOR,
	FACT_SMT,
	FACT_TURBO,
	FACT_PRIVILEGES = 24,
	FACT_VHOST_WHY_NOT
};
/* What all machines of a target (in a placement; NULL: any) report for a fact: the distinct
 * values joined by ", ", or "" if none reports it. */
const char *model_target_fact(
	struct report_model *model, size_t target, const char *placement, size_t fact);

/* Interferences from first on that are of the same target: where the next target's begin. */
size_t interference_end(const struct report_model *model, size_t first);
/* The distinct backgrounds among them, into an array with room for all. Returns how many. */
size_t interference_backgrounds(
	const struct report_model *model, size_t first, size_t end, const char **backgrounds);
/* Of the row that first is of, the one beside that background; NULL: it was not planned. */
const struct report_interference *interference_find(
	const struct report_model *model, size_t first, size_t end, const char *background);

const char *report_status_text(enum report_status status); /* "measured", "not measured" … */

#endif
