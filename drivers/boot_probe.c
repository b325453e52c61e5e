/* Boots a test guest and reads its console. Independent of the hypervisor. */
#include "drivers/boot_probe.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"

/* What the agent, as process 1, prints on the console: the kernel command line lacks a key. */
#define MARKER "tare-agent:"

/* On an emulated host a guest boots too, but slowly. */
static const double boot_limit_s = 10, emulated_boot_limit_s = 120;

/* Reads until the marker (1), the end of the stream (0) or the deadline (-1). */
static int listen_for_marker(int fd, double deadline_s)
{
	char seen[8192] = "";
	size_t count = 0;

	for (;;) {
		double left_s = deadline_s - clock_monotonic_s();
		struct pollfd from = {.fd = fd, .events = POLLIN};
		if (left_s <= 0 || poll(&from, 1, (int)(left_s * 1000) + 1) == 0)
			return -1;
		/* Keep the last half when full: the marker may be split. */
		if (count == sizeof(seen) - 1) {
			count /= 2;
			memmove(seen, seen + sizeof(seen) - 1 - count, count);
		}
		ssize_t more = read(fd, seen + count, sizeof(seen) - 1 - count);
		if (more <= 0)
			return 0;
		for (ssize_t i = 0; i < more; i++)
			seen[count + (size_t)i] |= seen[count + (size_t)i] ? 0 : ' ';
		count += (size_t)more;
		seen[count] = '\0';
		if (strstr(seen, MARKER))
			return 1;
	}
}

/* The last line that the program itself printed, or "no output". Caller frees. */
static char *last_line(const char *log)
{
	char *text = NULL;
	size_t count;

	if (file_read(log, 1 << 20, &text, &count, NULL) < 0 || count == 0) {
		free(text);
		return str_dup("no output");
	}
	while (count > 0 && text[count - 1] == '\n')
		text[--count] = '\0';
	const char *line = strrchr(text, '\n');
	char *words = str_dup(line ? line + 1 : text);
	free(text);
	return words;
}

int boot_probe(const struct argv *argv, struct error *why_not)
{
	char log[] = "/tmp/tare-boot-probe-XXXXXX";
	cleanup_fd int log_fd = mkstemp(log);
	cleanup_fd int to = -1, from = -1;
	double limit_s = host_is_emulated() ? emulated_boot_limit_s : boot_limit_s;
	pid_t pid;

	if (log_fd < 0)
		return error_errno(why_not, errno, "%s", log);
	int status = process_spawn(argv, log, &pid, &to, &from, why_not);
	if (status == 0) {
		int found = listen_for_marker(from, clock_monotonic_s() + limit_s);
		process_end(pid, 0);
		cleanup_free char *last = last_line(log);
		if (found < 0)
			status = error_set(
				why_not, "a guest did not boot within %.0f s: %s", limit_s, last);
		else if (found == 0)
			status = error_set(
				why_not, "the guest ended before it had booted: %s", last);
	}
	unlink(log);
	return status;
}
