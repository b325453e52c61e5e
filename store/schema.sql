-- The schema of a campaign's store, version 4 (PRAGMA user_version). docs/store.md explains it to
-- users of other tools. Times are nanoseconds of CLOCK_REALTIME (UTC); durations are seconds;
-- NULL means unknown. "Not measured" is a planned run without a row, "failed" is a run with a
-- failure, "skipped" is a cell with a skip_reason, and zero is a value.

-- What was asked for. Exactly one row.
CREATE TABLE campaign (
	id           INTEGER PRIMARY KEY CHECK (id = 1),
	campaign_id  TEXT NOT NULL,      -- 8 hex digits: in the name of all that the campaign makes
	name         TEXT NOT NULL,
	yaml         TEXT NOT NULL,      -- the campaign file as it was read
	yaml_digest  TEXT NOT NULL,      -- sha256 of its meaning: continuing needs the same
	site_yaml    TEXT,
	baseline     TEXT NOT NULL,      -- name of the target that all others are compared with
	seed         TEXT NOT NULL,      -- unsigned 64-bit decimal: of every shuffle
	tare_version TEXT NOT NULL,
	image_digest TEXT,
	precision    REAL NOT NULL,      -- relative half-width asked for; 0: none
	started_ns   INTEGER NOT NULL
) STRICT;

-- A named way of running: a driver and values for its options.
CREATE TABLE target (
	id           INTEGER PRIMARY KEY,
	name         TEXT NOT NULL UNIQUE,
	driver       TEXT NOT NULL,
	summary      TEXT,
	options_json TEXT                -- every option with its canonical text
) STRICT;

-- What a benchmark measures, as declared before the data.
CREATE TABLE metric (
	id           INTEGER PRIMARY KEY,
	benchmark    TEXT NOT NULL,
	name         TEXT NOT NULL,
	unit         TEXT NOT NULL,
	better       TEXT NOT NULL CHECK (better IN ('higher', 'lower', 'none')),
	statistic    TEXT NOT NULL,      -- iterations of a run → its one number: median, mean …
	scale        TEXT NOT NULL CHECK (scale IN ('ratio', 'difference')),
	x_name       TEXT,               -- the axis it is a curve over, NULL for a scalar
	x_unit       TEXT,
	help         TEXT,
	-- The columns below exist since version 3.
	kind         TEXT CHECK (kind IN ('headline', 'detail', 'validity')),  -- NULL: not declared
	rank         INTEGER,            -- of a headline within its benchmark, from 1
	headline_at  TEXT,               -- of a curve: 'ends', 'smallest', 'largest' x
	headline_unless TEXT,            -- not a headline in cells that have this metric
	UNIQUE (benchmark, name)
) STRICT;

-- target × placement × benchmark × parameters.
CREATE TABLE cell (
	id             INTEGER PRIMARY KEY,
	target_id      INTEGER NOT NULL REFERENCES target (id),
	placement      TEXT NOT NULL,    -- hosts x guests per host (x vCPUs per guest)
	benchmark      TEXT NOT NULL,
	parameters     TEXT NOT NULL,    -- canonical "key=value key=value", '' if none
	options_json   TEXT,
	skip_reason    TEXT,             -- why it is not measured at all; NULL: it is
	planned_blocks INTEGER NOT NULL,
	planned_runs   INTEGER NOT NULL, -- per block
	UNIQUE (target_id, placement, benchmark, parameters)
) STRICT;

-- One fresh start of every target of a placement: the unit that statistics count.
CREATE TABLE block (
	id         INTEGER PRIMARY KEY,
	placement  TEXT NOT NULL,
	number     INTEGER NOT NULL,     -- from 0
	started_ns INTEGER NOT NULL,
	ended_ns   INTEGER,              -- NULL: running or interrupted
	UNIQUE (placement, number)
) STRICT;

-- One start of one machine.
CREATE TABLE machine (
	id           INTEGER PRIMARY KEY,
	block_id     INTEGER NOT NULL REFERENCES block (id),
	target_id    INTEGER NOT NULL REFERENCES target (id),
	name         TEXT NOT NULL,
	host         TEXT,
	cpus         INTEGER NOT NULL,
	memory_bytes INTEGER NOT NULL,
	emulated     INTEGER NOT NULL CHECK (emulated IN (0, 1)), -- its CPU is emulated
	start_s      REAL,               -- until its agent answered; NULL: it never did
	facts_json   TEXT,               -- as seen from inside
	driver_json  TEXT,               -- as the driver knows it
	log          TEXT,               -- the end of its console log
	failure      TEXT                -- why it could not be used
) STRICT;
CREATE INDEX machine_by_block ON machine (block_id);

