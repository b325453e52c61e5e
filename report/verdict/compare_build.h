/* Private to compare*.c: a comparison while it is being made. */
#ifndef TARE_REPORT_COMPARE_BUILD_H
#define TARE_REPORT_COMPARE_BUILD_H

#include "report/verdict/compare.h"
#include "report/verdict/side.h"

/* A target of the base and the one it is compared with. */
struct compare_pair {
	struct side base, newer;
	/* Of different campaigns: the baseline of each, and both of earlier ones; NULL: unknown. */
	struct side *natives, *earlier, *earlier_natives;
	bool is_native; /* the pair is that of the baselines */
	const char *base_name, *new_name;
	bool paired;
};

/* Where an item's numbers come from; NULL: that side has none. */
struct compare_input {
	const struct side_value *base, *newer;
	const struct compare_pair *pair;
	long base_group, new_group; /* -1: the side has no such cell */
};

/* The pairs of blocks of one item, and what is new minus base in each: + is worse. */
struct compare_pairs {
	double *differences;
	uint32_t *blocks; /* their numbers */
	size_t count;
};

struct compare_build {
	const char *margins_from; /* for messages: where the margins were written */
	struct comparison *comparison;
	struct compare_pair *pairs;
	size_t pair_count;
	struct compare_input *inputs; /* one per item */
	size_t input_capacity;
};

/* None where a side has no numbers. Freed by compare_pairs_free. */
struct compare_pairs compare_pairs_of(
	const struct compare_input *input, const struct compare_item *item);
void compare_pairs_free(struct compare_pairs *pairs);

/* Takes ownership of text. */
const char *compare_keep(struct comparison *comparison, char *text);
/* Adds a note unless it is there already. Takes ownership. */
void compare_note(struct comparison *comparison, char *text);

/* Whether an item can be worse; one of which nothing is known but the cell could be. */
bool compare_has_direction(const struct compare_item *item);

/* The metric's own margin, else delta; *own says which. */
double compare_margin_of(const struct comparison *c, const struct report_metric *metric, bool *own);

/* Every margin is that of a metric, which has no other, and a possible share unless it is in the
 * metric's unit. */
int compare_check_margins(const struct compare_build *build, struct error *e);

/* Takes the question that the campaign declared, if it did; another one is refused. */
int compare_ask_declared(struct compare_build *build, struct error *e);

/* Pairs the targets of both sides. */
int compare_pair_targets(struct compare_build *build, const struct compare_source *base,
	const struct compare_source *newer, struct error *e);
/* Every item with its names, states and cells; refuses what must not be compared. */
int compare_match(struct compare_build *build, struct error *e);
/* The verdicts of a campaign that runs until it is decided, after its items were tested. */
void compare_decide(struct compare_build *build);
/* Reads the baselines that belong to a pair of different campaigns. */
void compare_natives_read(struct comparison *c, struct compare_pair *pair);
void compare_natives_free(const struct comparison *c, struct compare_pair *pair);
/* What each block of a side measured over its native; *count 0 if that is not known. Caller frees.
 */
double *compare_over_native(
	const struct side *native, const struct side_value *value, size_t *count);
/* Whether the host of the second campaign is another one, by its facts and by what native says. */
void compare_check_host(struct compare_build *build);
/* What a comparison shows beside the differences, as notes: disturbed runs; of pairs an effect of
 * their order, a drift, and blocks far out. */
void compare_remark(struct compare_build *build);
/* What a gate makes of every item, known noise included, and the counts. */
void compare_set_gates(struct comparison *c);
/* Whether known noise excuses the item, after what a gate makes of it is set. */
void compare_expect(struct comparison *c, struct compare_item *item);
/* Whether known noise that the campaign was begun with excuses the item. */
bool compare_is_excused(const struct comparison *c, const struct compare_item *item);
/* What was declared, what it excused, and what has expired, as notes. */
void compare_note_expectations(struct comparison *c);
/* Estimates, intervals, verdicts. */
int compare_judge(struct compare_build *build, struct error *e);

#endif
