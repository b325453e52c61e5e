/* Campaigns one after the other: how every metric went, where it changed, and whether the newest
 * campaign is unlike those since the last change. */
#ifndef TARE_REPORT_HISTORY_H
#define TARE_REPORT_HISTORY_H

#include "report/model/model.h"
#include "stats/changepoint.h"
#include "stats/interval.h"

struct history_source {
	const struct store_data *data;
	const char *label;
};

/* Filters: NULL wants all; of metrics: all headlines. */
struct history_options {
	const char *target, *benchmark, *metric;
	double alpha; /* of change points and of the newest point; 0: .05 */
	bool details; /* all metrics, not only headlines */
	bool force; /* put campaigns with different images into one series, with a note */
	unsigned width; /* columns of the terminal that text is for; 0: 100 */
	bool colour; /* text for a terminal that shows colours */
};

/* One campaign in a series. */
struct history_point {
	size_t campaign; /* index, in the order of their starts */
	size_t blocks; /* behind value; 0: not measured there */
	/* Mean over blocks of y(target) − y(baseline) of the campaign, or of y(target) where the
	 * series is absolute; NaN where it was not measured. Logarithms unless additive. */
	double value;
	double shown; /* the same as people read it: a ratio, or the metric's own scale */
};

struct history_series {
	const char *target, *placement, *benchmark, *parameters;
	const struct report_metric *metric;
	double x; /* NaN: no axis */
	/* Values relative to each campaign's own baseline; false: absolute, because the target is
	 * the baseline, or a campaign lacks it. */
	bool relative;
	bool emulated; /* in some of them */
	struct history_point *points; /* one per campaign */
	size_t measured; /* points that have a value */
	struct changepoint *changes; /* position: index of the campaign that is the first of the new
	                              * level */
	size_t change_count;
	enum changepoint_status change_status;
	/* The newest measured point against the measured ones since the last change before it. */
	struct interval newest;
	size_t newest_campaign;
	double newest_adjusted; /* its p by Benjamini–Hochberg over all series; NaN */
	bool newest_unlike; /* newest_adjusted ≤ alpha */
};

struct history_campaign {
	const struct store_data *data;
	const char *label;
	struct report_model *model;
};

struct history {
	struct history_campaign *campaigns; /* by start time */
	size_t campaign_count;
	struct history_series *series; /* by target, placement … x */
	size_t count, capacity;
	struct history_options options;
	char **notes; /* warnings and remarks about the numbers */
	size_t note_count, note_capacity;
	void **pool;
	size_t pool_count, pool_capacity;
};

/* Reads all series. Refused: fewer than 2 campaigns, one campaign twice, different images (unless
 * forced), one metric in different units, filters that match nothing. data must outlive it. */
int history_new(const struct history_source *sources, size_t count,
	const struct history_options *options, struct history **out, struct error *e);
void history_free(struct history *history); /* safe with NULL */

/* What changed comes first; a series is a line, with a sparkline of its newest values. Where there
 * are few series, every value follows. */
void history_write_text(const struct history *history, struct text *out);
void history_write_csv(const struct history *history, struct text *out);
void history_write_json(const struct history *history, struct text *out);

#endif
