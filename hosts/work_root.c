/* Work directories of campaigns, and the mark that tells them from what others keep beside them. */
#include "hosts/work_root.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

#define MARK ".tare-work"

/* Identifies this host across boots. Caller frees. */
static char *own_mark(void)
{
	struct utsname name = {0};
	cleanup_free char *machine = file_read_line("/etc/machine-id");

	uname(&name);
	return str_printf("%s %s", name.nodename, machine ? machine : "-");
}

/* How the directories are named on this host until they have their mark. Caller frees. */
static char *unfinished_prefix(void)
{
	struct utsname name = {0};

	uname(&name);
	return str_printf(MARK ".%s.", name.nodename);
}

/* Under another name first, so that it never is there without its mark. */
static int make(const char *path, struct error *e)
{
	const char *id = strrchr(path, '/') + 1;
	cleanup_free char *mark_path = str_printf("%s/" MARK, path), *mark = own_mark();
	cleanup_free char *prefix = unfinished_prefix();
	cleanup_free char *unfinished = str_printf("%.*s%s%s", (int)(id - path), path, prefix, id);
	cleanup_free char *first_mark = str_printf("%s/" MARK, unfinished);

	if (file_exists(mark_path))
		return 0;
	if (dir_make(unfinished, e) < 0 || file_write(first_mark, mark, strlen(mark), e) < 0)
		return -1;
	if (rename(unfinished, path) < 0)
		return error_errno(e, errno, "cannot make the work directory %s", path);
	return 0;
}

/* Several hosts of a site may be this machine, each with a thread of its own. */
int work_root_make(const char *path, struct error *e)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mutex);
	int status = make(path, e);
	pthread_mutex_unlock(&mutex);
	return status;
}

bool work_root_is_own(const char *path)
{
	cleanup_free char *mark_path = str_printf("%s/" MARK, path), *own = own_mark();
	cleanup_free char *mark = file_read_line(mark_path);

	return mark && strcmp(mark, own) == 0;
}

int work_roots_remove_unfinished(const char *work_dir, struct error *e)
{
	cleanup_free char *prefix = unfinished_prefix();
	cleanup_dir DIR *dir = opendir(work_dir);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		cleanup_free char *alive =
			str_printf("/run/tare/%s", entry->d_name + strlen(prefix));
		cleanup_free char *path = str_printf("%s/%s", work_dir, entry->d_name);
		if (!file_exists(alive) && dir_remove(path, e) < 0)
			return -1;
	}
	return 0;
}
