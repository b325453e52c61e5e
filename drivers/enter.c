/* tare-enter: runs a program in a mount namespace where the image's tree, under a temporary
 * overlay, is mounted; either with that tree as its root (native) or with the host's root (for
 * runc, which enters the tree itself). Everything mounted here disappears with the last process
 * inside. Independent of agents, campaigns and containers.
 *
 * tare-enter --root TREE --at DIR [--name NAME] [--scratch DIR] [--put FILE]
 *            [--hide DIR] [--netns PATH] [--cpus LIST] [--memory-node N] [--apart] [--user]
 *            [--host] -- PROGRAM [ARGUMENT…]
 *
 *   --root TREE     the image's tree; never written to
 *   --at DIR        an existing empty directory; the overlay is mounted at DIR/root
 *   --name NAME     the overlay's source in /proc/PID/mountinfo, by which leftovers are found
 *   --scratch DIR   bound to /scratch in the tree
 *   --put FILE      copied to ENTER_PUT in the overlay
 *   --hide DIR      empty for PROGRAM, of the host's root
 *   --netns PATH    network namespace
 *   --cpus LIST     affinity, e.g. 0,2
 *   --memory-node N NUMA node that memory is allocated from
 *   --apart         IPC and PID namespaces: no shared memory with other machines of this host; with
 *                   --host PROGRAM sees its own processes in /proc
 *   --user          PROGRAM is root in a user namespace only, and on the host a user without rights
 *                   (ENTER_OUTSIDE_ID); implies --apart
 *   --host          PROGRAM runs with the host's root
 *
 * PROGRAM is a path on the host, opened, as FILE is, before rights and root change; with a leading
 * "image:" it is a path in the image. Exit status 125: PROGRAM was not started; stderr says why. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/enter.h"

enum { EXIT_NOT_STARTED = 125, PATH_BYTES = 4096 };

#define IMAGE_PREFIX "image:"

struct request {
	const char *root, *at, *name, *scratch, *put, *hide, *netns, *cpus, *memory_node;
	bool apart, user, host;
	char **program;
};

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...)
{
	int number = errno;
	va_list args;

	fprintf(stderr, "tare-enter: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, number ? ": %s\n" : "\n", strerror(number));
	exit(EXIT_NOT_STARTED);
}

static _Noreturn void fail_usage(const char *what)
{
	errno = 0;
	fail("%s; usage: tare-enter --root TREE --at DIR [--name NAME] [--scratch DIR] "
	     "[--put FILE] [--hide DIR] [--netns PATH] [--cpus LIST] [--memory-node N] [--apart] "
	     "[--user] [--host] -- "
	     "PROGRAM [ARGUMENT...]",
		what);
}

static void join(char out[PATH_BYTES], const char *directory, const char *name)
{
	if (snprintf(out, PATH_BYTES, "%s/%s", directory, name) >= PATH_BYTES) {
		errno = ENAMETOOLONG;
		fail("%s/%s", directory, name);
	}
}

/* Each takes a text, or is a mark. */
static const struct {
	const char *name;
	bool is_mark;
	size_t offset;
} request_options[] = {
	{"root", false, offsetof(struct request, root)},
	{"at", false, offsetof(struct request, at)},
	{"name", false, offsetof(struct request, name)},
	{"scratch", false, offsetof(struct request, scratch)},
	{"put", false, offsetof(struct request, put)},
	{"hide", false, offsetof(struct request, hide)},
	{"netns", false, offsetof(struct request, netns)},
	{"cpus", false, offsetof(struct request, cpus)},
	{"memory-node", false, offsetof(struct request, memory_node)},
	{"apart", true, offsetof(struct request, apart)},
	{"user", true, offsetof(struct request, user)},
	{"host", true, offsetof(struct request, host)},
};

enum { OPTION_COUNT = sizeof(request_options) / sizeof(request_options[0]) };

