/* Finding programs, and finding and ending processes that a killed campaign left. A leftover is
 * recognised by a name that tare gave it, never by its program's name alone. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/orphans.h"

static const double reaped_poll_s = 0.001;

char *program_find(const char *name)
{
	cleanup_free char *path = str_printf("%s:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin",
		getenv("PATH") ? getenv("PATH") : "/usr/local/bin");

	for (char *rest = path, *dir; (dir = strsep(&rest, ":"));) {
		cleanup_free char *candidate = str_printf("%s/%s", dir, name);
		if (dir[0] == '/' && access(candidate, X_OK) == 0)
			return take_ptr(candidate);
	}
	return NULL;
}

char *program_own(const char *name, struct error *e)
{
	/* Seen from the executable's directory: installed (bin and lib/tare), the program's own
	 * directory in a build tree, and a test's. */
	static const char *const places[] = {"../lib/tare", ".", "../drivers", "../agent",
		"../hosts", "../../drivers", "../../agent", "../../hosts"};
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length > 0) {
		self[length] = '\0';
		*strrchr(self, '/') = '\0';
	}
	for (size_t i = 0; length > 0 && i < ARRAY_COUNT(places); i++) {
		cleanup_free char *candidate = str_printf("%s/%s/%s", self, places[i], name);
		if (access(candidate, X_OK) == 0)
			return take_ptr(candidate);
	}
	error_set(e, "%s: not found with the tare program; build or install all of tare", name);
	return NULL;
}

char *program_version(const char *const words[])
{
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	char *line = NULL;

	for (; *words; words++)
		argv_add(&argv, *words);
	if (process_run(&argv, 10, &result, NULL) == 0 && result.exit_status == 0) {
		result.output[strcspn(result.output, "\n")] = '\0';
		line = str_dup(result.output);
	}
	process_result_free(&result);
	return line;
}

static bool file_has_word(const char *path, const char *text, char separator)
{
	cleanup_file FILE *file = fopen(path, "re");
	cleanup_free char *word = NULL;
	size_t capacity = 0;

	while (file && getdelim(&word, &capacity, separator, file) > 0) {
		if (strncmp(word, text, strlen(text)) == 0)
			return true;
	}
	return false;
}

bool program_has_word(pid_t pid, const void *text)
{
	if (!*(const char *)text)
		return false;
	cleanup_free char *path = str_printf("/proc/%d/cmdline", (int)pid);

	return file_has_word(path, text, '\0');
}

bool program_has_root(pid_t pid, const void *text)
{
	if (!*(const char *)text)
		return false;
	cleanup_free char *path = str_printf("/proc/%d/mountinfo", (int)pid);
	cleanup_free char *line = NULL;
	size_t capacity = 0;
	cleanup_file FILE *file = fopen(path, "re");

	/* "ID PARENT MAJ:MIN ROOT / OPTIONS … - TYPE SOURCE OPTIONS" */
	while (file && getline(&line, &capacity, file) > 0) {
		char mount_point[3], source[256];
		const char *tail = strstr(line, " - ");
		if (sscanf(line, "%*s %*s %*s %*s %2s", mount_point) == 1 && tail &&
			strcmp(mount_point, "/") == 0 &&
			sscanf(tail, " - %*s %255s", source) == 1 &&
			strncmp(source, text, strlen(text)) == 0)
			return true;
	}
	return false;
}

pid_t program_pid(bool (*matches)(pid_t pid, const void *context), const void *context)
{
	pid_t newest = -1;
	struct dirent *entry;
	cleanup_dir DIR *dir = opendir("/proc");

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (isdigit((unsigned char)entry->d_name[0]) && pid != getpid() &&
			matches(pid, context) && pid > newest)
			newest = pid;
	}
	return newest;
}

static size_t processes_signal(
	bool (*matches)(pid_t pid, const void *context), const void *context, int number)
{
	size_t count = 0;
	struct dirent *entry;
	cleanup_dir DIR *dir = opendir("/proc");

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (isdigit((unsigned char)entry->d_name[0]) && pid != getpid() &&
			matches(pid, context) && kill(pid, number) == 0)
			count++;
	}
	return count;
}

size_t program_kill(bool (*matches)(pid_t pid, const void *context), const void *context)
{
	size_t killed = processes_signal(matches, context, SIGKILL);

	for (int i = 0; killed > 0 && i < 500; i++) {
		if (processes_signal(matches, context, SIGKILL) == 0)
			break;
		clock_sleep_s(0.01);
	}
	return killed;
}

bool program_end(pid_t pid, double limit_s)
{
	double deadline_s = clock_monotonic_s() + limit_s;
	cleanup_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};

	if (kill(pid, SIGKILL) < 0)
		return errno == ESRCH;
	if (fd >= 0) /* kernels before 5.3 have none */
		poll(&end, 1, (int)(limit_s * 1e3));
	while (!orphans_reap(pid) && kill(pid, 0) == 0) {
		if (clock_monotonic_s() > deadline_s)
			return false;
		clock_sleep_s(reaped_poll_s);
	}
	return true;
}
