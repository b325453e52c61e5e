/* The store: one SQLite file per campaign, DIR/campaign.sqlite. The only room that knows SQLite.
 * One transaction per run: a run is in it whole, with all its samples and raw outputs, or not
 * at all, and it is durable (synchronous=FULL, WAL) before the next run starts.
 *
 * "Not measured", "failed", "skipped because" and zero are four different things: a planned run
 * has no row; a failed one has a row with a reason and no samples; a skipped cell has a reason. */
#ifndef TARE_STORE_STORE_H
#define TARE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { STORE_SCHEMA_VERSION = 4 };

struct store;

/* Creates DIR (unless it exists) and DIR/campaign.sqlite, locked as by store_open. Refused if DIR
 * holds a campaign already (store_exists). */
int store_create(const char *dir, struct store **out, struct error *e);
/* Opens for writing and upgrades a store of an older schema version. Takes a lock, which
 * store_close or the end of the process releases; a second writer is refused ("… is in use by
 * process N"). */
int store_open(const char *dir, struct store **out, struct error *e);
/* Opens for reading; works while a campaign runs and on read-only media. A newer schema version
 * is refused; the error says what to do. */
int store_open_readonly(const char *dir, struct store **out, struct error *e);
/* Opens for reading what was copied by store/copy.h and has no writer: the file alone, whatever
 * logs somebody put beside it. Nothing is changed, neither the file nor what is beside it. */
int store_open_sealed(const char *dir, struct store **out, struct error *e);
void store_close(struct store *store); /* safe with NULL */
/* Whether DIR holds a campaign. A database without one (tare was killed just after it started)
 * does not count: store_create replaces it. */
bool store_exists(const char *dir);

/* --- writing, in the order of a campaign --------------------------------------------------- */

/* All writing functions return the new row's id (> 0) or -1. They may be called from several
 * threads; each is serialised inside. Strings may be NULL where marked optional. */

struct store_campaign {
	const char *id; /* 8 hex digits */
	const char *name;
	const char *yaml; /* the campaign file's text */
	/* sha256 hex of what the campaign means: continuing needs the same */
	const char *yaml_digest;
	const char *site_yaml; /* optional */
	const char *baseline; /* target name */
	uint64_t seed;
	const char *tare_version;
	const char *image_digest; /* optional */
	double precision; /* relative half-width asked for, 0: none */
	int64_t started_ns; /* CLOCK_REALTIME */
};
int64_t store_add_campaign(
	struct store *store, const struct store_campaign *campaign, struct error *e);

struct store_target {
	const char *name, *driver, *summary;
	const char *options_json; /* every option with its canonical text */
};
int64_t store_add_target(struct store *store, const struct store_target *target, struct error *e);

struct store_metric {
	/* Texts as bench.h has them; scale: "ratio" or "difference". */
	const char *benchmark, *name, *unit, *better, *statistic, *scale;
	const char *x_name, *x_unit; /* optional */
	const char *help; /* optional */
	/* As bench.h has them; kind: "headline", "detail" or "validity", NULL: not declared. The
	 * others are of headlines, and optional. */
	const char *kind;
	unsigned rank;
	const char *headline_at, *headline_unless;
};
int64_t store_add_metric(struct store *store, const struct store_metric *metric, struct error *e);

struct store_cell {
	int64_t target_id;
	const char *placement; /* "1x2", or with vCPUs "1x2x1" */
	const char *benchmark;
	/* Canonical "key=value key=value" of the options that differ from the default or vary, ""
	 * if none; part of the cell's identity. */
	const char *parameters;
	const char *options_json; /* all options */
	const char *skip_reason; /* optional: why it is not measured at all */
	unsigned planned_blocks, planned_runs; /* runs per block */
};
int64_t store_add_cell(struct store *store, const struct store_cell *cell, struct error *e);

/* A block of a placement: one fresh start of every target. */
int64_t store_add_block(struct store *store, const char *placement, unsigned number,
	int64_t started_ns, struct error *e);
int store_end_block(struct store *store, int64_t block_id, int64_t ended_ns, struct error *e);
/* For a block all of whose runs are stored, and that may have been cut off just before its end was:
 * unless it has ended, it did with its last run. */
