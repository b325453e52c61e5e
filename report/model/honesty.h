/* What honesty.c, clock.c and flush.c share with the tables of their findings. */
#ifndef TARE_REPORT_HONESTY_H
#define TARE_REPORT_HONESTY_H

#include "report/model/model.h"

/* One machine's clock minus its host's, in s, at both ends of a run; error_s as in the store. */
struct clock_reading {
	double before_s, after_s, error_s;
};

/* Of how many machines the run (of the data) has a clock, and that of the index-th of them, which
 * is the run's machine *machine; index 0 is its first machine. Need model_flag_clocks. */
size_t clock_count(const struct report_model *model, size_t run);
struct clock_reading clock_at(
	const struct report_model *model, size_t run, size_t index, unsigned *machine);
/* How long the run took, in s: its clock's offsets are those at the ends of this, which holds more
 * than the one job that host_s is the time of. */
double clock_span_s(const struct data_run *run);
/* Fills what of honesty is about its target's clock and not about single runs; needs
 * model_flag_clocks. */
void clock_judge(const struct report_model *model, struct report_honesty *honesty);
/* Whether the pace is further from the host's than the probes and a time daemon explain. */
bool clock_is_drift(const struct report_honesty *honesty);

/* From here on a run's clock is flagged: change of the offset, and difference of the run's length
 * by both clocks, as parts of the length. */
/* disturbance.c: from the counters of the runs' hosts. */
void disturbance_judge(struct report_model *model, struct report_honesty *honesty);
/* The bounds that mark a run: others' part of one CPU; of the base frequency; of the run's time. */
extern const double disturbance_busy_share, disturbance_frequency_bound, disturbance_memory_share;

extern const double clock_drift_bound, clock_gap_bound;
/* The part of the writes that the device must have for them to count as safe. */
extern const double flush_share_bound;

#endif
