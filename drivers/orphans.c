/* See orphans.h. The program, and libvirt in it, wait for their own children by process id, so
 * that these must not be reaped here. An own child is in the program's session; or it began a
 * session and executed no program, as the parents that libvirt makes for its daemons do. All others
 * are adopted. */
#include "drivers/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"

/* Of include/linux/sched.h: it has not executed a program since it was forked. */
enum { PF_FORKNOEXEC = 0x40 };

/* Between two looks while there is no child at all, or one that others wait for. */
static const double poll_s = 0.05, poll_most_s = 1;

static bool is_adopted(pid_t pid)
{
	cleanup_free char *path = str_printf("/proc/%d/stat", (int)pid), *text = NULL;
	pid_t parent, session;
	const char *end;
	unsigned flags;
	size_t size;

	if (file_read(path, 4096, &text, &size, NULL) < 0 || !(end = strrchr(text, ')')) ||
		sscanf(end, ") Z %d %*d %d %*d %*d %u", &parent, &session, &flags) != 3)
		return false;
	return parent == getpid() && session != getsid(0) &&
	       (session != pid || !(flags & PF_FORKNOEXEC));
}

bool orphans_reap(pid_t pid)
{
	return is_adopted(pid) && waitpid(pid, NULL, WNOHANG) == pid;
}

static void reap_all(void)
{
	cleanup_dir DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		if (pid > 0)
			orphans_reap(pid);
	}
}

/* The kernel names one of the children that ended. While that one is another's, all are looked
 * through, ever more rarely. */
static void *reap_orphans(void *unused)
{
	double pause_s = poll_s;
	pid_t before = 0;

	for (;;) {
		siginfo_t ended = {0};
		int status = waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);

		if (status < 0 && errno != ECHILD && errno != EINTR)
			return unused;
		if (status == 0 && orphans_reap(ended.si_pid))
			continue;
		if (status == 0)
			reap_all();
		pause_s = ended.si_pid == before ? fmin(2 * pause_s, poll_most_s) : poll_s;
		before = ended.si_pid;
		clock_sleep_s(pause_s);
	}
}

int orphans_adopt(struct error *e)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static bool adopted;
	pthread_t thread;
	int status = 0;

	pthread_mutex_lock(&mutex);
	if (!adopted && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		status = error_errno(e, errno, "adopt orphans");
	else if (!adopted && pthread_create(&thread, NULL, reap_orphans, NULL) != 0)
		status = error_set(e, "adopt orphans: no thread");
	else if (!adopted)
		adopted = pthread_detach(thread) == 0;
	pthread_mutex_unlock(&mutex);
	return status;
}
