/* See copy.h. */
#include "store/copy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "store/private.h"

struct copying {
	struct store copy; /* only db and path are used */
	store_cleaner *clean;
	void *context;
};

static int fail(struct copying *copying, struct error *e)
{
	return store_fail(&copying->copy, "copy the store", e);
}

/* tare_clean(text): what the cleaner makes of it. */
static void clean_value(sqlite3_context *call, int count, sqlite3_value **values)
{
	struct copying *copying = sqlite3_user_data(call);
	const char *text = (const char *)sqlite3_value_text(values[0]);
	char *clean = text && count == 1 ? copying->clean(copying->context, text) : NULL;

	if (clean)
		sqlite3_result_text(call, clean, -1, free);
	else
		sqlite3_result_value(call, values[0]);
}

/* Whole bytes, which are texts between NULs. */
static void clean_bytes(struct copying *copying, const char *bytes, size_t count, struct text *out)
{
	for (size_t i = 0; i < count;) {
		size_t length = strlen(bytes + i);
		char *clean = copying->clean(copying->context, bytes + i);
		text_add(out, clean ? clean : bytes + i);
		free(clean);
		i += length;
		if (i < count)
			text_add_bytes(out, "", 1);
		i++;
	}
}

/* The columns of every table that hold text, as one script. */
static int clean_columns(struct copying *copying, struct error *e)
{
	static const char query[] =
		"SELECT group_concat(printf('UPDATE \"%w\" SET \"%w\" = tare_clean(\"%w\")"
		" WHERE \"%w\" IS NOT NULL;', t.name, c.name, c.name, c.name), ' ')"
		" FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c"
		" WHERE t.type = 'table' AND c.type = 'TEXT'";

	sqlite3_stmt *statement = NULL;
	cleanup_free char *script = NULL;
	sqlite3 *db = copying->copy.db;

	if (sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		script = str_dup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	if (!script || sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK)
		return fail(copying, e);
	return 0;
}

static int update_output(struct copying *copying, sqlite3_int64 row, const struct text *raw)
{
	uLongf packed_count = compressBound(raw->count);
	cleanup_free Bytef *packed = mem_new(packed_count + 1, 1);
	sqlite3_stmt *statement = NULL;
	int status = SQLITE_ERROR;

	if (compress(packed, &packed_count, (const Bytef *)(raw->bytes ? raw->bytes : ""),
		    raw->count) != Z_OK)
		return -1;
	if (sqlite3_prepare_v2(copying->copy.db,
		    "UPDATE output SET raw_bytes = ?, bytes = ? WHERE rowid = ?", -1, &statement,
		    NULL) == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, (sqlite3_int64)raw->count);
		sqlite3_bind_blob64(statement, 2, packed, packed_count, SQLITE_STATIC);
		sqlite3_bind_int64(statement, 3, row);
		status = sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return status == SQLITE_DONE ? 0 : -1;
}

/* The next row after *row; 1, 0 at the end, -1. */
static int clean_next_output(struct copying *copying, sqlite3_stmt *next, sqlite3_int64 *row)
{
	cleanup_text struct text clean = {0};

	sqlite3_reset(next);
	sqlite3_bind_int64(next, 1, *row);
	int status = sqlite3_step(next);
	if (status != SQLITE_ROW)
		return status == SQLITE_DONE ? 0 : -1;
	*row = sqlite3_column_int64(next, 0);
	uLongf count = (uLongf)sqlite3_column_int64(next, 1);
	cleanup_free char *raw = mem_new(count + 1, 1);
	if (count && uncompress((Bytef *)raw, &count, sqlite3_column_blob(next, 2),
			     (uLong)sqlite3_column_bytes(next, 2)) != Z_OK)
		return -1;
	clean_bytes(copying, raw, count, &clean);
	sqlite3_reset(next);
	return update_output(copying, *row, &clean) < 0 ? -1 : 1;
}

static int clean_outputs(struct copying *copying, struct error *e)
{
	sqlite3_stmt *next = NULL;
	sqlite3_int64 row = -1;
	int status = -1;

	if (sqlite3_prepare_v2(copying->copy.db,
		    "SELECT rowid, raw_bytes, bytes FROM output WHERE rowid > ? ORDER BY rowid"
		    " LIMIT 1",
		    -1, &next, NULL) == SQLITE_OK)
		do
			status = clean_next_output(copying, next, &row);
		while (status == 1);
	sqlite3_finalize(next);
	return status < 0 ? fail(copying, e) : 0;
}

/* VACUUM at the end: pages with old texts do not stay in the file. */
static int clean_copy(struct copying *copying, struct error *e)
{
	sqlite3 *db = copying->copy.db;

	if (sqlite3_create_function(db, "tare_clean", 1, SQLITE_UTF8, copying, clean_value, NULL,
		    NULL) != SQLITE_OK ||
		sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return fail(copying, e);
	if (clean_columns(copying, e) < 0 || clean_outputs(copying, e) < 0)
		return -1;
	if (sqlite3_exec(db, "COMMIT; VACUUM; PRAGMA journal_mode=DELETE", NULL, NULL, NULL) !=
		SQLITE_OK)
		return fail(copying, e);
	return 0;
}

/* As it is, without its log. */
static int copy_file(const char *from, const char *path, struct error *e)
{
	struct store *store;
	int status = 0;

	if (store_open_readonly(from, &store, e) < 0)
		return -1;
	char *script = sqlite3_mprintf("PRAGMA query_only=OFF; VACUUM INTO %Q", path);
	if (sqlite3_exec(store->db, script, NULL, NULL, NULL) != SQLITE_OK)
		status = store_fail(store, "copy the store", e);
	sqlite3_free(script);
	store_close(store);
	return status;
}

int store_copy_whole(const char *from, const char *path, struct error *e)
{
	cleanup_free char *name = str_dup(path);
	struct store copy = {.path = name};

	if (copy_file(from, path, e) < 0)
		return -1;
	int status =
		sqlite3_open_v2(path, &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (status == SQLITE_OK)
		status = sqlite3_exec(copy.db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	if (status != SQLITE_OK)
		store_fail(&copy, "copy the store", e);
	sqlite3_close(copy.db);
	return status == SQLITE_OK ? 0 : -1;
}

int store_copy(
	const char *from, const char *to, store_cleaner *clean, void *context, struct error *e)
{
	cleanup_free char *path = str_printf("%s/campaign.sqlite", to);
	struct copying copying = {.copy.path = path, .clean = clean, .context = context};

	if (file_exists(path))
		return error_set(e, "%s already holds a campaign; choose another directory", to);
	if (dir_make(to, e) < 0 || copy_file(from, path, e) < 0)
		return -1;
	int status = sqlite3_open_v2(path, &copying.copy.db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
			     ? clean_copy(&copying, e)
			     : fail(&copying, e);
	sqlite3_close(copying.copy.db);
	return status;
}
