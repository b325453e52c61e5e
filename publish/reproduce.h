/* Whether what was published holds in a second measurement: each headline is compared by two
 * one-sided tests (TOST) within a margin that was declared before. What is compared is the
 * slowdown against the baseline, because other hardware has other values; of a campaign with one
 * target alone its values. */
#ifndef TARE_PUBLISH_REPRODUCE_H
#define TARE_PUBLISH_REPRODUCE_H

#include "base/text.h"
#include "report/model/model.h"
#include "report/verdict/compare.h"

enum reproduce_answer {
	REPRODUCE_CANNOT_TELL, /* zero: nothing is known without a test */
	REPRODUCE_SAME, /* within the margin */
	REPRODUCE_DIFFERS, /* by more than the margin */
};

struct reproduce_item {
	const struct report_group *group;
	const struct report_row *row;
	size_t target; /* of the published model */
	bool absolute; /* values are compared, not slowdowns */
	/* Slowdowns (1: as fast as the baseline) or values; NaN where there is none. */
	double published, here;
	double ratio, low, high; /* here ÷ published, or the difference, with the interval that
	                          * the tests are about (1 − 2 alpha); NaN */
	struct verdict_case judged;
	enum reproduce_answer answer;
	const char *reason; /* why it cannot be told; "" */
};

/* A fact that is not the same on both sides. */
struct reproduce_difference {
	const char *fact;
	char *published, *here; /* owned; each value with its targets */
};

struct reproduction {
	const struct report_model *published, *here;
	double delta, alpha;
	struct reproduce_difference *differences;
	struct reproduce_item *items;
	size_t difference_count, difference_capacity, count, capacity;
	size_t same, different, unknown;
};

/* Both models must outlive the reproduction. options: delta (0: 5 %), margins, alpha (0: 5 %).
 * Freed by reproduce_free. Refused: margins that name no metric. */
int reproduce(const struct report_model *published, const struct report_model *here,
	const struct compare_options *options, struct reproduction *out, struct error *e);
void reproduce_free(struct reproduction *reproduction);

/* What differs of the machines, then each headline, then how many of each. */
void reproduce_write_text(const struct reproduction *reproduction, struct text *out);
/* The same as an object: docs/publish.md. */
void reproduce_write_json(const struct reproduction *reproduction, struct text *out);

const char *reproduce_text(enum reproduce_answer answer); /* "REPRODUCED" … */

#endif