int store_end_done_block(struct store *store, int64_t block_id, struct error *e);

/* One start of one machine. start_s: from start() until the agent answered; failed starts have a
 * failure and no ready time. */
struct store_machine {
	int64_t block_id, target_id;
	const char *name, *host;
	unsigned cpus;
	uint64_t memory_bytes;
	bool emulated;
	double start_s; /* NaN: never answered */
	const char *facts_json; /* from inside (agent), optional */
	const char *driver_json; /* from the driver, optional */
	const char *log; /* console log's tail, optional; kept for failures */
	const char *failure; /* optional */
};
/* Adds all of them in one durable transaction, or none. Returns 0 or -1. */
int store_add_machines(
	struct store *store, const struct store_machine *machines, size_t count, struct error *e);

/* The values of one metric at one x, in the order measured. */
struct store_series {
	int64_t metric_id;
	unsigned machine; /* which of the run's machines it was measured in, 0-based */
	double x;
	const double *values;
	size_t count;
};

/* CLOCK_REALTIME of one machine minus its host's at both ends of a run; NaN if unknown. */
struct store_clock {
	unsigned machine; /* which of the run's machines, as in store_series */
	double offset_before_s, offset_after_s;
	double error_s; /* the most that the worse of the two may be wrong by; NaN */
};

/* A counter of one host at both ends of a run (docs/counters.md). */
struct store_counter {
	unsigned machine; /* the run's first machine on that host, as in store_series */
	const char *source;
	const char *name, *unit; /* "": the source as a whole, which is not available */
	const char *kind; /* "total", "total32" or "level" */
	double at_start, at_end; /* NaN: not available */
	const char *note; /* optional: why not, or what it is about */
};

struct store_run {
	int64_t cell_id, block_id;
	unsigned number; /* within the block, 0-based */
	unsigned order; /* position within the whole campaign, as executed */
	const char *failure; /* optional: why it has no samples */
	int64_t started_ns, ended_ns; /* CLOCK_REALTIME of the orchestrator */
	/* Duration of its main job by the CLOCK_MONOTONIC of the orchestrator and of the machine;
	 * NaN if unknown. */
	double host_s, guest_s;
	double user_s, system_s, steal_s; /* NaN if unknown */
	int64_t max_rss_bytes; /* -1 if unknown */
	int exit_status; /* -1 if it did not exit by itself */
	const struct store_clock *clocks; /* of the machines that took part */
	size_t clock_count;
	const struct store_counter *counters; /* of the hosts that took part */
	size_t counter_count;
	const char *command; /* the command lines, as text */
	/* Raw stdout (and files) and stderr, optional; stored compressed. */
	const char *output, *errors;
	size_t output_bytes, errors_bytes;
	const struct store_series *series;
	size_t series_count;
};
/* The run with its samples and outputs, in one durable transaction. Refused: a second run of the
 * same number, a series twice, a value that is not finite, samples of a failed run. */
int64_t store_add_run(struct store *store, const struct store_run *run, struct error *e);

/* What is added between the two calls is one transaction: all of it becomes durable at the end, or
 * nothing (keep is false, the commit fails, the process dies, the store is closed). For one thread,
 * and for data that can be recreated, such as imports. */
int store_begin_batch(struct store *store, struct error *e);
int store_end_batch(struct store *store, bool keep, struct error *e);

/* Records "started", "continued", "interrupted", "finished", "cap reached" … with the present
 * time. */
int store_add_event(struct store *store, const char *kind, const char *text, struct error *e);
/* Several of one kind in one durable transaction. */
int store_add_events(struct store *store, const char *kind, const char *const *texts, size_t count,
	struct error *e);

/* --- what was already done (to continue) ---------------------------------------------------- */

/* Whether this cell's run exists (measured or failed). */
bool store_has_run(
	struct store *store, int64_t cell_id, unsigned block_number, unsigned run_number);
/* The id of the row with this natural key, 0 if there is none. */
int64_t store_find_target(struct store *store, const char *name);
int64_t store_find_metric(struct store *store, const char *benchmark, const char *name);
int64_t store_find_cell(struct store *store, int64_t target_id, const char *placement,
	const char *benchmark, const char *parameters);
