/* Two campaigns, or two targets of one, compared metric by metric: the one model behind the
 * verbs compare and gate and all their formats. Two targets of one campaign are compared block by
 * block (paired); different campaigns by Welch on the blocks' logarithms. docs/verdicts.md says
 * how to read it. */
#ifndef TARE_REPORT_COMPARE_H
#define TARE_REPORT_COMPARE_H

#include "report/model/model.h"
#include "report/verdict/declared.h"
#include "report/verdict/expectations.h"
#include "report/verdict/margins.h"
#include "stats/interval.h"
#include "stats/moderate.h"
#include "stats/verdict.h"

/* One side: a campaign, and which of its targets. */
struct compare_source {
	const struct store_data *data;
	const char *label; /* as the user named it */
	const char *target; /* NULL: all */
};

/* Whether a margin is that of the metric. */
bool compare_margin_names(const struct compare_margin *margin, const struct report_metric *metric);

struct compare_options {
	double delta; /* the change that matters, a fraction; 0: what is declared, or .01 */
	const struct compare_margin *margins;
	size_t margin_count;
	double alpha; /* 0: what is declared, or .05; intervals have the confidence 1 − alpha */
	bool cost; /* decide about the cost over native also where the host changed */
	/* Campaigns of the same targets before both, in which nothing changed; may be NULL. */
	const struct store_data *const *earlier;
	size_t earlier_count;
	const struct expectations *expectations; /* known noise; NULL: what is declared, if any */
	const char *remark; /* a note on how the campaigns were chosen; NULL: none */
	bool equivalence; /* NOT WORSE is not enough to pass */
	bool force; /* compare what is otherwise refused, with a note */
	bool all_of_base; /* a target that the newer side lacks is missing, not left out */
	bool details; /* tables have details, too */
	unsigned width; /* columns of the terminal that text is for; 0: 100 */
	bool colour; /* text for a terminal that shows colours */
};

enum compare_state {
	COMPARE_JUDGED, /* has a verdict: a headline, or a detail that is a REGRESSION */
	COMPARE_EXPLORATORY, /* measured; a detail or without a direction, so no verdict */
	COMPARE_UNTESTABLE, /* measured on both sides, but says nothing yet; see reason */
	COMPARE_NOT_MEASURED, /* skipped or not reached on a side */
	COMPARE_FAILED, /* its runs failed on a side */
	COMPARE_NEW, /* the base never had it: nothing to compare with */
};

/* What a gate makes of one item. */
enum compare_gate {
	GATE_PASS, /* NOT WORSE, EQUIVALENT or IMPROVEMENT, and measured as planned */
	GATE_NONE, /* nothing to decide: a detail, exploratory, or new */
	GATE_REGRESSION,
	GATE_INCONCLUSIVE,
	GATE_NOT_MEASURED,
	GATE_FAILED,
	GATE_EXPECTED, /* a REGRESSION or INCONCLUSIVE that is known noise: decides nothing */
};

struct compare_side {
	size_t blocks, runs, samples;
	double value; /* the mean over blocks, back on the metric's own scale; NaN */
	unsigned planned_runs, measured_runs, failed_runs; /* of the cell */
};

/* What one look of a campaign that runs until it is decided saw: the slowdown from so many pairs,
 * with the interval that holds at every look; NaN without one. */
struct compare_look {
	unsigned pairs;
	double cost, cost_low, cost_high; /* as in compare_item */
};

/* One metric at one x. */
struct compare_item {
	const char *base_target, *new_target; /* names */
	const char *placement, *benchmark, *parameters;
	const struct report_metric *metric; /* NULL: nothing is known but the cell */
	double x; /* NaN: no axis, or nothing was measured */
	/* Declared so, or has a margin of its own, or nothing is known but the cell. All others are
	 * details: explored, and decide nothing. */
	bool headline;
	enum compare_state state;
	enum compare_gate gate;
	const struct expectation *expectation; /* that excuses it, or did until it expired; NULL */
	const char *reason; /* why there is no verdict, or is no clean one; "" */
	struct compare_side base, newer;
	size_t unpaired; /* blocks without a partner on the other side (paired only) */
	bool paired, emulated, kernel_differs;
	/* Different campaigns: the change of what each measured over its own baseline; or the
	 * baselines themselves, which say what the host did. */
	bool over_native, host;
	size_t earlier; /* campaigns whose spread counts, too */
	bool network_differs; /* one side communicates over a network, the other in one machine */
	struct interval change; /* newer to base: ratio (1 = same) or difference (0 = same) */
	double cost, cost_low, cost_high; /* as in report_value: + is worse */
	double p, adjusted; /* two-sided; adjusted by Benjamini–Hochberg if exploratory, else NaN */
	double signs_p; /* exact sign flips (paired only); NaN */
	/* Paired, from 6 blocks on: what does not assume a normal distribution (sign flips, the
	 * studentised bootstrap of blocks) and disagrees with the t interval on "no change"; "" */
	const char *disagrees;
	double margin; /* a fraction, or for additive metrics in the unit; NaN */
	/* Of a campaign that runs until it is decided: judged holds for all looks. */
	bool sequential;
	size_t looked_pairs; /* at its verdict, or at its last look; 0: there was none */
	bool left; /* its cell needs no further block */
	struct compare_look *looks; /* up to looked_pairs; owned by the comparison */
	size_t look_count;
	struct verdict_case judged; /* COMPARE_JUDGED and _UNTESTABLE; further_blocks may be used */
};