static struct request request_parse(int argc, char **argv)
{
	struct option options[OPTION_COUNT + 1] = {0};
	struct request request = {.name = "tare"};
	int found, index;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		options[i].name = request_options[i].name;
		options[i].has_arg = request_options[i].is_mark ? no_argument : required_argument;
	}
	while ((found = getopt_long(argc, argv, "+", options, &index)) != -1) {
		if (found != 0)
			fail_usage("unknown option");
		char *member = (char *)&request + request_options[index].offset;
		if (request_options[index].is_mark)
			*(bool *)(void *)member = true;
		else
			*(const char **)(void *)member = optarg;
	}
	request.apart = request.apart || request.user;
	request.program = argv + optind;
	if (!request.root || !request.at || !request.program[0])
		fail_usage("--root, --at and a program are needed");
	/* The characters that separate overlay options. */
	if (strpbrk(request.root, ",:\\") || strpbrk(request.at, ",:\\"))
		fail_usage("paths must not contain a comma, a colon or a backslash");
	return request;
}

static void enter_netns(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail("cannot enter the network namespace %s", path);
	close(fd);
}

static void set_affinity(const char *list)
{
	cpu_set_t set;
	char *end;

	CPU_ZERO(&set);
	for (const char *at = list;; at = end + 1) {
		unsigned long cpu = strtoul(at, &end, 10);
		if (end == at || cpu >= CPU_SETSIZE || (*end && *end != ','))
			fail_usage("--cpus: expected CPU numbers separated by commas");
		CPU_SET(cpu, &set);
		if (!*end)
			break;
	}
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fail("cannot set the affinity to CPUs %s", list);
}

/* By the system call, because libnuma is not needed otherwise. */
static void set_memory_node(const char *text)
{
	enum { NODES_MAX = 1024, WORD_BITS = 8 * sizeof(unsigned long) };
	unsigned long nodes[NODES_MAX / WORD_BITS] = {0};
	char *end;
	unsigned long node = strtoul(text, &end, 10);

	if (end == text || *end || node >= NODES_MAX)
		fail_usage("--memory-node: expected a NUMA node's number");
	nodes[node / WORD_BITS] = 1UL << node % WORD_BITS;
	if (syscall(SYS_set_mempolicy, MPOL_BIND, nodes, NODES_MAX + 1) < 0)
		fail("cannot bind memory to NUMA node %s", text);
}

static void write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("cannot write %s", path);
	close(fd);
}

/* As tare-room makes it: first a user without rights, then the namespace in which that user is
 * root. Changing the uid gives up the tie to the parent, and closes /proc/self to the new uid. */
static void enter_user_namespace(void)
{
	char map[32];
	int tie = 0;
	pid_t parent = getppid();

	snprintf(map, sizeof(map), "0 %d 1", ENTER_OUTSIDE_ID);
	if (prctl(PR_GET_PDEATHSIG, &tie) < 0 || setgroups(0, NULL) < 0 ||
		setresgid(ENTER_OUTSIDE_ID, ENTER_OUTSIDE_ID, ENTER_OUTSIDE_ID) < 0 ||
		setresuid(ENTER_OUTSIDE_ID, ENTER_OUTSIDE_ID, ENTER_OUTSIDE_ID) < 0)
		fail("cannot become uid %d", ENTER_OUTSIDE_ID);
	if (prctl(PR_SET_PDEATHSIG, tie) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0 ||
		(tie && getppid() != parent))
		fail("cannot be tied to the parent");
	if (unshare(CLONE_NEWUSER) < 0)
		fail("cannot make a user namespace");
	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", map);
	write_map("/proc/self/gid_map", map);
}

/* A child is the first process of the new PID namespace; this one waits for it. Each ends with the
 * other. */
