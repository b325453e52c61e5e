/* What the files of this room share: the handle, its prepared statements and the typed way to
 * bind and read columns. Not for other rooms. */
#ifndef TARE_STORE_PRIVATE_H
#define TARE_STORE_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store.h"

/* One per SQL string in query.c. */
enum statement {
	SQL_BEGIN,
	SQL_BEGIN_READ,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_BEGIN_PART,
	SQL_COMMIT_PART,
	SQL_ROLLBACK_PART,
	SQL_ADD_CAMPAIGN,
	SQL_ADD_TARGET,
	SQL_ADD_METRIC,
	SQL_ADD_CELL,
	SQL_ADD_BLOCK,
	SQL_END_BLOCK,
	SQL_END_DONE_BLOCK,
	SQL_ADD_MACHINE,
	SQL_ADD_RUN,
	SQL_ADD_CLOCK,
	SQL_ADD_COUNTER,
	SQL_ADD_READING,
	SQL_ADD_OUTPUT,
	SQL_ADD_SERIES,
	SQL_ADD_EVENT,
	SQL_HAS_RUN,
	SQL_FIND_TARGET,
	SQL_FIND_METRIC,
	SQL_FIND_CELL,
	SQL_FIND_BLOCK,
	SQL_NEXT_ORDER,
	SQL_COUNT_FAILURES,
	SQL_EXPECTED_RUN,
	SQL_EXPECTED_START,
	SQL_READ_CAMPAIGN,
	SQL_READ_TARGETS,
	SQL_READ_METRICS_1, /* _1, _2: of stores of that version */
	SQL_READ_METRICS,
	SQL_READ_CELLS,
	SQL_READ_BLOCKS,
	SQL_READ_MACHINES,
	SQL_READ_RUNS,
	SQL_READ_CLOCKS_1,
	SQL_READ_CLOCKS_2,
	SQL_READ_CLOCKS,
	SQL_READ_COUNTERS,
	SQL_READ_READINGS,
	SQL_READ_SERIES,
	SQL_READ_EVENTS,
	SQL_READ_OUTPUT,
	SQL_OUTPUT_BYTES,
	SQL_COUNT
};

struct store {
	sqlite3 *db;
	char *path; /* of the database file, for messages */
	int lock_fd; /* the writer's lock; -1 for readers */
	int version; /* of its schema: a reader may have an older one */
	bool batch; /* a transaction of the caller's is open */
	pthread_mutex_t mutex; /* held while a statement or a transaction runs */
	sqlite3_stmt *statements[SQL_COUNT];
};

static inline void store_unlock_(struct store **store)
{
	pthread_mutex_unlock(&(*store)->mutex);
}

/* Holds the store's mutex until the scope ends. */
#define STORE_LOCK(store) \
	struct store *store_locked_ __attribute__((cleanup(store_unlock_), unused)) = (store); \
	pthread_mutex_lock(&(store)->mutex)

/* A statement in use: query_bind_* fill its parameters and query_column_* read the columns of its
 * current row, both from left to right. statement is NULL when it could not be prepared; then
 * binding does nothing and query_step fails. */
struct query {
	struct store *store;
	sqlite3_stmt *statement;
	int next;
};

struct query query_begin(struct store *store, enum statement which);
void query_bind_text(struct query *query, const char *text); /* NULL: SQL's NULL */
void query_bind_int(struct query *query, int64_t value);
void query_bind_int_or_null(struct query *query, int64_t value, int64_t null_value);
void query_bind_real(struct query *query, double value); /* NaN: NULL */
void query_bind_blob(struct query *query, const void *bytes, size_t count);
/* SQLITE_ROW, SQLITE_DONE or an error code; ready for query_column_* from the first column. */
int query_step(struct query *query);
void query_end(struct query *query);
/* Runs a statement that returns nothing. 0, or -1 with the database's error pending. */
int query_run(struct query *query);
/* The same for a statement without parameters. */
int query_execute(struct store *store, enum statement which);

char *query_column_text(struct query *query); /* a copy, or NULL */
int64_t query_column_int(struct query *query);
int64_t query_column_int_or(struct query *query, int64_t null_value);
double query_column_real(struct query *query); /* NULL: NaN */
const void *query_column_blob(struct query *query, size_t *count); /* until the next step */

/* Turns the database's last error into one line and its fix: "cannot DOING in PATH: …".
 * Returns -1. */
int store_fail(struct store *store, const char *doing, struct error *e);

#endif