struct compare_counts {
	size_t regressions, improvements, equivalents, not_worse, inconclusive, exploratory;
	size_t not_measured, failed, only_new;
	size_t expected; /* known noise, headlines and details; counted nowhere else */
	size_t details_worse; /* details that are a REGRESSION */
	size_t details; /* all other counts are of headlines */
	size_t incomplete; /* judged, but with failed or missing runs */
};

struct comparison {
	const char *base_label, *new_label;
	const struct store_data *base, *newer;
	struct compare_options options;
	struct compare_item *items; /* by the base's targets, then placement … x */
	size_t count, capacity;
	struct compare_counts counts;
	size_t family; /* headlines that were judged together */
	const char **notes; /* warnings and remarks about the numbers */
	size_t note_count, note_capacity;
	struct declared declared; /* the question that the campaign was begun with, if any */
	struct margins declared_margins;
	size_t decided_after; /* sequential: pairs behind the latest verdict */
	bool all_left; /* sequential: no cell needs another block */
	struct moderate_prior prior; /* status MODERATE_OK: variances were moderated */
	bool paired; /* any item is */
	const char *host_changed; /* what differs of the host, where native moved with it; NULL */
	struct report_model **earlier_models; /* of options.earlier */
	char **pool; /* texts that are owned */
	size_t pool_count, pool_capacity;
	struct report_model *base_model, *new_model; /* one where base and newer are one store */
};

/* Matches, tests and judges all items together. data must outlive the comparison. Refused, with
 * the remedy: different images, units or declarations under one name, emulated against not
 * emulated (all unless options.force, and then noted), unknown targets, an unknown metric among
 * the margins, and one campaign without two targets. Freed by compare_free. */
int compare_new(const struct compare_source *base, const struct compare_source *newer,
	const struct compare_options *options, struct comparison **out, struct error *e);
void compare_free(struct comparison *comparison); /* safe with NULL */

/* Removes every item that is not wanted; all stay judged together with it. */
void compare_keep_items(struct comparison *comparison,
	bool (*wanted)(const struct compare_item *item, const void *context), const void *context);

/* Whether the item is of the cell with these texts. */
bool compare_is_of(const struct compare_item *item, const char *placement, const char *benchmark,
	const char *parameters);
/* A headline, or a detail that is a REGRESSION or would be one. */
bool compare_is_gated(const struct compare_item *item);
/* Whether tables have it. */
bool compare_is_shown(const struct comparison *comparison, const struct compare_item *item);
/* The verdict, or "exploratory", "not measured" … as tables have it. */
const char *compare_state_text(const struct compare_item *item);
/* "5 more blocks", "no number of blocks decides this" …, or the reason; "" when decided. */
char *compare_decides(const struct compare_item *item, char buffer[256]);
/* The slowdown of an item, with "~" where it is undecided, and its interval, as all reports have
 * them; "" each where it is not known. */
enum { COMPARE_TEXT_BYTES = 240 };
void compare_numbers(const struct compare_item *item, char slowdown[COMPARE_TEXT_BYTES],
	char interval[COMPARE_TEXT_BYTES]);
/* The items that are not green, the worst first: regressions, then what failed, was not measured or
 * is undecided, each by its slowdown. The caller frees the array. */
const struct compare_item **compare_worst(const struct comparison *comparison, size_t *count);
/* What a gate says of all: 0 no regression and everything decided, 1 a regression, 4 otherwise. */
int compare_gate_status(const struct comparison *comparison);

void compare_write_text(const struct comparison *comparison, struct text *out);
void compare_write_markdown(const struct comparison *comparison, struct text *out);
void compare_write_csv(const struct comparison *comparison, struct text *out);
void compare_write_json(const struct comparison *comparison, struct text *out);
void compare_write_latex(const struct comparison *comparison, struct text *out);
void compare_write_html(const struct comparison *comparison, struct text *out);
/* A short summary for a merge request: the answer, and only the items that are not green, the worst
 * first. It has at most COMPARE_SUMMARY_BYTES bytes, what out holds already included, and says how
 * many more items there are. */
enum { COMPARE_SUMMARY_BYTES = 60000 };
void compare_write_summary(const struct comparison *comparison, struct text *out);

struct compare_format {
	const char *name; /* NULL ends */
	void (*write)(const struct comparison *comparison, struct text *out);
};
extern const struct compare_format compare_formats[];

#endif
