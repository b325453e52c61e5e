/* Published numbers beside measured ones: which published metric is the same thing as which of
 * tare's, and the table of both. The published data set is one more store_data; a second model
 * over it gives its values and costs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

enum where_x { ANY_X, FIRST_X, LAST_X };

/* Where a number was taken: a throughput between two guests of one host and one over a wire have
 * only their unit in common. */
enum where {
	ONE_MACHINE, /* which has its host alone: 1x1 */
	IN_ONE_HOST, /* between the machines of one host: 1x2, 1x4 */
	BETWEEN_HOSTS, /* 2x1, 2x4 */
};

/* The same measure under both names. Published latencies are those of the smallest message,
 * bandwidths and Linpack rates those of the largest. */
static const struct {
	const char *published_benchmark, *published_metric, *published_unit;
	const char *benchmark, *metric;
	double factor; /* published unit → measured unit */
	enum where_x x;
	enum where where;
	const char *parameters; /* what the parameters contain */
} same[] = {
	{"hpl between hosts", "performance", "GFLOP/s", "hpcc", "hpl_tflops", 1e-3, ANY_X,
		BETWEEN_HOSTS, ""},
	{"linpack", "performance", "GFLOP/s", "linpack", "gflops", 1, LAST_X, ONE_MACHINE, ""},
	{"iperf between hosts", "throughput", "Mbit/s", "net", "throughput", 1, ANY_X,
		BETWEEN_HOSTS, ""},
	{"iperf in one host", "throughput", "Mbit/s", "net", "throughput", 1, ANY_X, IN_ONE_HOST,
		""},
	{"pingpong between hosts", "bandwidth", "MB/s", "mpi-pingpong", "bandwidth", 1, LAST_X,
		BETWEEN_HOSTS, ""},
	{"pingpong between hosts", "latency", "us", "mpi-pingpong", "latency", 1, FIRST_X,
		BETWEEN_HOSTS, ""},
	{"pingpong in one host", "bandwidth", "MB/s", "mpi-pingpong", "bandwidth", 1, LAST_X,
		IN_ONE_HOST, ""},
	{"pingpong in one host", "latency", "us", "mpi-pingpong", "latency", 1, FIRST_X,
		IN_ONE_HOST, ""},
	{"alltoall between hosts", "bandwidth", "MB/s", "mpi-alltoall", "bandwidth", 1, LAST_X,
		BETWEEN_HOSTS, ""},
	{"alltoall in one host", "bandwidth", "MB/s", "mpi-alltoall", "bandwidth", 1, LAST_X,
		IN_ONE_HOST, ""},
	{"fio", "randread", "1/s", "disk", "iops", 1, FIRST_X, ONE_MACHINE, "pattern=randread"},
	{"fio", "randwrite", "1/s", "disk", "iops", 1, FIRST_X, ONE_MACHINE, "pattern=randwrite"},
	{"netperf between hosts", "tcp_rr", "1/s", "latency", "transactions", 1, FIRST_X,
		BETWEEN_HOSTS, ""},
};

/* Parameters that make another measure of it where they have another value than this. */
static const struct {
	const char *key, *value;
} usual[] = {
	{"path=", "machines"},
	{"pairs=", "one"},
	{"pair=", "first-last"},
	{"protocol=", "tcp"},
	{"direction=", "forward"},
	{"background=", "none"},
	{"network=", "none"},
};

/* HOSTSxGUESTS, perhaps followed by xCPUS; false if text is no such thing. */
static bool read_placement(const char *text, unsigned long *hosts, unsigned long *guests)
{
	char *end;

	*hosts = strtoul(text, &end, 10);
	if (end == text || *end != 'x')
		return false;
	text = end + 1;
	*guests = strtoul(text, &end, 10);
	return end != text && (*end == '\0' || *end == 'x');
}

static bool placed_so(const char *placement, enum where where)
{
	unsigned long hosts, guests;

	if (!read_placement(placement, &hosts, &guests))
		return false;
	if (where == BETWEEN_HOSTS)
		return hosts > 1;
	return hosts == 1 && (where == ONE_MACHINE ? guests == 1 : guests > 1);
}

static bool has_usual_parameters(const char *parameters)
{
	bool all = true;

	for (size_t i = 0; all && i < ARRAY_COUNT(usual); i++) {
		cleanup_text struct text value = {0}, others = {0};
		model_split_parameters(parameters, usual[i].key, &value, &others);
		all = !value.count || strcmp(value.bytes, usual[i].value) == 0;
	}
	return all;
}

