/* Removes programs of other builds that no campaign has used for a while. */
#include "hosts/programs_prune.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

enum { KEPT_S = 14 * 24 * 3600, NAME_DIGITS = 16 };

/* The name is that of PROGRAMS_DIR/DIGEST, or of an interrupted copy: new-DIGEST-NUMBER. */
static bool is_tares(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");

	return strncmp(name, "new-", 4) == 0 || (digits == NAME_DIGITS && !name[digits]);
}

static void remove_unused(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && time(NULL) - st.st_mtim.tv_sec > KEPT_S &&
		flock(fd, LOCK_EX | LOCK_NB) == 0)
		dir_remove(path, NULL);
}

bool programs_use(const char *own)
{
	static int used_fd = -1; /* holds the lock */
	const char *slash = strrchr(own, '/');
	struct stat locked, named;

	if (!slash || !is_tares(slash + 1))
		return true;
	if (strncmp(slash + 1, "new-", 4) == 0)
		return false; /* moved aside since this process began */
	used_fd = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (used_fd < 0 || flock(used_fd, LOCK_SH) < 0)
		return false;
	futimens(used_fd, NULL);
	return fstat(used_fd, &locked) == 0 && stat(own, &named) == 0 &&
	       locked.st_ino == named.st_ino;
}

void programs_prune(const char *own)
{
	cleanup_free char *parent = str_dup(own);
	char *slash = strrchr(parent, '/');
	const struct dirent *entry;

	if (!slash || !is_tares(slash + 1))
		return;
	*slash = '\0';
	cleanup_dir DIR *dir = opendir(parent);
	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = str_printf("%s/%s", parent, entry->d_name);
		if (is_tares(entry->d_name) && strcmp(path, own) != 0)
			remove_unused(path);
	}
}
