/* A bad serial line in front of a program: relays its stdin and stdout, and on the way drops and
 * doubles bytes and puts in lines of a kernel.
 *
 *   lossy-line SEED LOSS DIE_AFTER PROGRAM [ARGUMENT…]
 *
 * LOSS: in 1/1000 of the chunks of up to 512 bytes something is damaged. DIE_AFTER: after so many
 * bytes from the program, nothing is relayed any more (0: never), while the line stays open. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % limit;
}

static void put(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t written = write(fd, bytes, count);

		if (written <= 0)
			exit(0);
		bytes += written;
		count -= (size_t)written;
	}
}

static void relay_damaged(int to, char *bytes, size_t count)
{
	static const char KERNEL[] = "[   12.345678] clocksource: timekeeping watchdog: Marking "
				     "clocksource unstable\r\n";
	size_t at = random_below((uint32_t)count);
	size_t lost = 1 + random_below(20);

	put(to, bytes, at);
	switch (random_below(4)) {
	case 0: /* lost */
		at += lost < count - at ? lost : count - at;
		break;
	case 1: /* doubled */
		put(to, bytes + at, lost < count - at ? lost : count - at);
		break;
	case 2: /* wrong */
		bytes[at] ^= (char)(1 << random_below(8));
		break;
	default:
		put(to, KERNEL, sizeof(KERNEL) - 1);
	}
	put(to, bytes + at, count - at);
}

int main(int argc, char **argv)
{
	struct argv program = {0};
	struct error e = {0};
	int to_child, from_child;
	pid_t pid;

	if (argc < 5)
		return 2;
	random_state = strtoull(argv[1], NULL, 10);
	uint32_t loss = (uint32_t)strtoul(argv[2], NULL, 10);
	uint64_t die_after = strtoull(argv[3], NULL, 10), relayed = 0;
	for (int i = 4; i < argc; i++)
		argv_add(&program, argv[i]);
	signal(SIGPIPE, SIG_IGN);
	if (process_spawn(&program, NULL, &pid, &to_child, &from_child, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	argv_free(&program);
	for (;;) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = from_child, .events = POLLIN}};
		char bytes[512];

		if (poll(fds, 2, -1) < 0)
			return 1;
		for (int i = 0; i < 2; i++) {
			int to = i ? STDOUT_FILENO : to_child;
			ssize_t count = fds[i].revents ? read(fds[i].fd, bytes, sizeof(bytes)) : -1;

			if (count == 0) {
				close(to_child);
				process_end(pid, 2);
				return 0;
			}
			relayed += i && count > 0 ? (uint64_t)count : 0;
			if (count < 0 || (die_after && relayed > die_after))
				continue;
			if (random_below(1000) < loss)
				relay_damaged(to, bytes, (size_t)count);
			else
				put(to, bytes, (size_t)count);
		}
	}
}
