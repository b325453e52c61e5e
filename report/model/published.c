/* Published data sets (results/published/NAME.csv) read as if a campaign had measured them, so that
 * every table, figure and format works on them. Knows nothing of what is in them. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/model/published.h"

enum { LIMIT_BYTES = 1 << 20 };

enum field { TARGET, BENCHMARK, METRIC, UNIT, BETTER, BLOCK, RUN, VALUE, FIELDS };

static const char *const header[FIELDS] = {
	"target", "benchmark", "metric", "unit", "better", "block", "run", "value"};

struct reading {
	struct store_data *data;
	size_t targets, metrics, cells, blocks, runs, series, values; /* capacities */
	char *fields[FIELDS]; /* of the line that is read */
	unsigned block, run;
	double value;
	size_t line;
	const char *path;
	struct error *e;
};

static int line_error(const struct reading *reading, const char *what)
{
	return error_set(reading->e, "%s:%zu: %s", reading->path, reading->line, what);
}

/* The next field of CSV (RFC 4180), unquoted in place; *text goes behind its separator and *last
 * says whether the line ended. NULL: a quote that does not close. */
static char *next_field(char **text, bool *last)
{
	char *from = *text, *to = *text, *field = *text;
	bool quoted = *from == '"';

	for (from += quoted; *from; from++) {
		if (quoted && *from == '"' && from[1] != '"')
			break;
		if (!quoted && (*from == ',' || *from == '\n' || *from == '\r'))
			break;
		from += quoted && *from == '"';
		*to++ = *from;
	}
	if (quoted && *from++ != '"')
		return NULL;
	from += *from == '\r';
	*last = *from == '\n' || *from == '\0';
	if (!*last && *from != ',')
		return NULL;
	*text = *from ? from + 1 : from;
	*to = '\0';
	return field;
}

static int read_fields(struct reading *reading, char **text)
{
	bool last = false;

	reading->line++;
	for (int i = 0; i < FIELDS; i++) {
		if (last)
			return line_error(reading, "a field is missing");
		reading->fields[i] = next_field(text, &last);
		if (!reading->fields[i])
			return line_error(reading, "a quote in the wrong place");
	}
	return last ? 0 : line_error(reading, "too many fields");
}

static int read_number(struct reading *reading, enum field field, double *number)
{
	char *end;

	*number = strtod(reading->fields[field], &end);
	if (end == reading->fields[field] || *end || !isfinite(*number))
		return error_set(reading->e, "%s:%zu: the %s \"%s\" is not a number", reading->path,
			reading->line, header[field], reading->fields[field]);
	return 0;
}

static int read_line(struct reading *reading, char **text)
{
	const char *better;
	double block, run;

	if (read_fields(reading, text) < 0 || read_number(reading, BLOCK, &block) < 0 ||
		read_number(reading, RUN, &run) < 0 ||
		read_number(reading, VALUE, &reading->value) < 0)
		return -1;
	if (!(block >= 0 && block <= INT32_MAX && run >= 0 && run <= INT32_MAX))
		return line_error(reading, "block and run count from 0");
	better = reading->fields[BETTER];
	if (strcmp(better, "higher") != 0 && strcmp(better, "lower") != 0 &&
		strcmp(better, "none") != 0)
		return line_error(reading, "better must be higher, lower or none");
	reading->block = (unsigned)block;
	reading->run = (unsigned)run;
	return 0;
}

/* --- rows of the store's data, found or added ----------------------------------------------------
 */

static size_t target_of(struct reading *reading)
{
	struct store_data *data = reading->data;
	const char *name = reading->fields[TARGET];

	for (size_t i = 0; i < data->target_count; i++)
		if (strcmp(data->targets[i].name, name) == 0)
			return i;
	array_reserve(&data->targets, &reading->targets, data->target_count + 1);
	data->targets[data->target_count] = (struct data_target){
		.name = str_dup(name), .driver = str_dup("published"), .summary = str_dup("")};
	return data->target_count++;
}

static size_t metric_of(struct reading *reading)
{
	struct store_data *data = reading->data;
	char *const *fields = reading->fields;

	for (size_t i = 0; i < data->metric_count; i++)
		if (strcmp(data->metrics[i].benchmark, fields[BENCHMARK]) == 0 &&
			strcmp(data->metrics[i].name, fields[METRIC]) == 0)
			return i;
	array_reserve(&data->metrics, &reading->metrics, data->metric_count + 1);
	data->metrics[data->metric_count] = (struct data_metric){
		.benchmark = str_dup(fields[BENCHMARK]),
		.name = str_dup(fields[METRIC]),
		.unit = str_dup(fields[UNIT]),
		.better = str_dup(fields[BETTER]),
		.statistic = str_dup("mean"),
		.scale = str_dup("ratio"),
	};
	return data->metric_count++;
}

