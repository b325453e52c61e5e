/* tare-steps: runs programs one after the other, each from the line of a file, and prints how long
 * the measured ones took, and their CPU time in user mode and in the kernel, children included.
 * Knows nothing of what they do.
 *
 * Usage: tare-steps FILE
 *
 * A line is "+" (measured) or "-" (not measured), then the program and its arguments, all separated
 * by tabs. The output of the programs goes to the file steps.log in the work directory. The first
 * that fails ends tare-steps with status 1, the end of the log on stderr, and no numbers. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"

#define LOG "steps.log"

enum { WORDS_MAX = 64, STEPS_MAX = 1024, LOG_END_BYTES = 2000 };
enum { ELAPSED, USER, SYSTEM, TIMES };

static double times_s[TIMES][STEPS_MAX];
static long measured;

/* Prints the end of the log, which shows why a program failed. */
static void show_log(int log)
{
	char end[LOG_END_BYTES];
	off_t size = lseek(log, 0, SEEK_END);
	ssize_t count =
		pread(log, end, sizeof(end), size > LOG_END_BYTES ? size - LOG_END_BYTES : 0);

	if (count > 0)
		fprintf(stderr, "%.*s\n", (int)count, end);
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static pid_t start(char **words, int log)
{
	pid_t child = fork();

	if (child < 0)
		kernel_die("fork: %s", strerror(errno));
	if (child > 0)
		return child;
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(words[0], words);
	fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
	_exit(127);
}

static void run_step(char **words, bool counts, int log)
{
	int64_t before = kernel_clock_ns();
	struct rusage usage;
	int status;
	pid_t child = start(words, log);

	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			kernel_die("waiting for %s: %s", words[0], strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		show_log(log);
		kernel_die("%s failed (%s %d)", words[0], WIFEXITED(status) ? "status" : "signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	}
	if (!counts)
		return;
	if (measured == STEPS_MAX)
		kernel_die("more than %d measured steps", STEPS_MAX);
	times_s[ELAPSED][measured] = (double)(kernel_clock_ns() - before) * 1e-9;
	times_s[USER][measured] = seconds_of(usage.ru_utime);
	times_s[SYSTEM][measured++] = seconds_of(usage.ru_stime);
}

/* Runs one line; modifies it. */
static void run_line(char *line, int log)
{
	char *words[WORDS_MAX + 1] = {NULL};
	int count = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *word = strtok(line, "\t"); word; word = strtok(NULL, "\t")) {
		if (count == WORDS_MAX)
			kernel_die("a step has more than %d words", WORDS_MAX);
		words[count++] = word;
	}
	if (count < 2 || (strcmp(words[0], "+") != 0 && strcmp(words[0], "-") != 0))
		kernel_die("a step is + or -, a program and its arguments, with tabs between");
	run_step(words + 1, words[0][0] == '+', log);
}

int main(int argc, char **argv)
{
	static const char *const names[TIMES] = {"elapsed", "user", "system"};
	char *line = NULL;
	size_t size = 0;
	FILE *steps;
	int log;

	if (argc != 2)
		kernel_die("usage: tare-steps FILE");
	steps = fopen(argv[1], "re");
	log = open(LOG, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (!steps || log < 0)
		kernel_die("%s: %s", steps ? LOG : argv[1], strerror(errno));
	while (getline(&line, &size, steps) > 0)
		run_line(line, log);
	free(line);
	fclose(steps);
	if (measured == 0)
		kernel_die("%s has no measured step", argv[1]);
	kernel_begin("tare-steps");
	for (int i = 0; i < TIMES; i++)
		kernel_series(names[i], "", 0, times_s[i], measured);
	return kernel_end();
}
