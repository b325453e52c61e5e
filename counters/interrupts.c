/* Source "interrupts": those of the watched CPUs by kind, from /proc/interrupts
 * (proc_interrupts(5)), whose numbers have 32 bits. */
#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "counters/columns.h"

/* The architecture's own, by their label; those of devices have numbers. */
static const struct {
	const char *label, *name;
} kinds[] = {
	{"LOC", "timer"},
	{"RES", "reschedule"},
	{"CAL", "function_call"},
	{"TLB", "tlb_shootdown"},
	{"NMI", "nmi"},
	{"PMI", "performance"},
	{"IWI", "irq_work"},
	{"TRM", "thermal"},
	{"HYP", "hypervisor"},
	{"PIN", "posted"},
	{"PIW", "posted_wakeup"},
};

enum { DEVICE = ARRAY_COUNT(kinds), OTHER, SUMS };

static size_t kind_of(const char *label, size_t length)
{
	size_t i = 0;

	if (length && isdigit((unsigned char)*label))
		return DEVICE;
	while (i < ARRAY_COUNT(kinds) &&
		(strlen(kinds[i].label) != length || strncmp(kinds[i].label, label, length) != 0))
		i++;
	return i < ARRAY_COUNT(kinds) ? i : OTHER;
}

static int interrupts_read(struct reading *reading, struct error *why)
{
	const char *text = counters_file(reading->counters, "proc/interrupts", why);
	struct columns columns;
	double sums[SUMS] = {0};
	bool found[SUMS] = {[DEVICE] = true};

	if (!text)
		return -1;
	text = columns_read(reading->counters, text, &columns);
	if (!text)
		return error_set(why, "/proc/interrupts has no line of CPUs");
	while (*text) {
		size_t length;
		const char *label = columns_label(&text, &length);
		size_t kind = kind_of(label, length);
		sums[kind] += columns_sum(&columns, &text);
		found[kind] = true;
	}
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (found[i])
			reading_add(reading, kinds[i].name, "1", COUNTER_TOTAL_32, sums[i]);
	reading_add(reading, "device", "1", COUNTER_TOTAL_32, sums[DEVICE]);
	return 0;
}

const struct counter_source source_interrupts = {
	.name = "interrupts",
	.where = "Linux hosts; the kinds are those of x86",
	.read = interrupts_read,
};
