/* tare-rsh: replaces ssh where an MPI launcher starts a program on another machine (Open MPI's
 * plm_rsh_agent). It does not log in: it prints the request as one line, for the orchestrator that
 * runs the launcher, and lives as long as the program requested.
 *
 * tare-rsh HOST WORD…          prints "TARE_RSH NAME HOST WORD…" and waits at the FIFO of that name
 *                              in the working directory for an exit status, and ends with it
 * tare-rsh --end NAME STATUS   passes the status to the waiting one, if it still exists */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_NO_REMOTE = 255 }; /* as ssh's, when it is ssh that failed */

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "tare-rsh: %s: %s\n", what, strerror(errno));
	exit(EXIT_NO_REMOTE);
}

static int tell(const char *name, const char *status)
{
	unsigned char byte = (unsigned char)atoi(status);
	int fd = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENXIO))
		return 0;
	if (fd < 0 || write(fd, &byte, 1) != 1)
		fail(name);
	return 0;
}

/* One write of less than PIPE_BUF, so that no other output is interleaved. */
static void request(const char *name, char **words)
{
	char line[PIPE_BUF];
	size_t count = (size_t)snprintf(line, sizeof(line), "TARE_RSH %s", name);

	for (; *words; words++) {
		size_t length = strlen(*words);

		if (count + length + 2 > sizeof(line) || strchr(*words, '\n')) {
			errno = E2BIG;
			fail("the command line");
		}
		line[count++] = ' ';
		memcpy(line + count, *words, length);
		count += length;
	}
	line[count++] = '\n';
	if (write(STDOUT_FILENO, line, count) != (ssize_t)count)
		fail("standard output");
}

int main(int argc, char **argv)
{
	char name[32];
	unsigned char status;
	int fd;

	if (argc == 4 && strcmp(argv[1], "--end") == 0)
		return tell(argv[2], argv[3]);
	if (argc < 3) {
		fprintf(stderr, "usage: tare-rsh HOST WORD... | tare-rsh --end NAME STATUS\n");
		return EXIT_NO_REMOTE;
	}
	/* Ends with the launcher: nothing else would end it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "tare-rsh.%ld", (long)getpid());
	if (mkfifo(name, 0600) < 0)
		fail(name);
	/* Open for writing, too, so that the FIFO has no end of file and a writer always a
	 * reader. */
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(name);
	request(name, argv + 1);
	if (read(fd, &status, 1) != 1)
		fail("the answer");
	unlink(name);
	return status;
}
