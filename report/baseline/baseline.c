/* The store's directory: adding, listing and removing entries. See baseline.h. */
#include "report/baseline/baseline.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "store/copy.h"

/* How a file that is not named yet begins: below the store's directory, where no entry is. */
#define UNFINISHED ".new-"

/* --- the lock: adding shares it, pruning has it alone --------------------------------------------
 */

static int open_lock(const char *store, struct error *e)
{
	cleanup_free char *path = str_printf("%s/.lock", store);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	return fd < 0 ? error_errno(e, errno, "cannot write to the baseline store %s", store) : fd;
}

/* The end of the process, too, gives it back. */
static int take_lock(const char *store, int operation, struct error *e)
{
	enum { PATIENCE_S = 60 };
	cleanup_fd int fd = open_lock(store, e);
	double begun = clock_monotonic_s();

	if (fd < 0)
		return -1;
	while (flock(fd, operation | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(e, errno, "cannot lock the baseline store %s", store);
		if (clock_monotonic_s() - begun > PATIENCE_S)
			return error_set(e,
				"the baseline store %s has been in use by another `tare baseline` "
				"for %d s; try again later",
				store, PATIENCE_S);
		clock_sleep_s(.05);
	}
	return take_fd(&fd);
}

/* --- adding -------------------------------------------------------------------------------------
 */

static int read_campaign(const char *directory, struct store_data **data, struct error *e)
{
	struct store *store;
	bool measured = false;

	if (store_open_readonly(directory, &store, e) < 0)
		return -1;
	int status = store_read(store, data, e);
	store_close(store);
	if (status < 0)
		return -1;
	for (size_t i = 0; i < (*data)->run_count; i++)
		measured = measured || !(*data)->runs[i].failure;
	if (!measured)
		return error_set(
			e, "%s has no measured run: nothing can be compared with it", directory);
	return 0;
}

/* Makes what the path names durable. */
static int sync_path(const char *path, struct error *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return error_errno(e, errno, "cannot write %s", path);
	return 0;
}

/* Copies to a name that nothing else has, and then gives it the name of the entry. */
static int copy_into(const char *store, const char *campaign, const char *entry, struct error *e)
{
	cleanup_free char *unfinished = str_printf(
		"%s/" UNFINISHED "%ld-%lld", store, (long)getpid(), (long long)clock_realtime_ns());
	cleanup_free char *named = str_printf("%s/campaign.sqlite", entry);

	int status = store_copy_whole(campaign, unfinished, e);
	if (status == 0)
		status = sync_path(unfinished, e);
	if (status == 0)
		status = dir_make(entry, e);
	if (status == 0 && rename(unfinished, named) < 0)
		status = error_errno(e, errno, "cannot write %s", named);
	if (status == 0)
		status = sync_path(entry, e);
	unlink(unfinished);
	return status;
}

static char *entry_path(const char *store, const struct baseline_key *key)
{
	return str_printf(
		"%s/%s/%s/%s/%s", store, key->host, key->image, key->campaign, key->entry);
}

int baseline_add(const char *store, const char *campaign, char **path, struct error *e)
{
	struct store_data *data = NULL;
	struct baseline_key key = {0};
	int status = read_campaign(campaign, &data, e);

	if (status == 0)
		status = dir_make(store, e);
	cleanup_fd int lock = status == 0 ? take_lock(store, LOCK_SH, e) : -1;
	if (lock >= 0) {
		baseline_key_of(data, &key);
		cleanup_free char *entry = entry_path(store, &key);
		status = copy_into(store, campaign, entry, e);
		if (status == 0)
			*path = take_ptr(entry);
	}
	baseline_key_free(&key);
	store_data_free(data);
	return lock >= 0 ? status : -1;
}

/* --- listing ------------------------------------------------------------------------------------
 */

enum { LEVELS = 4 }; /* host, image, campaign, entry */

static void add_entry(struct baseline_list *list, const char *path, char *const names[LEVELS])
{
	cleanup_free char *database = str_printf("%s/campaign.sqlite", path);

	if (!file_exists(database))
		return;
	array_reserve(&list->entries, &list->capacity, list->count + 1);
	list->entries[list->count++] = (struct baseline_entry){
		.key = {str_dup(names[0]), str_dup(names[1]), str_dup(names[2]), str_dup(names[3])},
		.path = str_dup(path)};
}

/* What vanishes meanwhile, and what is no directory, is passed over. */
static void list_level(
	struct baseline_list *list, const char *path, char *names[LEVELS], size_t level)
{
	if (level == LEVELS) {
		add_entry(list, path, names);
		return;
	}
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *found;

	while (dir && (found = readdir(dir))) {
		if (found->d_name[0] == '.')
			continue;
		cleanup_free char *below = str_printf("%s/%s", path, found->d_name);
		names[level] = found->d_name;
		list_level(list, below, names, level + 1);
	}
}

static int newest_first(const void *left, const void *right)
{
	const struct baseline_entry *a = left, *b = right;
	int order = strcmp(b->key.entry, a->key.entry);

	return order ? order : strcmp(a->path, b->path);
}

int baseline_list(const char *store, struct baseline_list *list, struct error *e)
{
	char *names[LEVELS] = {0};

	*list = (struct baseline_list){0};
	cleanup_dir DIR *dir = opendir(store);
	if (!dir)
		return error_errno(e, errno, "cannot read the baseline store %s", store);
	list_level(list, store, names, 0);
	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries), newest_first);
	return 0;
}

