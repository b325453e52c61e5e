/* Source "memory": page faults, swapping and huge pages of the whole host, from /proc/vmstat and
 * /proc/meminfo (proc_vmstat(5), proc_meminfo(5)). */
#include "counters/fields.h"

static const struct field_row totals[] = {
	{"pgfault", "faults", "1", COUNTER_TOTAL, 1},
	{"pgmajfault", "major_faults", "1", COUNTER_TOTAL, 1},
	{"pswpin", "swapped_in", "pages", COUNTER_TOTAL, 1},
	{"pswpout", "swapped_out", "pages", COUNTER_TOTAL, 1},
	{"thp_fault_alloc", "thp_faults", "1", COUNTER_TOTAL, 1},
	{"thp_fault_fallback", "thp_fallbacks", "1", COUNTER_TOTAL, 1},
	{"thp_collapse_alloc", "thp_collapses", "1", COUNTER_TOTAL, 1},
	{"thp_split_page", "thp_splits", "1", COUNTER_TOTAL, 1},
	{"compact_stall", "compaction_stalls", "1", COUNTER_TOTAL, 1},
	{"pgmigrate_success", "migrated", "pages", COUNTER_TOTAL, 1},
	{"numa_hint_faults", "numa_hint_faults", "1", COUNTER_TOTAL, 1},
	{0},
};
enum { KIB = 1024 };
static const struct field_row levels[] = {
	{"MemAvailable", "available", "bytes", COUNTER_LEVEL, KIB},
	{"AnonPages", "anonymous", "bytes", COUNTER_LEVEL, KIB},
	{"AnonHugePages", "anonymous_huge", "bytes", COUNTER_LEVEL, KIB},
	{"Hugetlb", "hugetlb", "bytes", COUNTER_LEVEL, KIB},
	{0},
};

static int memory_read(struct reading *reading, struct error *why)
{
	size_t added = 0;
	const char *text = counters_file(reading->counters, "proc/vmstat", why);

	if (text)
		added += fields_read(reading, text, totals);
	text = counters_file(reading->counters, "proc/meminfo", why);
	if (text)
		added += fields_read(reading, text, levels);
	if (added)
		return 0;
	if (!error_is_set(why))
		error_set(why, "/proc/vmstat and /proc/meminfo have nothing that is known");
	return -1;
}

const struct counter_source source_memory = {
	.name = "memory",
	.where = "Linux hosts",
	.read = memory_read,
};
