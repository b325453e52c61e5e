/* tare-room: runs a program as root of a user namespace, for users without root. The namespaces
 * are those that a campaign changes: user (one uid, mapped to 0), mount, network, PID, IPC and UTS.
 * Everything in them ends with this program, by SIGKILL too; files stay. Independent of drivers.
 *
 * tare-room [--host-network] -- PROGRAM [ARGUMENT…]
 *
 *   --host-network  no network namespace: PROGRAM uses the host's network and cannot change it
 *
 * PROGRAM finds:
 *   /run        empty but for /run/tare, the user's run directory: $XDG_RUNTIME_DIR/tare, or
 *               /tmp/tare-UID where that is unset or no directory, as in a job of a batch system
 *               that has its user's environment from elsewhere; it outlives the namespaces
 *   TARE_CACHE  as it was, else $XDG_CACHE_HOME/tare, else $HOME/.cache/tare
 *   TARE_ROOM   this program's process number, by which concurrent namespaces differ
 *   TARE_CONTROL_GROUP  the path of a control group in which it may make others with limits, if the
 *               one that this program is started in is delegated to the user (delegation.h)
 *
 * Exit status: that of PROGRAM, 128 and the number of the signal that ended it, or 125: PROGRAM was
 * not started; stderr says why in one line. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/directories.h"
#include "drivers/delegation.h"

enum { EXIT_NOT_STARTED = 125, PATH_BYTES = 4096, NUMBER_BYTES = 64 };

#define CGROUPS "/sys/fs/cgroup"
#define CGROUPS_ASIDE "/run/cgroup"

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_NOT_STARTED);
}

struct request {
	bool host_network;
	char **program;
};

static void request_parse(int argc, char **argv, struct request *request)
{
	*request = (struct request){
		.host_network = argc > 1 && strcmp(argv[1], "--host-network") == 0};
	int dashes = request->host_network ? 2 : 1;

	if (argc < dashes + 2 || strcmp(argv[dashes], "--") != 0)
		fail("usage: tare-room [--host-network] -- PROGRAM [ARGUMENT...]");
	request->program = argv + dashes + 1;
}

/* --- directories ------------------------------------------------------------------------------ */

static void join(char out[PATH_BYTES], const char *directory, const char *name)
{
	if (snprintf(out, PATH_BYTES, "%s/%s", directory, name) >= PATH_BYTES)
		fail("no directories: the path %.60s… is too long", directory);
}

/* An absolute path by an environment variable, or NULL. */
static const char *variable_path(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] == '/' ? value : NULL;
}

/* The directory is made if it is not there. In /tmp another user may have made it first: it must be
 * a directory of this user's, closed to others. */
static void run_directory_check(const char *path, uid_t uid)
{
	struct stat status;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		fail("no run directory: cannot make %s: %s; set XDG_RUNTIME_DIR to a directory of "
		     "your own",
			path, strerror(errno));
	if (lstat(path, &status) < 0)
		fail("no run directory: %s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode) || status.st_uid != uid)
		fail("no run directory: %s is not a directory of uid %u but of uid %u; remove it, "
		     "or set XDG_RUNTIME_DIR to a directory of your own",
			path, (unsigned)uid, (unsigned)status.st_uid);
	if (status.st_mode & 077)
		fail("no run directory: %s is open to other users; chmod 700 %s", path, path);
}

static void set_cache(void)
{
	const char *base = variable_path("XDG_CACHE_HOME"), *home = variable_path("HOME");
	const char *given = getenv("TARE_CACHE");
	char path[PATH_BYTES];

	if (given && given[0])
		return;
	if (base)
		join(path, base, "tare");
	else if (home)
		join(path, home, ".cache/tare");
	else
		fail("no cache directory: set HOME, XDG_CACHE_HOME or TARE_CACHE");
	setenv("TARE_CACHE", path, 1);
}

/* --- namespaces ------------------------------------------------------------------------------- */

/* What forbids user namespaces, and the line by which an administrator allows them: kernel(5) of
 * each distribution, user_namespaces(7). */
static const struct {
	const char *path;
	int forbids;
	const char *fix;
} prohibitions[] = {
	{"/proc/sys/user/max_user_namespaces", 0, "sysctl user.max_user_namespaces=15000"},
	{"/proc/sys/kernel/unprivileged_userns_clone", 0,
		"sysctl kernel.unprivileged_userns_clone=1"},
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
		"sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
};

static bool file_says(const char *path, int wanted)
{
	FILE *file = fopen(path, "re");
	int value = -1;
	bool says = file && fscanf(file, "%d", &value) == 1 && value == wanted;

	if (file)
		fclose(file);
	return says;
}

static _Noreturn void fail_forbidden(const char *what, int number)
{
	for (size_t i = 0; i < sizeof(prohibitions) / sizeof(prohibitions[0]); i++)
		if (file_says(prohibitions[i].path, prohibitions[i].forbids))
			fail("no user namespaces: %s: %s; an administrator allows them by: %s",
				what, strerror(number), prohibitions[i].fix);
	fail("no user namespaces: %s: %s; a security module or a container's filter forbids them",
		what, strerror(number));
}

static void write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail_forbidden(path, errno);
	close(fd);
}

