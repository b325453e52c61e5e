/* Small campaigns for the tests of comparisons, made through the store. */
#ifndef TARE_TESTS_COMPARE_FIXTURE_H
#define TARE_TESTS_COMPARE_FIXTURE_H

#include "store/store.h"

enum { FAKE_TARGETS = 2 };

struct fake_metric {
	const char *name, *unit, *better, *scale, *kind; /* kind: NULL is not declared */
};

/* Two targets, native and kvm, one cell each, one run a block. */
struct fake {
	const char *id, *image, *kernel; /* image, kernel: NULL unknown */
	const struct fake_metric *metrics;
	size_t metric_count;
	unsigned blocks, planned_blocks; /* planned 0: as many as blocks */
	int64_t started_ns;
	bool emulated; /* kvm */
	const char *skip; /* kvm's cell is skipped because */
	unsigned failed; /* that many of kvm's last runs failed */
	unsigned kvm_lacks; /* block that kvm has no run in, from 1; 0: none */
	double (*value)(unsigned target, unsigned metric, unsigned block);
};

extern const struct fake_metric fake_time; /* "time", s, lower, ratio */

/* Writes the campaign into a new directory, reads it back and removes the directory. Every
 * failure fails the test. */
struct store_data *fake_campaign(const struct fake *fake);

#endif
