/* What attribution.c shares with the tables and figures of its findings. */
#ifndef TARE_REPORT_ATTRIBUTION_H
#define TARE_REPORT_ATTRIBUTION_H

#include "report/model/model.h"

/* Prices: the operations of benchmark exits that counts are multiplied by. */
enum { ATTRIBUTION_PRICES = 8 };

/* One price times its count. Means over the blocks. */
struct report_term {
	const char *price; /* "cpuid", "halt_wakeup" … */
	double rate; /* of what is counted, per second of the run */
	double price_ns; /* one of these costs so much more than for the baseline */
	double share; /* of the time that the target had: rate × price ÷ CPUs in use */
};

/* How much of a value's slowdown against the baseline the counted exits explain. */
struct report_attribution {
	const struct report_group *group;
	const struct report_row *row;
	size_t target;
	double lost; /* the share of the target's time that the slowdown is: 1 − 1/slowdown */
	double explained; /* the share of it that the terms add up to */
	struct report_term terms[ATTRIBUTION_PRICES]; /* those counted, in the order of prices */
	size_t term_count;
	/* explained ÷ lost; an interval of 3 blocks and more. */
	struct interval part;
	bool from_guest; /* instead of the hypervisor's counts, which are not known: interrupts */
};

#endif