int64_t store_find_block(struct store *store, const char *placement, unsigned number);
unsigned store_next_order(struct store *store); /* for store_run.order */
unsigned store_count_failures(struct store *store); /* failed runs */

/* --- reading -------------------------------------------------------------------------------- */

/* One campaign read whole into plain structs, arrays indexed by the _index members. Everything
 * is owned by the data and freed by store_data_free. Values of every series are in one array. */
struct data_target {
	int64_t id;
	char *name, *driver, *summary, *options_json;
	bool emulated; /* any of its machines is */
};

struct data_metric {
	int64_t id;
	char *benchmark, *name, *unit, *better, *statistic, *scale, *x_name, *x_unit, *help;
	char *kind, *headline_at, *headline_unless; /* NULL: see store_metric */
	unsigned rank;
};

struct data_cell {
	int64_t id;
	size_t target_index;
	char *placement, *benchmark, *parameters, *options_json, *skip_reason;
	unsigned planned_blocks, planned_runs;
};

struct data_block {
	int64_t id;
	char *placement;
	unsigned number;
	int64_t started_ns, ended_ns; /* 0: not ended */
};

struct data_machine {
	int64_t id;
	size_t block_index, target_index;
	char *name, *host, *facts_json, *driver_json, *failure, *log;
	unsigned cpus;
	uint64_t memory_bytes;
	bool emulated;
	double start_s;
};

struct data_run {
	int64_t id;
	size_t cell_index, block_index;
	unsigned number, order;
	char *failure, *command;
	int64_t started_ns, ended_ns;
	double host_s, guest_s, user_s, system_s, steal_s;
	int64_t max_rss_bytes;
	int exit_status;
};

struct data_series {
	size_t run_index, metric_index;
	unsigned machine;
	double x;
	double *values; /* inside store_data.values */
	size_t count;
};

struct data_clock {
	size_t run_index;
	unsigned machine;
	double offset_before_s, offset_after_s, error_s;
};

struct data_counter {
	int64_t id;
	char *source, *name, *unit, *kind;
};

struct data_reading {
	size_t run_index, counter_index;
	unsigned machine;
	double at_start, at_end;
	char *note; /* or NULL */
};

struct data_event {
	int64_t time_ns;
	char *kind, *text;
};

struct store_data {
	int schema_version;
	char *campaign_id, *name, *yaml, *yaml_digest, *site_yaml, *baseline, *tare_version,
		*image_digest;
	uint64_t seed;
	double precision;
	int64_t started_ns;
	struct data_target *targets;
	struct data_metric *metrics;
	struct data_cell *cells;
	struct data_block *blocks;
	struct data_machine *machines;
	struct data_run *runs;
	struct data_series *series; /* ordered by run, metric, machine, x */
	struct data_clock *clocks; /* ordered by run, machine */
	struct data_counter *counters; /* none in stores before version 4 */
	struct data_reading *readings; /* ordered by run, machine, counter */
	struct data_event *events;
	size_t target_count, metric_count, cell_count, block_count, machine_count, run_count,
		series_count, clock_count, counter_count, reading_count, event_count;
	double *values;
	size_t value_count;
};
int store_read(struct store *store, struct store_data **out, struct error *e);
void store_data_free(struct store_data *data);
/* How the yaml_digest of an import begins: it is that of the measurements themselves, where that of
 * a campaign that ran is of its file. */
#define STORE_IMPORTED_DIGEST "fnv1a64:"
bool store_is_imported(const struct store_data *data);

/* The raw output of a run, decompressed and NUL-terminated ("" if there was none); caller frees.
 * errors: stderr instead of stdout. */
int store_read_output(struct store *store, int64_t run_id, bool errors, char **bytes, size_t *count,
	struct error *e);

/* The size of the same, 0 if there was none; -1 with e set on errors. */
int64_t store_output_bytes(struct store *store, int64_t run_id, bool errors, struct error *e);

/* Wall time of each cell's runs and machine starts in earlier runs, for forecasts: mean seconds,
 * NaN if there are none. */
double store_expected_run_s(
	struct store *store, const char *target, const char *benchmark, const char *parameters);
double store_expected_start_s(struct store *store, const char *target);

#endif
