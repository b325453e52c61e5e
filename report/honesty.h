/* Private to honesty.c, clock.c and flush.c: the parts of what a target's numbers have to be read
 * with. */
#ifndef TARE_REPORT_HONESTY_H
#define TARE_REPORT_HONESTY_H

#include "report/table.h"
#include "report/words.h"

/* One machine's clock minus its host's, in s, at both ends of a run; error_s as in the store. */
struct clock_reading {
	double before_s, after_s, error_s;
};

/* Of how many machines the run (of the data) has a clock, and that of the index-th of them, which is the
 * run's machine *machine; index 0 is its first machine. Need model_flag_clocks. */
size_t clock_count(const struct report_model *model, size_t run);
struct clock_reading clock_at(
	const struct report_model *model, size_t run, size_t index, unsigned *machine);
/* How long the run took, in s: its clock's offsets are those at the ends of this, which holds more
 * than the one job that host_s is the time of. */
double clock_span_s(const struct data_run *run);
/* Fills what of honesty is about its target's clock and not about single runs; needs
 * model_flag_clocks. */
void clock_judge(const struct report_model *model, struct report_honesty *honesty);
/* "keeps time (within 3 ppm)", "drifts +12 ppm", "jumps (in 2 runs)", "unknown". Returns buffer. */
const char *clock_verdict(const struct report_honesty *honesty, char buffer[WORDS_BYTES]);

/* "12.3 ms", or "unknown"; a warning from warn_from on (before it is scaled). */
void honesty_add_number(
	struct table *table, double value, double scale, const char *unit, double warn_from);

/* The verdict's words. */
const char *flush_verdict(const struct report_flush *flush);

void sections_add_clocks(const struct report_model *model, struct sections *out);
void sections_add_flushes(const struct report_model *model, struct sections *out);

#endif