static void make_namespaces(uid_t uid, gid_t gid, bool host_network)
{
	int kinds = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	char uids[NUMBER_BYTES], gids[NUMBER_BYTES];

	snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)uid);
	snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)gid);
	if (unshare(host_network ? kinds : kinds | CLONE_NEWNET) < 0)
		fail_forbidden("unshare", errno);
	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", uids);
	write_map("/proc/self/gid_map", gids);
}

/* --- what the program finds ------------------------------------------------------------------- */

static void mount_or_fail(const char *source, const char *target, const char *type,
	unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options) < 0)
		fail_forbidden(target, errno);
}

/* sysfs shows the network namespace in which it was mounted. Where the kernel refuses it, because
 * parts of /sys are hidden, the host's stays. */
static void mount_sys(void)
{
	if (mkdir(CGROUPS_ASIDE, 0700) < 0 ||
		mount(CGROUPS, CGROUPS_ASIDE, NULL, MS_BIND | MS_REC, NULL) < 0)
		return;
	if (mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		mount_or_fail(CGROUPS_ASIDE, CGROUPS, NULL, MS_BIND | MS_REC, NULL);
	umount2(CGROUPS_ASIDE, MNT_DETACH);
	rmdir(CGROUPS_ASIDE);
}

/* The run directory may lie below /run, which is covered before it is bound. */
static void mount_all(const char *run)
{
	char by_descriptor[NUMBER_BYTES];
	int fd;

	mount_or_fail("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_or_fail("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	fd = open(run, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail("no run directory: %s: %s", run, strerror(errno));
	mount_or_fail("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	if (mkdir("/run/tare", 0700) < 0 || mkdir("/run/lock", 0755) < 0)
		fail("no run directory: /run/tare: %s", strerror(errno));
	snprintf(by_descriptor, sizeof(by_descriptor), "/proc/self/fd/%d", fd);
	mount_or_fail(by_descriptor, "/run/tare", NULL, MS_BIND, NULL);
	close(fd);
	mount_sys();
}

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		fail("no network namespace: lo: %s", strerror(errno));
	close(fd);
}

/* --- processes -------------------------------------------------------------------------------- */

/* Waits for the child, reaping others, and passes signals on. Those of a terminal the child gets
 * itself. Returns the exit status. */
static int attend(pid_t child, const sigset_t *signals)
{
	siginfo_t info;

	for (;;) {
		int status;
		int number = sigwaitinfo(signals, &info);
		if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL)
			kill(child, number);
		for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
			if (ended == child)
				return WIFEXITED(status) ? WEXITSTATUS(status)
							 : 128 + WTERMSIG(status);
	}
}

static pid_t fork_or_fail(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	return pid;
}

/* Process 1 of the namespace: what it ends with, all processes of it end with. */
static _Noreturn void be_first(const struct request *request, const char *run,
	const sigset_t *signals, const sigset_t *mask)
{
	char **program = request->program;

	mount_all(run);
	if (!request->host_network)
		loopback_up();
	pid_t child = fork_or_fail();
	if (child == 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(program[0], program);
		fail("cannot run %s: %s", program[0], strerror(errno));
	}
	exit(attend(child, signals));
}

/* Ends with the parent. That may have ended before prctl: then the pipe has no writer. */
static void tie_to_parent(const int alive[2])
{
	char byte;

	close(alive[1]);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || read(alive[0], &byte, 1) != 1)
		exit(EXIT_NOT_STARTED);
	close(alive[0]);
}

/* Starts the first process of the namespaces and waits for its end. Returns its exit status. */
static int run_first(const struct request *request, const char *run, const sigset_t *signals,
	const sigset_t *mask)
{
	int alive[2];

	if (pipe2(alive, O_CLOEXEC) < 0)
		fail("cannot make a pipe: %s", strerror(errno));
	pid_t first = fork_or_fail();
	if (first == 0) {
		tie_to_parent(alive);
		be_first(request, run, signals, mask);
	}
	close(alive[0]);
	if (write(alive[1], "", 1) != 1)
		fail("cannot start: %s", strerror(errno));
	return attend(first, signals);
}

static bool take_control_group(struct delegation *delegation)
{
	bool taken = delegation_take(delegation);

	if (taken)
		setenv(DELEGATION_VARIABLE, delegation_path(delegation), 1);
	else
		unsetenv(DELEGATION_VARIABLE);
	return taken;
}

int main(int argc, char **argv)
{
	static const int passed_on[] = {
		SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	uid_t uid = geteuid();
	gid_t gid = getegid();
	cleanup_free char *run = directories_user_run();
	char number[NUMBER_BYTES];
	sigset_t signals, mask;
	struct request request;
	struct delegation delegation = {0};

	request_parse(argc, argv, &request);
	run_directory_check(run, uid);
	set_cache();
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("TARE_ROOM", number, 1);
	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&signals, passed_on[i]);
	sigprocmask(SIG_BLOCK, &signals, &mask);
	make_namespaces(uid, gid, request.host_network);
	bool delegated = take_control_group(&delegation);
	int status = run_first(&request, run, &signals, &mask);
	if (delegated)
		delegation_return(&delegation);
	return status;
}
