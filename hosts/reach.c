/* The site's reach: starts commands on a host and reports how they end. */
#include "hosts/reach.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "hosts/reach_thread.h"
#include "hosts/lines.h"

enum { TAIL_BYTES = 4096 };

bool reach_word_is_plain(const char *word)
{
	for (const char *at = word; *at; at++) {
		if (!isascii(*at) || (!isalnum((unsigned char)*at) && !strchr("._-+:@%,/=", *at)))
			return false;
	}
	return word[0] && word[0] != '-';
}

static char *replace(const char *word, const char *name, const char *address)
{
	const struct {
		const char *key, *value;
	} rows[] = {{"{host}", name}, {"{address}", address}};
	struct text text = {0};

	while (*word) {
		const char *value = NULL;
		for (size_t i = 0; i < ARRAY_COUNT(rows) && !value; i++) {
			if (strncmp(word, rows[i].key, strlen(rows[i].key)) == 0) {
				value = rows[i].value ? rows[i].value : "";
				word += strlen(rows[i].key);
			}
		}
		if (value)
			text_add(&text, value);
		else
			text_add_bytes(&text, word++, 1);
	}
	return text_take(&text);
}

int reach_init(struct reach *reach, const struct argv *reach_words, const char *name,
	const char *address, struct error *e)
{
	if (!reach_word_is_plain(name))
		return error_set(
			e, "host \"%s\": a host's name has letters, digits and ._- only", name);
	if (address && !reach_word_is_plain(address))
		return error_set(e, "%s: invalid address \"%s\"", name, address);
	argv_free(&reach->words);
	for (size_t i = 0; i < reach_words->count; i++) {
		cleanup_free char *word = replace(reach_words->words[i], name, address);
		argv_add(&reach->words, word);
	}
	reach->name = name;
	return 0;
}

void reach_free(struct reach *reach)
{
	argv_free(&reach->words);
}

void reach_argv(const struct reach *reach, struct argv *argv, ...)
{
	const char *word;
	va_list args;

	argv_append(argv, &reach->words);
	va_start(args, argv);
	while ((word = va_arg(args, const char *)))
		argv_add(argv, word);
	va_end(args);
}

int reach_start(
	const struct reach *reach, const struct argv *argv, struct reached *out, struct error *e)
{
	*out = (struct reached){.to = -1, .from = -1};
	out->errors = memfd_create("reach", MFD_CLOEXEC);
	if (out->errors < 0)
		return error_errno(e, errno, "memfd_create");
	cleanup_free char *path = str_printf("/proc/self/fd/%d", out->errors);
	if (reach_thread_spawn(argv, path, &out->pid, &out->to, &out->from, e) < 0) {
		close(take_fd(&out->errors));
		return error_prefix(e, "%s", reach->name);
	}
	lines_set_nonblocking(out->to);
	lines_set_nonblocking(out->from);
	return 0;
}

/* The last line of text that is not blank, in place. */
static const char *last_line(char *text)
{
	size_t end = strlen(text);

	while (end > 0 && isspace((unsigned char)text[end - 1]))
		end--;
	text[end] = '\0';
	const char *newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}

static void take_errors(const struct reach *reach, int fd, struct error *last)
{
	char bytes[TAIL_BYTES + 1];
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t got = pread(fd, bytes, TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);

	bytes[got > 0 ? got : 0] = '\0';
	if (got > 0 && reach->log_path) {
		cleanup_fd int log =
			open(reach->log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
		(void)!write(log, bytes, (size_t)got);
	}
	if (last)
		error_set(last, "%s", last_line(bytes));
}

/* Waits at most grace_s without reaping. */
static void wait_end(pid_t pid, double grace_s)
{
	double deadline_s = clock_monotonic_s() + grace_s;
	siginfo_t info = {0};

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == 0 && clock_monotonic_s() < deadline_s)
		clock_sleep_s(0.01);
}

int reach_stop(
	const struct reach *reach, struct reached *reached, double grace_s, struct error *last)
{
	siginfo_t info = {0};
	int status = -1;

	if (reached->pid <= 0)
		return -1;
	if (reached->to >= 0)
		close(take_fd(&reached->to));
	wait_end(reached->pid, grace_s);
	if (waitid(P_PID, (id_t)reached->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == reached->pid && info.si_code == CLD_EXITED)
		status = info.si_status;
	process_end(reached->pid, 0);
	close(take_fd(&reached->from));
	take_errors(reach, reached->errors, last);
	close(take_fd(&reached->errors));
	reached->pid = 0;
	return status;
}

/* Reads its output to the end and discards it. */
static int drain(const struct reach *reach, int fd, double deadline_s, struct error *e)
{
	char bytes[4096];

	for (;;) {
		ssize_t got = read(fd, bytes, sizeof(bytes));
		if (got == 0)
			return 0;
		if (got > 0 || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return error_errno(e, errno, "%s: read", reach->name);
		double left_s = deadline_s - clock_monotonic_s();
		struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
			{.fd = reach->interrupt_fd, .events = POLLIN}};
		if (left_s <= 0 || poll(fds, ARRAY_COUNT(fds), (int)(left_s * 1e3) + 1) == 0)
			return error_set(e, "%s: did not end in time", reach->name);
		if (fds[1].revents)
			return error_set(e, "%s: interrupted", reach->name);
	}
}

int reach_run(const struct reach *reach, const struct argv *argv, const void *bytes, size_t count,
	double timeout_s, int *status, struct error *e)
{
	double deadline_s = clock_monotonic_s() + timeout_s;
	const char *program = argv->words[reach->words.count];
	struct reached reached;
	struct error last = {""};

	if (status)
		*status = -1;
	if (reach_start(reach, argv, &reached, e) < 0)
		return -1;
	/* If the command ends before it has read everything, its exit status says why. */
	if (lines_write_by(reached.to, bytes, count, timeout_s, reach->interrupt_fd) < 0 &&
		errno != EPIPE) {
		error_errno(e, errno, "%s: %s", reach->name, program);
		reach_stop(reach, &reached, 0, NULL);
		return -1;
	}
	close(take_fd(&reached.to));
	int ended = drain(reach, reached.from, deadline_s, e);
	int exit_status = reach_stop(reach, &reached, ended < 0 ? 0 : 5, &last);
	if (status)
		*status = exit_status;
	if (ended < 0)
		return error_prefix(e, "%s", program);
	if (exit_status == 0)
		return 0;
	return error_set(e, "%s: %s: exit status %d%s%s", reach->name, program, exit_status,
		error_is_set(&last) ? ": " : "", last.text);
}
