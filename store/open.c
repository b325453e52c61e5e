/* Making, opening and locking a campaign's database file. */
#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "schema.h"

/* "tare" in ASCII: identifies the database, for file(1) as well. */
enum { APPLICATION_ID = 0x74617265, BUSY_TIMEOUT_MS = 10000 };
/* Of a text or blob; outputs are the longest. */
enum { VALUE_BYTES_MAX = 1 << 28 };

static char *database_path(const char *dir)
{
	return str_printf("%s/campaign.sqlite", dir);
}

static struct store *store_new(const char *dir)
{
	struct store *store = mem_new(1, sizeof(*store));

	store->path = database_path(dir);
	store->lock_fd = -1;
	pthread_mutex_init(&store->mutex, NULL);
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_mutex_destroy(&store->mutex);
	free(store->path);
	free(store);
}

static int run_sql(struct store *store, const char *text, const char *doing, struct error *e)
{
	if (sqlite3_exec(store->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(store, doing, e);
	return 0;
}

/* The one row, one column of an integer query; fallback where there is none. */
static int64_t ask_int(sqlite3 *db, const char *text, int64_t fallback)
{
	sqlite3_stmt *statement = NULL;
	int64_t value = fallback;

	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

/* Whether all that is read is in tables: views, triggers and virtual tables, which have no page of
 * their own, and generated columns would run what somebody else wrote, perhaps without end. */
static bool has_tables_only(sqlite3 *db)
{
	return ask_int(db, "SELECT count(*) FROM sqlite_schema WHERE rootpage = 0", 1) == 0 &&
	       ask_int(db,
		       "SELECT count(*) FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS c"
		       " WHERE t.type = 'table' AND c.hidden <> 0",
		       1) == 0;
}

/* Whether a journal beside the database names another one: SQLite would then delete the file of
 * that name, wherever it is. No tare leaves such a journal. The sign at its end is that of SQLite's
 * file format (readSuperJournal in its pager.c). */
static bool journal_names_another(const char *path)
{
	static const unsigned char sign[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
	cleanup_free char *journal = str_printf("%s-journal", path);
	cleanup_fd int fd = open(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char end[sizeof(sign)];
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;

	return size >= (off_t)sizeof(sign) &&
	       pread(fd, end, sizeof(end), size - (off_t)sizeof(sign)) == sizeof(end) &&
	       memcmp(end, sign, sizeof(sign)) == 0;
}

static int open_database(struct store *store, const char *name, int flags, struct error *e)
{
	sqlite3_close(store->db);
	store->db = NULL;
	if (flags & SQLITE_OPEN_READWRITE && journal_names_another(store->path))
		return error_set(e,
			"%s-journal names another journal, which no tare made: the store is not "
			"read",
			store->path);
	if (sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI,
		    NULL) != SQLITE_OK)
		return store_fail(store, "open the store", e);
	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
	sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
	/* The file may come from elsewhere: nothing in its schema may call functions. */
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return 0;
}

/* flock, not fcntl: it also refuses a second writer inside one process. The lock ends with
 * the last descriptor, so a killed writer leaves none; the text is only for messages. */
static int take_lock(struct store *store, const char *dir, struct error *e)
{
	cleanup_free char *path = str_printf("%s/lock", dir);
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	char pid[32] = "";

	if (fd < 0)
		return error_errno(e, errno, "cannot open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_errno(e, errno, "cannot lock %s", path);
		ssize_t count = pread(fd, pid, sizeof(pid) - 1, 0);
		pid[count > 0 ? strcspn(pid, "\n") : 0] = '\0';
		return error_set(e,
			"%s is in use by process %s; wait for it to end, or end it first", dir,
			pid[0] ? pid : "(unknown)");
	}
	int length = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)length, 0) != length)
		return error_errno(e, errno, "cannot write %s", path);
	store->lock_fd = take_fd(&fd);
	return 0;
}

static int check_version(struct store *store, struct error *e)
{
	int64_t version = ask_int(store->db, "PRAGMA user_version", -1);

	if (version < 0)
		return store_fail(store, "read the store", e);
	if (ask_int(store->db, "PRAGMA application_id", 0) != APPLICATION_ID)
		return error_set(
			e, "%s is not a tare store; name the directory of a campaign", store->path);
	if (version > STORE_SCHEMA_VERSION)
		return error_set(e,
			"%s was written by a newer tare (schema %lld, this one knows %d); use that "
			"version of tare",
			store->path, (long long)version, STORE_SCHEMA_VERSION);
	if (version < 1)
		return error_set(e, "%s has the unknown schema version %lld", store->path,
			(long long)version);
	if (!has_tables_only(store->db))
		return error_set(e,
			"%s has views, triggers or generated columns, which no tare made: it is "
			"not read",
			store->path);
	store->version = (int)version;
	return 0;
}

/* A writer makes the store what this version expects; a reader takes older ones as they are. */
static int upgrade(struct store *store, struct error *e)
{
	static const char *const to_next[STORE_SCHEMA_VERSION] = {
		[1] = "CREATE TABLE clock (run_id INTEGER NOT NULL REFERENCES run (id),"
		      " machine INTEGER NOT NULL, offset_before_s REAL, offset_after_s REAL,"
		      " error_s REAL, PRIMARY KEY (run_id, machine)) STRICT, WITHOUT ROWID",
		[2] = "INSERT INTO clock SELECT id, 0, clock_offset_before_s,"
		      " clock_offset_after_s, clock_error_s FROM run;"
		      "ALTER TABLE run DROP COLUMN clock_offset_before_s;"
		      "ALTER TABLE run DROP COLUMN clock_offset_after_s;"
		      "ALTER TABLE run DROP COLUMN clock_error_s;"
		      "ALTER TABLE metric ADD COLUMN kind TEXT"
		      " CHECK (kind IN ('headline', 'detail', 'validity'));"
		      "ALTER TABLE metric ADD COLUMN rank INTEGER;"
		      "ALTER TABLE metric ADD COLUMN headline_at TEXT;"
		      "ALTER TABLE metric ADD COLUMN headline_unless TEXT",
		[3] = "CREATE TABLE counter (id INTEGER PRIMARY KEY, source TEXT NOT NULL,"
		      " name TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL,"
		      " UNIQUE (source, name)) STRICT;"
		      "CREATE TABLE counter_reading (run_id INTEGER NOT NULL REFERENCES run (id),"
		      " machine INTEGER NOT NULL, counter_id INTEGER NOT NULL"
		      " REFERENCES counter (id), at_start REAL, at_end REAL, note TEXT,"
		      " PRIMARY KEY (run_id, machine, counter_id)) STRICT, WITHOUT ROWID",
	};

	for (; store->version < STORE_SCHEMA_VERSION; store->version++) {
		cleanup_free char *script =
			str_printf("BEGIN IMMEDIATE; %s; PRAGMA user_version=%d; COMMIT",
				to_next[store->version], store->version + 1);
		if (run_sql(store, script, "upgrade the store", e) < 0)
			return -1;
	}
	return 0;
}

static int make_durable(struct store *store, struct error *e)
{
	return run_sql(store,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
		"prepare the store", e);
}

/* A file without a campaign row is left by a tare that was killed just after it started: it holds
 * nothing and may be replaced. A file that cannot be read counts as a campaign, so that it is never
 * overwritten. */
bool store_exists(const char *dir)
{
	cleanup_free char *path = database_path(dir);

	sqlite3 *db = NULL;
	bool exists = file_exists(path);

	if (exists && !journal_names_another(path) &&
		sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		bool readable = ask_int(db, "SELECT count(*) FROM sqlite_schema", -1) >= 0;
		if (readable && has_tables_only(db))
			exists = ask_int(db,
					 "SELECT count(*) FROM sqlite_schema"
					 " WHERE name <> 'campaign'",
					 0) > 0 &&
				 ask_int(db, "SELECT count(*) FROM campaign", 0) > 0;
	}
	sqlite3_close(db);
	return exists;
}

static void remove_database(const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
		cleanup_free char *name = str_printf("%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static int create(struct store *store, const char *dir, struct error *e)
{
	if (dir_make(dir, e) < 0 || take_lock(store, dir, e) < 0)
		return -1;
	if (store_exists(dir))
		return error_set(e, "%s already holds a campaign; choose another directory", dir);
	remove_database(store->path);
	if (open_database(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) < 0)
		return -1;
	cleanup_free char *script = str_printf("BEGIN IMMEDIATE; %s;"
					       "PRAGMA application_id=%d; PRAGMA user_version=%d;"
					       "COMMIT",
		store_schema_sql, APPLICATION_ID, STORE_SCHEMA_VERSION);
	if (run_sql(store, script, "create the store", e) < 0)
		return -1;
	store->version = STORE_SCHEMA_VERSION;
	return make_durable(store, e);
}

int store_create(const char *dir, struct store **out, struct error *e)
{
	struct store *store = store_new(dir);

	if (create(store, dir, e) < 0) {
		store_close(store);
		return -1;
	}
	*out = store;
	return 0;
}

static int require_file(struct store *store, struct error *e)
{
	if (access(store->path, R_OK) == 0)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR)
		return error_errno(e, errno, "cannot open %s", store->path);
	return error_set(e, "there is no campaign here (no %s); `tare run` makes one", store->path);
}

int store_open(const char *dir, struct store **out, struct error *e)
{
	struct store *store = store_new(dir);

	if (require_file(store, e) < 0 || take_lock(store, dir, e) < 0 ||
		open_database(store, store->path, SQLITE_OPEN_READWRITE, e) < 0 ||
		check_version(store, e) < 0 || make_durable(store, e) < 0 ||
		upgrade(store, e) < 0) {
		store_close(store);
		return -1;
	}
	*out = store;
	return 0;
}

/* The path as a URI that declares the file immutable: SQLite then needs neither a write-ahead log
 * nor its index. */
static char *immutable_uri(const char *path)
{
	size_t room = 3 * strlen(path) + sizeof("file:?immutable=1"), used;
	char *uri = mem_new(room, 1);

	used = (size_t)snprintf(uri, room, "file:");
	for (const char *c = path; *c; c++) {
		bool plain = strchr("?#%", *c) == NULL;
		used += (size_t)snprintf(
			uri + used, room - used, plain ? "%c" : "%%%02X", (unsigned char)*c);
	}
	snprintf(uri + used, room - used, "?immutable=1");
	return uri;
}

static int open_immutable(struct store *store, struct error *e)
{
	cleanup_free char *uri = immutable_uri(store->path);

	return open_database(store, uri, SQLITE_OPEN_READONLY, e);
}

/* Opened for writing if possible, so that SQLite recovers the log of a killed writer; nothing else
 * is ever written (query_only). */
static int open_for_reading(struct store *store, struct error *e)
{
	cleanup_free char *log = str_printf("%s-wal", store->path);
	struct stat status;

	if (open_database(store, store->path, SQLITE_OPEN_READWRITE, e) < 0)
		return -1;
	if (ask_int(store->db, "SELECT count(*) FROM sqlite_schema", -1) >= 0)
		return run_sql(store, "PRAGMA query_only=ON", "read the store", e);
	int code = sqlite3_errcode(store->db) & 0xff;
	if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
		return store_fail(store, "read the store", e);
	if (stat(log, &status) == 0 && status.st_size > 0)
		return error_set(e,
			"%s has an unfinished log and cannot be written; copy its directory to a "
			"writable place and read it there",
			store->path);
	return open_immutable(store, e);
}

static int open_reader(const char *dir, int open_file(struct store *store, struct error *e),
	struct store **out, struct error *e)
{
	struct store *store = store_new(dir);

	if (require_file(store, e) < 0 || open_file(store, e) < 0 || check_version(store, e) < 0) {
		store_close(store);
		return -1;
	}
	*out = store;
	return 0;
}

int store_open_readonly(const char *dir, struct store **out, struct error *e)
{
	return open_reader(dir, open_for_reading, out, e);
}

int store_open_sealed(const char *dir, struct store **out, struct error *e)
{
	return open_reader(dir, open_immutable, out, e);
}
