/* A table as text, markdown and HTML share it: columns in groups, cells with a tone. Which tables
 * a report has is sections.c, what stands in them their own files; how they look is each
 * format's. */
#ifndef TARE_REPORT_TABLE_H
#define TARE_REPORT_TABLE_H

#include "report/model/model.h"

enum tone { TONE_PLAIN, TONE_WORSE, TONE_BETTER, TONE_DIM, TONE_WARN };

struct column {
	char *group; /* owned: heading over several neighbours, or "" */
	char *heading; /* owned */
	bool right; /* aligned to the right: numbers */
	bool whole; /* broken into lines only when nothing else can be */
	bool number; /* numbers with their units and signs, never names */
	bool repeated; /* stands in every part of a table that is too wide */
	bool optional; /* goes below 100 columns */
	bool spare; /* goes below 80 */
};

enum {
	COLUMN_RIGHT = 1 << 0, /* also a number */
	COLUMN_REPEATED = 1 << 1,
	COLUMN_WHOLE = 1 << 2,
	COLUMN_NUMBER = 1 << 3,
	COLUMN_OPTIONAL = 1 << 4,
	COLUMN_SPARE = 1 << 5,
};

struct cell_text {
	char *text; /* owned, one line */
	/* Owned; where text is "" because the line above says it already: what it says. Formats
	 * whose lines can be put in another order show it. NULL: text is all. */
	char *full;
	double order; /* what the column is sorted by; NaN: by its text */
	const struct report_row *row; /* whose line this cell begins, or NULL */
	const char *marks; /* "emu", "ker" …: shown next to it */
	enum tone tone;
	bool verdict; /* the text says what its tone does */
	const struct report_value *value; /* whose slowdown this cell shows, or NULL */
	const struct report_metric *metric; /* of that */
};

enum table_kind {
	TABLE_PLAIN,
	TABLE_ANSWER, /* a sentence per line */
	TABLE_OVERVIEW, /* all headlines against the targets */
	TABLE_COMPARISON, /* those of an area, with intervals */
	TABLE_METRICS, /* every metric of an area */
	TABLE_VARIATION, /* headlines against the values of a parameter */
};

struct table {
	enum table_kind kind;
	char *title; /* owned */
	char *note; /* owned; what the numbers rest on (blocks, confidence), for captions; or NULL
		     */
	char *footnotes; /* owned; what marks mean, a line each: "¹ emulated CPU"; or NULL */
	bool note_needed; /* no legend says it: formats without captions print it below */
	bool note_detail; /* a text has the note only where everything is asked for */
	bool detail; /* a text has it only where everything is asked for */
	const struct report_area *area; /* whose numbers these are; NULL: the campaign's */
	bool rows_detail; /* likewise its rows: title and note are enough */
	size_t shown_rows; /* of a text that has not everything; 0: all */
	struct column *columns;
	struct cell_text *cells; /* row by row */
	size_t column_count, cell_count, column_capacity, cell_capacity;
};

struct sections {
	struct table *tables;
	size_t count, capacity;
};

void table_add_column(struct table *table, const char *group, const char *heading, unsigned flags);
/* The next cell, row by row from left to right. Valid until the next one is added. */
struct cell_text *table_add_cell(struct table *table, enum tone tone, const char *text);
size_t table_rows(const struct table *table);
/* "12.3 ms", or "unknown"; a warning from warn_from on (before it is scaled). */
void table_add_scaled(
	struct table *table, double value, double scale, const char *unit, double warn_from);
/* The next cell says what the one above says: nothing, but formats that can sort say it again. */
struct cell_text *table_add_again(struct table *table, enum tone tone, const char *full);
/* A table with this title, which it takes. */
struct table *sections_add(struct sections *sections, char *title);
void sections_free(struct sections *sections);

/* Every table of the report: first the answer, then the details, what is missing, the machines. */
void sections_make(const struct report_model *model, struct sections *out);

/* --- tables of their own files -----------------------------------------------------------------
 */

void sections_add_answer(const struct report_model *model, struct sections *out);
void sections_add_overview(const struct report_model *model, struct sections *out);
void sections_add_caveats(const struct report_model *model, struct sections *out);
/* The headlines of one area, and every metric of it. */
void sections_add_comparison(
	const struct report_model *model, const struct report_area *area, struct sections *out);
void sections_add_metrics(
	const struct report_model *model, const struct report_area *area, struct sections *out);
void sections_add_variations(const struct report_model *model, struct sections *out);
void sections_add_scaling(const struct report_model *model, struct sections *out);
void sections_add_interference(const struct report_model *model, struct sections *out);
void sections_add_fairness(const struct report_model *model, struct sections *out);
void sections_add_clocks(const struct report_model *model, struct sections *out);
void sections_add_origins(const struct report_model *model, struct sections *out);
void sections_add_attributions(const struct report_model *model, struct sections *out);
void sections_add_disturbances(const struct report_model *model, struct sections *out);
void sections_add_flushes(const struct report_model *model, struct sections *out);
void sections_add_honesty(const struct report_model *model, struct sections *out);
void sections_add_published(const struct report_model *model, struct sections *out);
/* What differs between the targets' machines, then all that is known of them. */
void sections_add_machines(const struct report_model *model, struct sections *out);
/* In what domains differ from those of the targets without options. */
void sections_add_domains(const struct report_model *model, struct sections *out);
void sections_add_missing(const struct report_model *model, struct sections *out);
void sections_add_record(const struct report_model *model, struct sections *out);

struct plain_column {
	const char *heading;
	unsigned flags;
};
void table_add_columns(struct table *table, const struct plain_column *columns, size_t count);
/* Where a row belongs: "disk, block_size=4K", owned by the caller. */
char *table_benchmark_text(const struct report_group *group);
/* "bandwidth at 64 KiB", owned by the caller. */
char *table_metric_text(const struct report_row *row);
/* A target's name, with "(emulated)" where it is in this group; owned by the caller. */
char *table_target_text(
	const struct report_model *model, const struct report_group *group, size_t target);

/* Adds the footnotes in one line; nothing where there are none. */
void table_add_footnotes(const struct table *table, struct text *out);
/* The tone of a slowdown, and what slowdowns are sorted by: losing half of a rate is as bad as
 * doubling a time. */
enum tone table_tone(const struct report_value *value);
double table_order(const struct report_value *value, const struct report_metric *metric);
/* What a target did where it has no slowdown: "skipped", "refused" …, or "". */
const char *table_absent_text(const struct report_value *value);

/* For captions: how many blocks are behind the group's numbers, and what its intervals are; owned
 * by the caller. */
char *table_group_note(const struct report_model *model, const struct report_group *group);

/* The line over the first table: what was measured against what, when, how completely; not the
 * campaign's name. Added to out. */
void sections_header(const struct report_model *model, struct text *out);
/* What "cost" and the marks mean, in words. */
void sections_legend(const struct report_model *model, struct text *out);

#endif
