/* What all benchmarks share: samples, commands, and the words for enums. Knows no benchmark. */
#include "bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static struct series *find_series(struct samples *samples, unsigned metric, double x)
{
	/* Values of one series mostly come in a row, so the last one is looked at first. */
	for (size_t i = samples->count; i > 0; i--) {
		struct series *series = &samples->series[i - 1];

		if (series->metric == metric && series->x == x)
			return series;
	}
	return NULL;
}

int bench_samples_add(
	struct samples *samples, unsigned metric, double x, double value, struct error *e)
{
	struct series *series;

	if (!isfinite(value) || !isfinite(x))
		return error_set(e, "a sample that is not a finite number");
	series = find_series(samples, metric, x);
	if (!series) {
		array_reserve(&samples->series, &samples->capacity, samples->count + 1);
		series = &samples->series[samples->count++];
		*series = (struct series){.metric = metric, .x = x};
	}
	array_reserve(&series->values, &series->capacity, series->count + 1);
	series->values[series->count++] = value;
	return 0;
}

void bench_samples_free(struct samples *samples)
{
	for (size_t i = 0; i < samples->count; i++)
		free(samples->series[i].values);
	free(samples->series);
	for (size_t i = 0; i < samples->gap_count; i++)
		free(samples->gaps[i].reason);
	free(samples->gaps);
	*samples = (struct samples){0};
}

void bench_samples_add_gap(struct samples *samples, unsigned metric, const char *reason)
{
	array_reserve(&samples->gaps, &samples->gap_capacity, samples->gap_count + 1);
	samples->gaps[samples->gap_count++] = (struct gap){metric, str_dup(reason)};
}

/* Takes bytes over. More files than COMMAND_FILES_MAX are a programming error. */
void bench_command_add_file(struct command *command, const char *name, char *bytes, size_t count)
{
	if (command->file_count == COMMAND_FILES_MAX)
		abort();
	command->files[command->file_count++] =
		(struct command_file){.name = str_dup(name), .bytes = bytes, .count = count};
}

void bench_command_free(struct command *command)
{
	argv_free(&command->argv);
	argv_free(&command->env);
	for (size_t i = 0; i < command->file_count; i++) {
		free(command->files[i].name);
		free(command->files[i].bytes);
	}
	for (size_t i = 0; i < command->collect_count; i++)
		free(command->collect[i]);
	*command = (struct command){0};
}

bool bench_image_has(const struct machine_facts *facts, const char *package)
{
	size_t length = strlen(package);

	/* One name a line. */
	for (const char *at = facts->image_packages; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, package, length) == 0 && (at[length] == '\n' || !at[length]))
			return true;
	}
	return false;
}

const char *bench_better_text(enum better better)
{
	static const char *const texts[] = {
		[BETTER_NONE] = "none", [BETTER_HIGHER] = "higher", [BETTER_LOWER] = "lower"};

	return texts[better];
}

const char *bench_statistic_text(enum statistic statistic)
{
	static const char *const texts[] = {[STATISTIC_MEDIAN] = "median",
		[STATISTIC_MEAN] = "mean",
		[STATISTIC_MINIMUM] = "minimum",
		[STATISTIC_MAXIMUM] = "maximum",
		[STATISTIC_P99] = "p99",
		[STATISTIC_SUM] = "sum"};

	return texts[statistic];
}

const char *bench_metric_kind_text(enum metric_kind kind)
{
	static const char *const texts[] = {[METRIC_DETAIL] = "detail",
		[METRIC_HEADLINE] = "headline",
		[METRIC_VALIDITY] = "validity"};

	return texts[kind];
}

const char *bench_headline_at_text(enum headline_at at)
{
	static const char *const texts[] = {[HEADLINE_ENDS] = "ends",
		[HEADLINE_SMALLEST] = "smallest",
		[HEADLINE_LARGEST] = "largest"};

	return texts[at];
}

const char *bench_topology_text(enum topology topology)
{
	static const char *const texts[] = {[TOPOLOGY_ONE] = "one",
		[TOPOLOGY_PAIR] = "pair",
		[TOPOLOGY_RANKS] = "ranks",
		[TOPOLOGY_LIFECYCLE] = "lifecycle"};

	return texts[topology];
}
