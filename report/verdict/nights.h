/* A history that decides: is the newest campaign, tonight's, worse than those before it? A screen
 * finds what to look at, for a campaign of old against new to decide the same night; where the old
 * one cannot be had, two of the last three nights decide. docs/statistics.md has the rates. */
#ifndef TARE_REPORT_NIGHTS_H
#define TARE_REPORT_NIGHTS_H

#include "report/verdict/compare.h"
#include "report/verdict/expectations.h"
#include "report/verdict/history.h"

/* Nights that must stand before the last three for these to decide. */
enum { NIGHTS_FEWEST = 20 };

enum night_state {
	NIGHT_LIKE, /* not flagged */
	NIGHT_FLAGGED, /* old against new decides; without it: tonight alone of the last three */
	NIGHT_WORSE, /* two of the last three nights, and their mean by more than the margin */
	NIGHT_EXPECTED, /* would be one of the two above, and is known noise */
	NIGHT_NOT_MEASURED, /* not tonight */
	NIGHT_TOO_FEW, /* nights since the last change */
};

/* One series: a headline with a better direction, not of the baseline. */
struct night {
	const struct history_series *series;
	enum night_state state;
	size_t nights; /* that it is compared with */
	double p; /* one-sided, of tonight; NaN: too few */
	double change; /* tonight against their mean, + is worse: of logarithms unless additive */
	/* The spread of nights hides a change of twice the margin in one night more often than it
	 * shows it. */
	bool blind;
	const struct expectation *expectation; /* that excuses it, or did; NULL */
};

struct nights_options {
	double delta; /* the change that matters, a fraction > 0 */
	bool screen; /* old against new will decide; else the last three nights do */
	const struct expectations *expectations; /* may be NULL */
};

struct nights {
	const struct history *history;
	struct nights_options options;
	struct night *list;
	size_t count;
	size_t flagged, worse, expected, not_measured, too_few;
	/* Old against new, one for each new target: of what is flagged, and of all that is worse
	 * in its cells. Owned. */
	struct comparison **decided;
	size_t decided_count, decided_capacity;
};

/* The history must outlive it. Freed by nights_free. */
struct nights *nights_judge(const struct history *history, const struct nights_options *options);
void nights_free(struct nights *nights); /* safe with NULL */

/* --- nights_decide.c: old against new, and the answer --------------------------------------- */

/* Takes the comparison, and removes from it what is not about anything flagged. */
void nights_take(struct nights *nights, struct comparison *comparison);
/* What the comparison has of the night's metric; NULL: nothing. */
const struct compare_item *nights_find(
	const struct comparison *comparison, const struct night *night);
/* What a gate says: 0 nothing is worse, 1 a regression, 4 something is flagged and not decided, or
 * not measured. */
int nights_status(const struct nights *nights);
const char *nights_answer(int status); /* "passed: …" */

/* --- nights_write.c ------------------------------------------------------------------------- */

/* A line for each night that is not like those before, and for each flagged metric what old
 * against new says. */
void nights_add_flagged(const struct nights *nights, struct text *out);
void nights_add_decided(const struct nights *nights, struct text *out);
/* As a gate writes them (junit.h, compare.h): nights are a suite, and every comparison is one. */
void nights_write_junit(const struct nights *nights, struct text *out);
void nights_write_summary(const struct nights *nights, struct text *out);
/* The history with a further member, `gate`. */
void nights_write_json(const struct nights *nights, struct text *out);

#endif