static void set_apart(void)
{
	int status, alive[2];
	char byte;

	if (unshare(CLONE_NEWIPC | CLONE_NEWPID) < 0)
		fail("cannot make IPC and PID namespaces");
	if (pipe2(alive, O_CLOEXEC) < 0)
		fail("cannot make a pipe");
	pid_t child = fork();
	if (child < 0)
		fail("cannot fork");
	if (child == 0) {
		close(alive[1]);
		/* The parent may have ended before prctl: then the pipe has no writer. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || read(alive[0], &byte, 1) != 1)
			fail("cannot be tied to the parent");
		close(alive[0]);
		return;
	}
	close(alive[0]);
	if (write(alive[1], "", 1) != 1)
		fail("cannot start");
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("cannot wait for the program");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void mount_or_fail(const char *source, const char *target, const char *type,
	unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options) < 0)
		fail("cannot mount %s at %s", type ? type : source, target);
}

static void mount_overlay(const struct request *request, char root[PATH_BYTES])
{
	char upper[PATH_BYTES], work[PATH_BYTES], options[3 * PATH_BYTES + 64];

	if (unshare(CLONE_NEWNS) < 0)
		fail("cannot make a mount namespace");
	mount_or_fail("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_or_fail(request->name, request->at, "tmpfs", MS_NODEV, "mode=0755");
	join(root, request->at, "root");
	join(upper, request->at, "upper");
	join(work, request->at, "work");
	if (mkdir(root, 0755) < 0 || mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0)
		fail("cannot make directories in %s", request->at);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", request->root,
		upper, work);
	mount_or_fail(request->name, root, "overlay", 0, options);
}

static void mount_in(const char *root, const char *name, const char *source, const char *type,
	unsigned long flags, const char *options)
{
	char target[PATH_BYTES];

	join(target, root, name);
	mkdir(target, 0755);
	mount_or_fail(source, target, type, flags, options);
}

static int open_or_fail(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("%s", path);
	return fd;
}

static void copy_in(const char *root, int from)
{
	char target[PATH_BYTES];
	struct stat status;

	join(target, root, &ENTER_PUT[1]);
	int to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (to < 0 || fstat(from, &status) < 0)
		fail("cannot write %s", target);
	for (off_t left = status.st_size; left > 0;) {
		ssize_t sent = sendfile(to, from, NULL, (size_t)left);
		if (sent <= 0)
			fail("cannot write %s", target);
		left -= sent;
	}
	close(from);
	if (close(to) < 0)
		fail("cannot write %s", target);
}

/* The host's own, where the kernel refuses a new one: without root, in a network namespace that
 * belongs to another user namespace, or where parts of /sys are hidden. */
static void mount_sys(const char *root)
{
	char target[PATH_BYTES];

	join(target, root, "sys");
	mkdir(target, 0755);
	if (mount("sysfs", target, "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		mount_or_fail("/sys", target, NULL, MS_BIND | MS_REC, NULL);
}

static void mount_proc(const char *root)
{
	mount_in(root, "proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* The same mounts as in a guest. */
static void mount_system(const char *root)
{
	mount_proc(root);
	mount_sys(root);
	mount_in(root, "dev", "/dev", NULL, MS_BIND | MS_REC, NULL);
	mount_in(root, "dev/shm", "tmpfs", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_in(root, "run", "tmpfs", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	mount_in(root, "tmp", "tmpfs", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

/* pivot_root(".", "."): the old root ends up on top of the new one and is detached, so that the
 * host's tree cannot be reached any more. */
static void change_root(const char *root)
{
	if (chdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
		umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		fail("cannot change the root to %s", root);
}

/* The same few variables in every machine, whatever the caller's environment. */
static void set_environment(void)
{
	if (clearenv() != 0 || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
		setenv("HOME", "/root", 1) < 0)
		fail("cannot set the environment");
}

int main(int argc, char **argv)
{
	struct request request = request_parse(argc, argv);
	bool in_image = strncmp(request.program[0], IMAGE_PREFIX, strlen(IMAGE_PREFIX)) == 0;
	const char *program = request.program[0] + (in_image ? strlen(IMAGE_PREFIX) : 0);
	char root[PATH_BYTES];
	int fd = in_image ? -1 : open_or_fail(program);
	int put = request.put ? open_or_fail(request.put) : -1;

	if (request.netns)
		enter_netns(request.netns);
	if (request.cpus)
		set_affinity(request.cpus);
	if (request.memory_node)
		set_memory_node(request.memory_node);
	if (request.user)
		enter_user_namespace();
	if (request.apart)
		set_apart();
	mount_overlay(&request, root);
	if (request.scratch)
		mount_in(root, "scratch", request.scratch, NULL, MS_BIND, NULL);
	if (request.hide)
		mount_or_fail("none", request.hide, "tmpfs", MS_RDONLY, NULL);
	if (put >= 0)
		copy_in(root, put);
	if (request.host && request.apart)
		mount_proc("");
	if (!request.host) {
		mount_system(root);
		change_root(root);
		set_environment();
	}
	if (in_image)
		execv(program, request.program);
	else
		fexecve(fd, request.program, environ);
	fail("%s", program);
}