static void entry_free(struct baseline_entry *entry)
{
	baseline_key_free(&entry->key);
	free(entry->path);
	free(entry->why_not);
}

void baseline_list_free(struct baseline_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		entry_free(&list->entries[i]);
	free(list->entries);
	*list = (struct baseline_list){0};
}

/* --- pruning ------------------------------------------------------------------------------------
 */

static bool same_kind(const struct baseline_key *a, const struct baseline_key *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->image, b->image) == 0 &&
	       strcmp(a->campaign, b->campaign) == 0;
}

/* Of a killed baseline_add: while the lock is held alone there is no other. */
static void remove_unfinished(const char *store)
{
	cleanup_dir DIR *dir = opendir(store);
	struct dirent *found;

	while (dir && (found = readdir(dir)))
		if (strncmp(found->d_name, UNFINISHED, strlen(UNFINISHED)) == 0)
			unlinkat(dirfd(dir), found->d_name, 0);
}

/* The entry, and the directories above it that it was the last of. */
static int remove_entry(const char *store, const struct baseline_entry *entry, struct error *e)
{
	cleanup_free char *above = str_dup(entry->path);

	if (dir_remove(entry->path, e) < 0)
		return -1;
	for (size_t level = LEVELS; level > 1; level--) {
		*strrchr(above, '/') = '\0';
		if (strlen(above) <= strlen(store) || rmdir(above) < 0)
			break;
	}
	return 0;
}

/* Moves what is too much from all to removed, and removes it. */
static int remove_surplus(const char *store, size_t keep, struct baseline_list *all,
	struct baseline_list *removed, struct error *e)
{
	cleanup_free size_t *newer = mem_new(all->count + 1, sizeof(*newer));

	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < i; k++)
			newer[i] += same_kind(&all->entries[k].key, &all->entries[i].key);
	for (size_t i = 0; i < all->count; i++) {
		if (newer[i] < keep)
			continue;
		if (remove_entry(store, &all->entries[i], e) < 0)
			return -1;
		array_reserve(&removed->entries, &removed->capacity, removed->count + 1);
		removed->entries[removed->count++] = all->entries[i];
		all->entries[i] = (struct baseline_entry){0};
	}
	return 0;
}

int baseline_prune(const char *store, size_t keep, struct baseline_list *removed, struct error *e)
{
	struct baseline_list all = {0};
	cleanup_fd int lock = take_lock(store, LOCK_EX, e);

	*removed = (struct baseline_list){0};
	if (lock < 0)
		return -1;
	remove_unfinished(store);
	int status = baseline_list(store, &all, e);
	if (status == 0)
		status = remove_surplus(store, keep, &all, removed, e);
	baseline_list_free(&all);
	return status;
}
