/* tare-fake DELAY_S CRASH_S NOISE SEED AGENT [ARGUMENT…]: the far end of a fake machine's stream,
 * with faults. Sleeps DELAY_S seconds, then executes the agent; DELAY_S < 0: never answers. Dies
 * after CRASH_S seconds if that is not 0. With NOISE > 0 it relays the agent's stdout, and with
 * that probability adds a line such as a kernel prints after a chunk. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_BYTES = 4096 };

static const char garbage[] = "\r\n[   12.345678] fake: a kernel's message in the stream\r\n";

static void sleep_s(double seconds)
{
	struct timespec left = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* Reads and ignores everything until the stream ends. */
static int never_answer(void)
{
	char piece[PIECE_BYTES];

	while (read(STDIN_FILENO, piece, sizeof(piece)) > 0)
		;
	return 0;
}

static int write_all(const char *bytes, ssize_t count)
{
	while (count > 0) {
		ssize_t written = write(STDOUT_FILENO, bytes, (size_t)count);
		if (written < 0)
			return -1;
		bytes += written;
		count -= written;
	}
	return 0;
}

static int relay(int from_agent, double noise, unsigned short seed[3])
{
	char piece[PIECE_BYTES];
	ssize_t count;

	while ((count = read(from_agent, piece, sizeof(piece))) > 0) {
		if (write_all(piece, count) < 0 ||
			(erand48(seed) < noise && write_all(garbage, sizeof(garbage) - 1) < 0))
			return 1;
	}
	return 0;
}

static int run_with_noise(char **agent, double noise, long number)
{
	unsigned short seed[3] = {0x330e, (unsigned short)number, (unsigned short)(number >> 16)};
	int pipe_fds[2];
	pid_t child;

	if (pipe(pipe_fds) < 0 || (child = fork()) < 0)
		return 1;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(pipe_fds[1], STDOUT_FILENO);
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		execv(agent[0], agent);
		_exit(127);
	}
	close(pipe_fds[1]);
	close(STDIN_FILENO);
	int status = relay(pipe_fds[0], noise, seed);
	close(pipe_fds[0]);
	waitpid(child, NULL, 0);
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr,
			"usage: tare-fake DELAY_S CRASH_S NOISE SEED AGENT [ARGUMENT...]\n");
		return 2;
	}
	double delay_s = atof(argv[1]), crash_s = atof(argv[2]), noise = atof(argv[3]);
	struct itimerval crash = {.it_value = {(time_t)crash_s, (long)(fmod(crash_s, 1) * 1e6)}};

	/* The timer survives exec, and its signal ends a process that does not handle it. */
	if (crash_s > 0)
		setitimer(ITIMER_REAL, &crash, NULL);
	if (delay_s < 0)
		return never_answer();
	sleep_s(delay_s);
	if (noise > 0)
		return run_with_noise(argv + 5, noise, atol(argv[4]));
	execv(argv[5], argv + 5);
	perror(argv[5]);
	return 127;
}
