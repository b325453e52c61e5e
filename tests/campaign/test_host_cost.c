/* What a run cost its hosts, out of made runs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "campaign/host_cost.h"

static const struct metric disk_metrics[] = {
	{"iops", "op/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, "", DETAIL},
	{"p99", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, "", HEADLINE(1)},
	{"curve", "MB/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, "size", "B", "",
		HEADLINE(2)},
	{"other", "op/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, "",
		HEADLINE(4)},
	{"bandwidth", "MB/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, "",
		HEADLINE(3)},
	{0},
};
static const struct benchmark disk = {.name = "disk", .metrics = disk_metrics};
static const struct metric boot_metrics[] = {
	{"time", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, "", HEADLINE(1)},
	{0},
};
static const struct benchmark boot = {.name = "boot", .metrics = boot_metrics};

static void test_metrics(void **state)
{
	struct store_metric metric;
	char unit[32];

	(void)state;
	assert_true(host_cost_metric(&disk, HOST_COST_WORK, unit, &metric));
	assert_string_equal(metric.name, "host_cpu");
	assert_string_equal(metric.unit, "s/GB");
	assert_string_equal(metric.better, "lower");
	assert_string_equal(metric.kind, "detail");
	assert_false(host_cost_metric(&boot, HOST_COST_WORK, unit, &metric));
	assert_true(host_cost_metric(&boot, HOST_COST_CPUS, unit, &metric));
	assert_string_equal(metric.unit, "CPUs");
	assert_string_equal(metric.better, "none");
}

/* Two machines with 300 and 100 MB/s on two hosts, which were busy for 3 s of 4 and for 10 s of 8
 * between their readings: 2 CPUs for 0.4 GB/s, however short the run was. */
static void test_values(void **state)
{
	double fast[] = {200, 400}, slow[] = {100}, iops[] = {9};
	struct series of_first[] = {{.metric = 0, .values = iops, .count = 1},
		{.metric = 4, .values = fast, .count = 2}};
	struct series of_second[] = {{.metric = 4, .values = slow, .count = 1}};
	struct samples samples[] = {
		{.series = of_first, .count = 2}, {.series = of_second, .count = 1}};
	struct store_counter rows[] = {
		{0, "cpu", "clock", "s", "total", 100, 104, NULL},
		{0, "cpu", "busy", "s", "total", 0, 100, NULL},
		{0, "cpu", "host_busy", "s", "total", 10, 13, NULL},
		{1, "cpu", "clock", "s", "total", 7, 15, NULL},
		{1, "cpu", "host_busy", "s", "total", 20, 30, NULL},
		{1, "guest_cpu", "clock", "s", "total", 7, 8, NULL},
		{1, "guest_cpu", "host_busy", "s", "total", 7, 8, NULL},
	};
	struct outcome outcome = {.started_ns = 1000000000,
		.ended_ns = 1050000000,
		.samples = samples,
		.sample_count = 2,
		.edges = {.host_count = 2, .rows = rows, .row_count = ARRAY_COUNT(rows)}};

	(void)state;
	assert_float_equal(host_cost_value(&disk, HOST_COST_CPUS, &outcome), 2, 1e-9);
	assert_float_equal(host_cost_value(&disk, HOST_COST_WORK, &outcome), 5, 1e-9);
	assert_true(isnan(host_cost_value(&boot, HOST_COST_WORK, &outcome)));
	/* A host that does not say leaves the sum unknown; so does one that was not there. */
	rows[4].at_end = NAN;
	assert_true(isnan(host_cost_value(&disk, HOST_COST_CPUS, &outcome)));
	outcome.edges.row_count = 3;
	assert_true(isnan(host_cost_value(&disk, HOST_COST_WORK, &outcome)));
	outcome.edges.host_count = 1;
	assert_float_equal(host_cost_value(&disk, HOST_COST_CPUS, &outcome), .75, 1e-9);
	outcome.sample_count = 0;
	assert_true(isnan(host_cost_value(&disk, HOST_COST_WORK, &outcome)));
	rows[0].at_end = rows[0].at_start;
	assert_true(isnan(host_cost_value(&disk, HOST_COST_CPUS, &outcome)));
}

/* Under Xen all domains together are what the host did: 1 + 2 + 1 s in 4 s. */
static void test_xen(void **state)
{
	struct store_counter rows[] = {
		{0, "xen", "clock", "s", "total", 100, 104, NULL},
		{0, "xen", "guests", "s", "total", 10, 11, NULL},
		{0, "xen", "guest_count", "1", "level", 1, 1, NULL},
		{0, "xen", "others", "s", "total", 5, 7, NULL},
		{0, "xen", "control_domain", "s", "total", 20, 21, NULL},
	};
	struct outcome outcome = {.started_ns = 1000000000,
		.ended_ns = 1050000000,
		.edges = {.host_count = 1, .rows = rows, .row_count = ARRAY_COUNT(rows)}};

	(void)state;
	assert_float_equal(host_cost_value(&boot, HOST_COST_CPUS, &outcome), 1, 1e-9);
	rows[4].at_end = NAN;
	assert_true(isnan(host_cost_value(&boot, HOST_COST_CPUS, &outcome)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_xen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
