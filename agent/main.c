/* tare-agent: the far end of every stream. It runs the jobs that it receives in the machine where
 * it is, and knows no benchmark, no driver and no hypervisor. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/boot.h"
#include "agent/protocol.h"
#include "agent/server.h"
#include "base/cleanup.h"
#include "base/error.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char USAGE[] =
	"usage: tare-agent [--stdio | --socket PATH | --version | --help]\n"
	"\n"
	"Runs benchmarks for tare at the far end of a byte stream.\n"
	"\n"
	"  --stdio        speak on stdin and stdout (the default)\n"
	"  --socket PATH  listen on a UNIX socket, and serve one connection\n"
	"  --version      print the versions of the program and of its protocol\n"
	"  --help         print this\n"
	"\n"
	"Started by the kernel as process 1 of a guest, it boots the guest first and speaks\n"
	"on the channel that the kernel's command line names.\n";

/* Moves the stream away from descriptors 0 and 1, so that nothing can print into it. */
static int stdio_take(int *in_fd, int *out_fd, struct error *e)
{
	cleanup_fd int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0)
		return error_errno(e, errno, "/dev/null");
	*in_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	*out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (*in_fd < 0 || *out_fd < 0)
		return error_errno(e, errno, "stdin and stdout");
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	return 0;
}

/* Descriptors 0, 1 and 2 exist always: a job's pipes must not become them. */
static void stdio_fill(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return;
	}
}

static int socket_accept(const char *path, struct error *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(e, "%s: longer than %zu bytes, the limit for the path of a socket",
			path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	if (listener < 0 ||
		bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(listener, 1) < 0)
		return error_errno(e, errno, "cannot listen on %s", path);
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int error = errno;
	unlink(path);
	return fd >= 0 ? fd : error_errno(e, error, "%s", path);
}

/* A container's first process is process 1, too; but /proc is mounted for it already, while the
 * kernel starts a guest's first process with nothing mounted. */
static bool kernel_started_us(void)
{
	return getpid() == 1 && access("/proc/self", F_OK) < 0;
}

static void serve(int in_fd, int out_fd, bool guest)
{
	server_signals();
	/* Orphans become our children, so that we can kill them. We end with the stream, not with
	 * the parent: that would leave jobs and their files behind. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, 0);
	server_run(in_fd, out_fd, guest);
}

static int serve_guest(struct error *e)
{
	int fd = boot_guest(e);

	/* Without a console, the channel may have become one of the first three. */
	if (fd >= 0 && fd <= STDERR_FILENO) {
		int low_fd = fd;

		fd = fcntl(low_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		close(low_fd);
	}
	if (fd < 0)
		return -1;
	stdio_fill();
	serve(fd, fd, true);
	boot_power_off("the host closed the connection");
	return 0;
}

static int run(int argc, char **argv, struct error *e)
{
	int in_fd = -1, out_fd = -1;

	if (kernel_started_us())
		return serve_guest(e);
	stdio_fill();
	if (argc == 3 && strcmp(argv[1], "--socket") == 0) {
		in_fd = out_fd = socket_accept(argv[2], e);
		if (in_fd < 0)
			return -1;
	} else if (stdio_take(&in_fd, &out_fd, e) < 0) {
		return -1;
	}
	serve(in_fd, out_fd, false);
	return 0;
}

int main(int argc, char **argv)
{
	struct error e = {0};
	const char *option = argc > 1 ? argv[1] : "--stdio";

	if (argc == 2 && strcmp(option, "--version") == 0) {
		printf("tare-agent %s, protocol %d\n", TARE_VERSION, PROTOCOL_VERSION);
		return EXIT_OK;
	}
	if (argc == 2 && strcmp(option, "--help") == 0) {
		fputs(USAGE, stdout);
		return EXIT_OK;
	}
	bool known = (argc <= 2 && strcmp(option, "--stdio") == 0) ||
		     (argc == 3 && strcmp(option, "--socket") == 0) || kernel_started_us();
	if (!known) {
		fputs(USAGE, stderr);
		return EXIT_USAGE;
	}
	if (run(argc, argv, &e) < 0) {
		fprintf(stderr, "tare-agent: %s\n", e.text);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}