static size_t cell_of(struct reading *reading, size_t target)
{
	struct store_data *data = reading->data;
	const char *benchmark = reading->fields[BENCHMARK];

	for (size_t i = 0; i < data->cell_count; i++)
		if (data->cells[i].target_index == target &&
			strcmp(data->cells[i].benchmark, benchmark) == 0)
			return i;
	array_reserve(&data->cells, &reading->cells, data->cell_count + 1);
	data->cells[data->cell_count] = (struct data_cell){
		.target_index = target,
		.placement = str_dup("1x1"),
		.benchmark = str_dup(benchmark),
		.parameters = str_dup(""),
		.options_json = str_dup("{}"),
	};
	return data->cell_count++;
}

static size_t block_of(struct reading *reading)
{
	struct store_data *data = reading->data;

	for (size_t i = 0; i < data->block_count; i++)
		if (data->blocks[i].number == reading->block)
			return i;
	array_reserve(&data->blocks, &reading->blocks, data->block_count + 1);
	data->blocks[data->block_count] =
		(struct data_block){.placement = str_dup("1x1"), .number = reading->block};
	return data->block_count++;
}

static size_t run_of(struct reading *reading, size_t cell, size_t block)
{
	struct store_data *data = reading->data;

	for (size_t i = 0; i < data->run_count; i++)
		if (data->runs[i].cell_index == cell && data->runs[i].block_index == block &&
			data->runs[i].number == reading->run)
			return i;
	array_reserve(&data->runs, &reading->runs, data->run_count + 1);
	data->runs[data->run_count] = (struct data_run){
		.cell_index = cell,
		.block_index = block,
		.number = reading->run,
		.host_s = NAN,
		.guest_s = NAN,
		.user_s = NAN,
		.system_s = NAN,
		.steal_s = NAN,
		.max_rss_bytes = -1,
	};
	return data->run_count++;
}

static void add_value(struct reading *reading)
{
	struct store_data *data = reading->data;
	size_t cell = cell_of(reading, target_of(reading)), metric = metric_of(reading);
	size_t run = run_of(reading, cell, block_of(reading));

	array_reserve(&data->series, &reading->series, data->series_count + 1);
	data->series[data->series_count++] =
		(struct data_series){.run_index = run, .metric_index = metric, .count = 1};
	array_reserve(&data->values, &reading->values, data->value_count + 1);
	data->values[data->value_count++] = reading->value;
}

/* How many blocks and runs were "planned": as many as there are. A metric with a value that has no
 * logarithm is compared by differences. */
static void finish(struct store_data *data)
{
	for (size_t i = 0; i < data->series_count; i++) {
		struct data_series *series = &data->series[i];
		series->values = &data->values[i];
		if (data->values[i] > 0)
			continue;
		free(data->metrics[series->metric_index].scale);
		data->metrics[series->metric_index].scale = str_dup("difference");
	}
	for (size_t i = 0; i < data->run_count; i++) {
		data->cells[data->runs[i].cell_index].planned_blocks++;
		data->cells[data->runs[i].cell_index].planned_runs = 1;
	}
}

static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = str_dup(slash ? slash + 1 : path);
	char *dot = strrchr(name, '.');

	if (dot)
		*dot = '\0';
	return name;
}

static int read_header(struct reading *reading, char **text)
{
	if (read_fields(reading, text) < 0)
		return -1;
	for (int i = 0; i < FIELDS; i++)
		if (strcmp(reading->fields[i], header[i]))
			return error_set(reading->e,
				"%s:1: column %d is \"%s\", not \"%s\"; the columns of a published "
				"data set are target,benchmark,metric,unit,better,block,run,value",
				reading->path, i + 1, reading->fields[i], header[i]);
	return 0;
}

int report_published_read(const char *path, struct store_data **out, struct error *e)
{
	struct reading reading = {.path = path, .e = e};
	cleanup_free char *bytes = NULL;
	char *text;
	size_t count;
	int result;

	if (file_read(path, LIMIT_BYTES, &bytes, &count, e) < 0)
		return -1;
	text = bytes;
	reading.data = mem_new(1, sizeof(*reading.data));
	result = read_header(&reading, &text);
	while (result == 0 && *text) {
		result = read_line(&reading, &text);
		if (result == 0)
			add_value(&reading);
	}
	if (result == 0 && !reading.data->target_count)
		result = error_set(e, "%s has no numbers", path);
	if (result < 0) {
		store_data_free(reading.data);
		return -1;
	}
	finish(reading.data);
	reading.data->name = name_of(path);
	reading.data->campaign_id = str_dup("published");
	reading.data->baseline = str_dup(reading.data->targets[0].name);
	reading.data->tare_version = str_dup("");
	*out = reading.data;
	return 0;
}
