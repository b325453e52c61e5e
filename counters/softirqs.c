/* Source "softirqs": the kernel's deferred work on the watched CPUs by kind, from /proc/softirqs
 * (proc(5)), whose numbers have 32 bits. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "counters/columns.h"

static const char *const kinds[] = {"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL",
	"TASKLET", "SCHED", "HRTIMER", "RCU"};

/* "net_rx". */
static void add_kind(struct reading *reading, const char *kind, double sum)
{
	char name[16];
	size_t i = 0;

	for (; kind[i] && i + 1 < sizeof(name); i++)
		name[i] = (char)tolower((unsigned char)kind[i]);
	name[i] = '\0';
	reading_add(reading, name, "1", COUNTER_TOTAL_32, sum);
}

static int softirqs_read(struct reading *reading, struct error *why)
{
	const char *text = counters_file(reading->counters, "proc/softirqs", why);
	struct columns columns;

	if (!text)
		return -1;
	text = columns_read(reading->counters, text, &columns);
	if (!text)
		return error_set(why, "/proc/softirqs has no line of CPUs");
	while (*text) {
		size_t length;
		const char *label = columns_label(&text, &length);
		double sum = columns_sum(&columns, &text);
		for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
			if (strlen(kinds[i]) == length && strncmp(kinds[i], label, length) == 0)
				add_kind(reading, kinds[i], sum);
	}
	return 0;
}

const struct counter_source source_softirqs = {
	.name = "softirqs",
	.where = "Linux hosts",
	.read = softirqs_read,
};
