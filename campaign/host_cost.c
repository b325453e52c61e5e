/* Computes what a run cost its hosts, from the growth of their busy time and the benchmark's
 * rate. */
#include "campaign/host_cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

/* Units of work that are too small to show; the rate is divided by so much. */
static const struct {
	const char *unit, *shown;
	double divisor;
} units[] = {{"MB/s", "GB", 1e3}, {"Mbit/s", "Gbit", 1e3}};

/* The headline of lowest rank that is a rate without an axis; NULL: there is none. */
static const struct metric *rate_of(const struct benchmark *benchmark)
{
	const struct metric *found = NULL;

	for (const struct metric *m = benchmark->metrics; m->name; m++) {
		size_t length = strlen(m->unit);
		bool rate = m->kind == METRIC_HEADLINE && m->better == BETTER_HIGHER &&
			    !m->x_name && length > 2 && strcmp(m->unit + length - 2, "/s") == 0;
		if (rate && (!found || m->rank < found->rank))
			found = m;
	}
	return found;
}

/* The unit of work of a rate, and how many of the rate's units one of these is. */
static double work_unit(const struct metric *rate, char unit[static 32])
{
	for (size_t i = 0; i < ARRAY_COUNT(units); i++)
		if (strcmp(units[i].unit, rate->unit) == 0) {
			snprintf(unit, 32, "s/%s", units[i].shown);
			return units[i].divisor;
		}
	snprintf(unit, 32, "s/%.*s", (int)strlen(rate->unit) - 2, rate->unit);
	return 1;
}

bool host_cost_metric(const struct benchmark *benchmark, enum host_cost cost, char unit[static 32],
	struct store_metric *out)
{
	static const char *const names[] = {
		[HOST_COST_CPUS] = "host_cpus", [HOST_COST_WORK] = "host_cpu"};
	static const char *const helps[] = {
		[HOST_COST_CPUS] = "CPUs that the hosts kept busy during the run",
		[HOST_COST_WORK] = "CPU time of the hosts for each unit of work"};
	const struct metric *rate = rate_of(benchmark);

	if (cost == HOST_COST_WORK && !rate)
		return false;
	if (cost == HOST_COST_WORK)
		work_unit(rate, unit);
	else
		snprintf(unit, 32, "CPUs");
	*out = (struct store_metric){.benchmark = benchmark->name,
		.name = names[cost],
		.unit = unit,
		.better = bench_better_text(cost == HOST_COST_WORK ? BETTER_LOWER : BETTER_NONE),
		.statistic = bench_statistic_text(STATISTIC_MEDIAN),
		.scale = "ratio",
		.help = helps[cost],
		.kind = bench_metric_kind_text(METRIC_DETAIL)};
	return true;
}

/* When the busy time was read. */
static bool is_clock(const struct store_counter *row)
{
	return strcmp(row->name, "clock") == 0 &&
	       (strcmp(row->source, "cpu") == 0 || strcmp(row->source, "xen") == 0);
}

/* Under Xen the control domain sees its own CPUs only: the CPU time of all domains instead. */
static bool is_busy_time(const struct store_counter *row)
{
	return (strcmp(row->source, "cpu") == 0 && strcmp(row->name, "host_busy") == 0) ||
	       (strcmp(row->source, "xen") == 0 && strcmp(row->unit, "s") == 0 && !is_clock(row));
}

static double growth(const struct store_counter *row)
{
	return row->at_end - row->at_start;
}

/* The busy time of the host that this clock is of. NAN: it did not say. */
static double busy_s(const struct outcome *outcome, const struct store_counter *clock)
{
	double sum = 0;

	for (size_t i = 0; i < outcome->edges.row_count; i++) {
		const struct store_counter *row = &outcome->edges.rows[i];
		if (row->machine == clock->machine && strcmp(row->source, clock->source) == 0 &&
			is_busy_time(row))
			sum += growth(row);
	}
	return sum;
}

/* CPUs that were busy, over all hosts, each between its own two readings: these are further apart
 * than a short run's beginning and end. NAN: a host did not say. */
static double busy_cpus(const struct outcome *outcome)
{
	double sum = 0;
	size_t found = 0;

	for (size_t i = 0; i < outcome->edges.row_count; i++) {
		const struct store_counter *row = &outcome->edges.rows[i];
		if (!is_clock(row))
			continue;
		sum += growth(row) > 0 ? busy_s(outcome, row) / growth(row) : NAN;
		found++;
	}
	return found && found == outcome->edges.host_count ? sum : NAN;
}

/* What all machines did per second, together: the mean of each one's samples. */
static double rate_value(const struct benchmark *benchmark, const struct outcome *outcome)
{
	const struct metric *rate = rate_of(benchmark);
	double sum = 0;

	for (size_t m = 0; rate && m < outcome->sample_count; m++)
		for (size_t i = 0; i < outcome->samples[m].count; i++) {
			const struct series *series = &outcome->samples[m].series[i];
			double total = 0;
			if (&benchmark->metrics[series->metric] != rate || !series->count)
				continue;
			for (size_t v = 0; v < series->count; v++)
				total += series->values[v];
			sum += total / (double)series->count;
		}
	return sum;
}

double host_cost_value(
	const struct benchmark *benchmark, enum host_cost cost, const struct outcome *outcome)
{
	double cpus = busy_cpus(outcome);
	char unit[32];

	if (cost == HOST_COST_CPUS || !rate_of(benchmark))
		return cost == HOST_COST_CPUS ? cpus : NAN;
	double rate = rate_value(benchmark, outcome) / work_unit(rate_of(benchmark), unit);
	return rate > 0 ? cpus / rate : NAN;
}