/* What a published target says of its placement, after its name and a comma: "2x4", or "4 guests
 * per host" on however many. Anything else that names guests was measured as tare does not ("first
 * of 2 guests per host": while the other did the same); what names none is how it was set up. */
static bool same_placement(const char *placement, const char *published)
{
	unsigned long hosts, guests, published_hosts, published_guests;
	char *end;

	if (!read_placement(placement, &hosts, &guests))
		return false;
	if (read_placement(published, &published_hosts, &published_guests))
		return hosts == published_hosts && guests == published_guests;
	if (!strstr(published, "per host"))
		return true;
	published_guests = strtoul(published, &end, 10);
	return guests == published_guests &&
	       (strcmp(end, " guest per host") == 0 || strcmp(end, " guests per host") == 0);
}

/* A published target is named as tare's, then perhaps a comma and how it was placed or set up. */
static bool same_target(
	const struct report_target *target, const char *placement, const char *published)
{
	size_t length = strlen(target->name);

	if (strncmp(published, target->name, length) != 0)
		return false;
	published += length;
	return *published == '\0' ||
	       (strncmp(published, ", ", 2) == 0 && same_placement(placement, published + 2));
}

/* Whether it is the group's first or last row of its metric, as asked for. */
static bool is_at(const struct report_group *group, size_t index, enum where_x where)
{
	const struct report_metric *metric = group->rows[index].metric;
	bool first = index == 0 || group->rows[index - 1].metric != metric;
	bool last = index + 1 == group->row_count || group->rows[index + 1].metric != metric;

	return where == ANY_X || (where == FIRST_X ? first : last);
}

static void add_match(struct report_model *model, const struct report_published *match)
{
	array_reserve(
		&model->published_numbers, &model->published_capacity, model->published_count + 1);
	model->published_numbers[model->published_count++] = *match;
}

/* Every published target that is this measured one, for one pair of rows. */
static void add_targets(struct report_model *model, const struct report_model *published,
	const struct report_row *published_row, double factor, struct report_published *match)
{
	for (size_t p = 0; p < published->target_count; p++) {
		const struct report_value *value = &published_row->values[p];
		if (value->status != REPORT_MEASURED)
			continue;
		for (size_t t = 0; t < model->target_count; t++) {
			if (!same_target(&model->targets[t], match->group->placement,
				    published->targets[p].name) ||
				match->row->values[t].status != REPORT_MEASURED)
				continue;
			match->target = t;
			match->published_target = model_text(model, published->targets[p].name);
			match->published = value->value.estimate * factor;
			match->published_cost = value->compared && !published_row->metric->additive
							? value->cost
							: NAN;
			add_match(model, match);
		}
	}
}

static void match_group(struct report_model *model, const struct report_model *published,
	const struct report_row *published_row, const struct report_group *group)
{
	for (size_t s = 0; s < ARRAY_COUNT(same); s++) {
		if (strcmp(same[s].published_benchmark, published_row->metric->benchmark) != 0 ||
			strcmp(same[s].published_metric, published_row->metric->name) != 0 ||
			strcmp(same[s].published_unit, published_row->metric->unit) != 0 ||
			strcmp(same[s].benchmark, group->benchmark) != 0 ||
			!placed_so(group->placement, same[s].where) ||
			!strstr(group->parameters, same[s].parameters) ||
			!has_usual_parameters(group->parameters))
			continue;
		for (size_t i = 0; i < group->row_count; i++) {
			struct report_published match = {
				.group = group,
				.row = &group->rows[i],
				.source = model_text(model, published->name),
				.published_metric = model_printf(model, "%s %s",
					published_row->metric->benchmark,
					published_row->metric->name),
			};
			if (strcmp(group->rows[i].metric->name, same[s].metric) == 0 &&
				is_at(group, i, same[s].x))
				add_targets(
					model, published, published_row, same[s].factor, &match);
		}
	}
}

void model_add_published(struct report_model *model)
{
	const struct report_model *published = model->options.published;

	if (!published)
		return;
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t p = 0; p < published->group_count; p++)
			for (size_t i = 0; i < published->groups[p].row_count; i++)
				match_group(model, published, &published->groups[p].rows[i],
					&model->groups[g]);
}