-- One execution of a benchmark in a block, measured or failed.
CREATE TABLE run (
	id                    INTEGER PRIMARY KEY,
	cell_id               INTEGER NOT NULL REFERENCES cell (id),
	block_id              INTEGER NOT NULL REFERENCES block (id),
	number                INTEGER NOT NULL, -- within the block, from 0
	order_number          INTEGER NOT NULL, -- within the campaign, as executed
	failure               TEXT,             -- why it has no samples; NULL: it was measured
	started_ns            INTEGER NOT NULL,
	ended_ns              INTEGER NOT NULL,
	host_s                REAL,             -- its job's, by the orchestrator's CLOCK_MONOTONIC
	guest_s               REAL,             -- the same, by that of the machine where it ran
	user_s                REAL,
	system_s              REAL,
	steal_s               REAL,
	max_rss_bytes         INTEGER,
	exit_status           INTEGER,          -- NULL: it did not exit by itself
	command               TEXT,
	UNIQUE (cell_id, block_id, number)
) STRICT;

-- The clocks of the machines that took part in a run: CLOCK_REALTIME of each minus its host's, just
-- before the run's started_ns and just after its ended_ns, each by the shortest of three probes. A
-- NULL offset: the probe failed, or a machine was lost (the next run gets new ones). (Until version
-- 2 the clock of machine 0 was in the run's row; version 1 had no others.)
CREATE TABLE clock (
	run_id          INTEGER NOT NULL REFERENCES run (id),
	machine         INTEGER NOT NULL, -- which of the run's machines, from 0
	offset_before_s REAL,
	offset_after_s  REAL,
	error_s         REAL,             -- bound on the error of the worse of the two
	PRIMARY KEY (run_id, machine)
) STRICT, WITHOUT ROWID;

-- What a host's kernel or hardware counts (docs/counters.md). These two tables exist since version
-- 4.
CREATE TABLE counter (
	id     INTEGER PRIMARY KEY,
	source TEXT NOT NULL,
	name   TEXT NOT NULL,            -- within the source; '': the source as a whole
	unit   TEXT NOT NULL,
	kind   TEXT NOT NULL,            -- 'total' grows, 'total32' grows modulo 2^32, 'level' is
	UNIQUE (source, name)
) STRICT;

-- The values at both edges of a run, as they were read. NULL: not available, and note says why.
CREATE TABLE counter_reading (
	run_id     INTEGER NOT NULL REFERENCES run (id),
	machine    INTEGER NOT NULL,     -- the run's first machine on that host, from 0
	counter_id INTEGER NOT NULL REFERENCES counter (id),
	at_start   REAL,
	at_end     REAL,
	note       TEXT,                 -- why there is no value, or what it is about
	PRIMARY KEY (run_id, machine, counter_id)
) STRICT, WITHOUT ROWID;

-- What a run printed. bytes is a zlib stream (RFC 1950) of raw_bytes bytes.
CREATE TABLE output (
	run_id    INTEGER NOT NULL REFERENCES run (id),
	stream    TEXT NOT NULL CHECK (stream IN ('output', 'errors')),
	raw_bytes INTEGER NOT NULL,
	bytes     BLOB NOT NULL,
	PRIMARY KEY (run_id, stream)
) STRICT;

-- Every sample: the values of one metric at one x, in the order measured, as little-endian
-- IEEE 754 binary64 numbers, 8 bytes each, without a header.
CREATE TABLE series (
	run_id     INTEGER NOT NULL REFERENCES run (id),
	metric_id  INTEGER NOT NULL REFERENCES metric (id),
	machine    INTEGER NOT NULL,     -- which of the run's machines, from 0
	x          REAL NOT NULL,        -- 0 for metrics without an axis
	samples    BLOB NOT NULL CHECK (length(samples) % 8 = 0),
	PRIMARY KEY (run_id, metric_id, machine, x)
) STRICT, WITHOUT ROWID;

-- What happened to the campaign itself: started, continued, interrupted, finished …
CREATE TABLE event (
	id      INTEGER PRIMARY KEY,
	time_ns INTEGER NOT NULL,
	kind    TEXT NOT NULL,
	text    TEXT NOT NULL
) STRICT;
