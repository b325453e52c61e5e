/* The text of an action and of its jobs: see lifecycle.h. */
#include "bench/lifecycle.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/timing.h"

enum { NAME_BYTES = 32 };

#define FIRST_MARK "==> job 0 <==\n"

int lifecycle_parse(
	const struct metric *metrics, struct piece text, struct samples *out, struct error *e)
{
	const char *mark =
		text.count ? memmem(text.bytes, text.count, FIRST_MARK, strlen(FIRST_MARK)) : NULL;

	if (!mark)
		return error_set(e, "job output missing after the observations");
	return timing_parse(
		LIFECYCLE_PROGRAM, metrics, text.bytes, (size_t)(mark - text.bytes), out, e);
}

bool lifecycle_job(struct piece text, unsigned index, struct piece *output)
{
	char name[NAME_BYTES], next[NAME_BYTES];

	snprintf(name, sizeof(name), "job %u", index);
	snprintf(next, sizeof(next), "job %u", index + 1);
	return read_collected(text, name, next, output) || read_collected(text, name, NULL, output);
}

const char *lifecycle_why_not(const struct machine_facts *facts, unsigned count)
{
	/* Machines that share the host's kernel take only the memory that they use. */
	if (!facts->shares_kernel && facts->memory_bytes > facts->spare_memory_bytes / count)
		return count == 1
			       ? "needs one additional machine, for which the host has no memory "
				 "left: lower the campaign's memory"
			       : "needs additional machines, for which the host has no memory "
				 "left: lower at_once or the campaign's memory";
	return NULL;
}

double lifecycle_value(const struct samples *samples, unsigned metric)
{
	for (size_t i = 0; i < samples->count; i++)
		if (samples->series[i].metric == metric && samples->series[i].count == 1)
			return samples->series[i].values[0];
	return NAN;
}
