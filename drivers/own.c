/* Run directories and ownership: /run/tare/ID/owner is locked (flock) by the process whose campaign
 * it is. A free lock means that the owner is dead, whatever killed it. A process that it was just
 * starting still has the lock until it executes its program: that is waited for where the process
 * that the file names is gone. Independent of what drivers keep in the directory. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

#define RUN_ROOT "/run/tare"

enum { ID_MAX = 16 };

static const double orphaned_lock_s = 2, lock_poll_s = 0.01;

struct owned {
	char id[ID_MAX + 1];
	int fd;
	struct owned *next;
};

static pthread_mutex_t owned_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct owned *owned_list;

char *own_run_dir(const char *campaign_id)
{
	return str_printf(RUN_ROOT "/%s", campaign_id);
}

char *own_process_id(const char *kind)
{
	const char *room = getenv("TARE_ROOM");

	return room ? str_printf("%s%sr%d", kind, room, (int)getpid())
		    : str_printf("%s%d", kind, (int)getpid());
}

bool own_id_valid(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)text[i]))
			return false;
	}
	return length > 0 && length <= ID_MAX;
}

static struct owned **owned_find(const char *id)
{
	struct owned **at = &owned_list;

	while (*at && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

int own_lock_all(struct error *e)
{
	if (privileges_check(e) < 0 || dir_make(RUN_ROOT, e) < 0)
		return -1;
	cleanup_fd int fd = open(RUN_ROOT "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(e, errno, RUN_ROOT "/lock");
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return error_errno(e, errno, "lock " RUN_ROOT "/lock");
	}
	return take_fd(&fd);
}

/* Where process numbers count from 1 again, they belong to a room. */
static const char *room_name(void)
{
	const char *room = getenv("TARE_ROOM");

	return room ? room : "-";
}

static int note_owner(int fd)
{
	cleanup_free char *note = str_printf("%s %d\n", room_name(), (int)getpid());
	size_t length = strlen(note);

	return ftruncate(fd, 0) < 0 || pwrite(fd, note, length, 0) != (ssize_t)length ? -1 : 0;
}

/* Whether the process that the file names is gone. Not known of another room's: false. */
static bool noted_owner_is_gone(int fd)
{
	char note[64] = "", room[32];
	int pid;

	return pread(fd, note, sizeof(note) - 1, 0) > 0 &&
	       sscanf(note, "%31s %d", room, &pid) == 2 && strcmp(room, room_name()) == 0 &&
	       pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

/* The lock's descriptor; -1 with errno EWOULDBLOCK while another process holds it. */
static int owner_lock(const char *id, int flags)
{
	cleanup_free char *path = str_printf(RUN_ROOT "/%s/owner", id);
	cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	double deadline_s = clock_monotonic_s() + orphaned_lock_s;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK && clock_monotonic_s() < deadline_s &&
			noted_owner_is_gone(fd)) {
			clock_sleep_s(lock_poll_s);
			continue;
		}
		errno = EWOULDBLOCK;
		return -1;
	}
	return take_fd(&fd);
}

/* With both locks held. */
static int own_new(const char *id, struct error *e)
{
	cleanup_free char *dir = own_run_dir(id);
	if (dir_make(dir, e) < 0)
		return -1;
	cleanup_fd int fd = owner_lock(id, O_CREAT);
	if (fd < 0 && errno == EWOULDBLOCK)
		return error_set(e, "campaign %s is being run by another process", id);
	if (fd < 0 || note_owner(fd) < 0)
		return error_errno(e, errno, "lock %s/owner", dir);
	struct owned *owned = mem_new(1, sizeof(*owned));
	strcpy(owned->id, id);
	owned->fd = take_fd(&fd);
	owned->next = owned_list;
	owned_list = owned;
	return 0;
}

static bool is_owned(const char *id)
{
	pthread_mutex_lock(&owned_mutex);
	bool owned = *owned_find(id) != NULL;
	pthread_mutex_unlock(&owned_mutex);
	return owned;
}

int drivers_own(const char *campaign_id, struct error *e)
{
	if (!own_id_valid(campaign_id))
		return error_set(e, "campaign id \"%s\": expected 1 to %d letters and digits",
			campaign_id, ID_MAX);
	if (is_owned(campaign_id))
		return 0;
	/* The order of the locks is the same everywhere: the host's, then this process's. */
	cleanup_fd int all = own_lock_all(e);
	if (all < 0)
		return -1;
	pthread_mutex_lock(&owned_mutex);
	int status = *owned_find(campaign_id) ? 0 : own_new(campaign_id, e);
	pthread_mutex_unlock(&owned_mutex);
	return status;
}

int own_remove(const char *campaign_id, struct error *e)
{
	cleanup_free char *dir = own_run_dir(campaign_id);
	int removed = file_exists(dir);

	pthread_mutex_lock(&owned_mutex);
	struct owned **at = owned_find(campaign_id), *owned = *at;
	if (owned) {
		*at = owned->next;
		close(owned->fd);
		free(owned);
	}
	pthread_mutex_unlock(&owned_mutex);
	return dir_remove(dir, e) < 0 ? -1 : removed;
}

/* Whether no process, this one included, owns the id. */
static bool owner_is_gone(const char *id)
{
	cleanup_fd int fd = owner_lock(id, 0);

	return fd >= 0 || errno == ENOENT;
}

static void ids_add(char ***ids, size_t *count, size_t *capacity, const char *id)
{
	array_reserve(ids, capacity, *count + 2);
	(*ids)[(*count)++] = str_dup(id);
	(*ids)[*count] = NULL;
}

char **own_ids_to_clean(const char *campaign_id)
{
	char **ids = mem_new(1, sizeof(*ids));
	size_t count = 0, capacity = 1;
	struct dirent *entry;

	if (campaign_id[0]) {
		ids_add(&ids, &count, &capacity, campaign_id);
		return ids;
	}
	cleanup_dir DIR *dir = opendir(RUN_ROOT);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type == DT_DIR && own_id_valid(entry->d_name) &&
			owner_is_gone(entry->d_name))
			ids_add(&ids, &count, &capacity, entry->d_name);
	}
	return ids;
}

void own_ids_free(char **ids)
{
	for (char **id = ids; id && *id; id++)
		free(*id);
	free(ids);
}
