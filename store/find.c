/* Single values from the store: what was already done, and how long it took. */
#include "store/private.h"

#include <math.h>

/* The first column of the first row; 0 where there is none. */
static int64_t first_int(struct query *query)
{
	int64_t value = query_step(query) == SQLITE_ROW ? query_column_int(query) : 0;

	query_end(query);
	return value;
}

static double first_real(struct query *query)
{
	double value = query_step(query) == SQLITE_ROW ? query_column_real(query) : NAN;

	query_end(query);
	return value;
}

bool store_has_run(struct store *store, int64_t cell_id, unsigned block_number, unsigned run_number)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_HAS_RUN);

	query_bind_int(&query, cell_id);
	query_bind_int(&query, block_number);
	query_bind_int(&query, run_number);
	return first_int(&query) != 0;
}

int64_t store_find_target(struct store *store, const char *name)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_FIND_TARGET);

	query_bind_text(&query, name);
	return first_int(&query);
}

int64_t store_find_metric(struct store *store, const char *benchmark, const char *name)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_FIND_METRIC);

	query_bind_text(&query, benchmark);
	query_bind_text(&query, name);
	return first_int(&query);
}

int64_t store_find_cell(struct store *store, int64_t target_id, const char *placement,
	const char *benchmark, const char *parameters)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_FIND_CELL);

	query_bind_int(&query, target_id);
	query_bind_text(&query, placement);
	query_bind_text(&query, benchmark);
	query_bind_text(&query, parameters);
	return first_int(&query);
}

int64_t store_find_block(struct store *store, const char *placement, unsigned number)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_FIND_BLOCK);

	query_bind_text(&query, placement);
	query_bind_int(&query, number);
	return first_int(&query);
}

unsigned store_next_order(struct store *store)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_NEXT_ORDER);

	return (unsigned)first_int(&query);
}

unsigned store_count_failures(struct store *store)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_COUNT_FAILURES);

	return (unsigned)first_int(&query);
}

double store_expected_run_s(
	struct store *store, const char *target, const char *benchmark, const char *parameters)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_EXPECTED_RUN);

	query_bind_text(&query, target);
	query_bind_text(&query, benchmark);
	query_bind_text(&query, parameters);
	return first_real(&query);
}

double store_expected_start_s(struct store *store, const char *target)
{
	STORE_LOCK(store);
	struct query query = query_begin(store, SQL_EXPECTED_START);

	query_bind_text(&query, target);
	return first_real(&query);
}
