/* How much of a slowdown the guests' exits explain: their counts (source kvm of the hosts, else the
 * guests' own interrupts) times the prices of single ones (benchmark exits).
 *
 * In a block b the exits took E(b) = Σ rate × (price − the baseline's price of the same operation)
 * ÷ CPUs in use, as a share of the target's time; of it the slowdown s(b) lost L(b) = 1 − 1/s(b).
 * The explained part is the ratio of means ΣE ÷ ΣL over the blocks, with the standard error of a
 * ratio estimator (Cochran, Sampling Techniques, 1977, 6.3) and t of blocks − 1. CPUs in use: the
 * CPU time of the vCPUs ÷ the run's time, at least 1: what one CPU waits for, the run waits for.
 * A price is the mean of the operation's samples, not their median: a rate is over all of the run's
 * time, so that what interrupts now and then is in it as well. */
#include "report/model/attribution.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/counters.h"
#include "report/model/honesty.h"

/* A slowdown below this is not taken apart. */
static const double least_cost = 0.02;
#define ALL_BLOCKS SIZE_MAX
static const char price_benchmark[] = "exits";
/* Not a headline, but made of known exits: where nothing else runs beside it, it shows whether the
 * attribution is right. */
static const char known_mixture[] = "cpuid_work";

enum slot {
	EXITS,
	PORT_IO,
	MMIO,
	HALTS,
	HYPERCALLS,
	FAULTS,
	VCPUS,
	GUEST_TIMER,
	GUEST_RESCHEDULE,
	GUEST_CALL,
	GUEST_SHOOTDOWN,
	GUEST_BUSY,
	SLOTS
};

static const struct {
	const char *source, *name;
} slots[SLOTS] = {
	[EXITS] = {"kvm", "exits"},
	[PORT_IO] = {"kvm", "io_exits"},
	[MMIO] = {"kvm", "mmio_exits"},
	[HALTS] = {"kvm", "halt_exits"},
	[HYPERCALLS] = {"kvm", "hypercalls"},
	[FAULTS] = {"kvm", "pf_fixed"},
	[VCPUS] = {"guests", "vcpus"},
	[GUEST_TIMER] = {"guest_interrupts", "timer"},
	[GUEST_RESCHEDULE] = {"guest_interrupts", "reschedule"},
	[GUEST_CALL] = {"guest_interrupts", "function_call"},
	[GUEST_SHOOTDOWN] = {"guest_interrupts", "tlb_shootdown"},
	[GUEST_BUSY] = {"guest_cpu", "busy"},
};

enum price { LIGHT, CALL, PORT, MEMORY, PAGE, HALT, TIMER, SHOOTDOWN };

/* A price is that of an operation, less that of another which is in it. */
static const struct {
	const char *operation, *less;
	bool is_exit; /* where it was not measured, the lightest exit's price is a lower bound */
} prices[ATTRIBUTION_PRICES] = {
	[LIGHT] = {"cpuid", NULL, true},
	[CALL] = {"hypercall", NULL, true},
	[PORT] = {"port_io", NULL, true},
	[MEMORY] = {"mmio", NULL, true},
	[PAGE] = {"page_first", "page_again", true},
	[HALT] = {"halt_wakeup", NULL, true},
	[TIMER] = {"timer", NULL, false},
	[SHOOTDOWN] = {"shootdown", "shootdown_alone", false},
};

/* --- counts -------------------------------------------------------------------------------------
 */

/* Of one run, or the mean of a block's; NAN: not known. */
struct counts {
	double rates[ATTRIBUTION_PRICES]; /* per second */
	double cpus; /* in use */
	bool from_guest;
};

static enum slot slot_of(const struct data_counter *counter)
{
	size_t s = 0;

	while (s < SLOTS && (strcmp(slots[s].source, counter->source) != 0 ||
				    strcmp(slots[s].name, counter->name) != 0))
		s++;
	return (enum slot)s;
}

/* Sums over the run's hosts and machines, by slot; NAN: not counted, or not everywhere. */
static void sum_counters(const struct report_model *model, size_t run, double sums[SLOTS])
{
	const struct store_data *data = model->data;

	for (size_t s = 0; s < SLOTS; s++)
		sums[s] = NAN;
	for (size_t i = model->first_readings[run]; i < model->first_readings[run + 1]; i++) {
		const struct data_reading *reading = &data->readings[i];
		enum slot slot = slot_of(&data->counters[reading->counter_index]);
		double growth = counters_growth(data, reading);
		if (slot < SLOTS)
			sums[slot] = isnan(sums[slot]) ? growth : sums[slot] + growth;
	}
}

static double known(double value)
{
	return isfinite(value) ? value : 0;
}

/* The time of the benchmark's own program, where it is known. */
static double span_of(const struct data_run *run)
{
	return run->host_s > 0 ? run->host_s : clock_span_s(run);
}

/* False: nothing that has a price was counted. */
static bool counts_of(const struct report_model *model, size_t run, struct counts *out)
{
	double sums[SLOTS], span_s = span_of(&model->data->runs[run]);

	*out = (struct counts){.cpus = 1};
	sum_counters(model, run, sums);
	if (!(span_s > 0))
		return false;
	if (isfinite(sums[EXITS])) {
		double special = known(sums[PORT_IO]) + known(sums[MMIO]) + known(sums[HALTS]) +
				 known(sums[HYPERCALLS]) + known(sums[FAULTS]);
		out->rates[PORT] = known(sums[PORT_IO]) / span_s;
		out->rates[MEMORY] = known(sums[MMIO]) / span_s;
		out->rates[HALT] = known(sums[HALTS]) / span_s;
		out->rates[CALL] = known(sums[HYPERCALLS]) / span_s;
		out->rates[PAGE] = known(sums[FAULTS]) / span_s;
		out->rates[LIGHT] = fmax(0, sums[EXITS] - special) / span_s;
	} else if (isfinite(sums[GUEST_RESCHEDULE]) || isfinite(sums[GUEST_TIMER])) {
		out->from_guest = true;
		out->rates[TIMER] = known(sums[GUEST_TIMER]) / span_s;
		out->rates[HALT] = known(sums[GUEST_RESCHEDULE]) / span_s;
		out->rates[SHOOTDOWN] =
			(known(sums[GUEST_SHOOTDOWN]) + known(sums[GUEST_CALL])) / span_s;
	} else {
		return false;
	}
	double busy_s = isfinite(sums[VCPUS]) ? sums[VCPUS] : known(sums[GUEST_BUSY]);
	out->cpus = fmax(1, busy_s / span_s);
	return true;
}

/* --- prices -------------------------------------------------------------------------------------
 */

/* The row of an operation in the group of benchmark exits that has it: in the same placement, else
 * in any. NULL: it was not measured for the target. */
static const struct report_row *row_of_operation(const struct report_model *model,
	const struct report_group *like, size_t target, const char *operation)
{
	const struct report_row *found = NULL;

	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		bool same = strcmp(group->placement, like->placement) == 0;
		if (strcmp(group->benchmark, price_benchmark) != 0 || (found && !same))
			continue;
		for (size_t r = 0; r < group->row_count; r++) {
			const struct report_row *row = &group->rows[r];
			if (strcmp(row->metric->name, operation) != 0 ||
				!row->values[target].block_count)
				continue;
			if (same)
				return row;
			found = row;
		}
	}
	return found;
}

/* The mean of a value's samples: of a block, or of all (ALL_BLOCKS). NAN: there are none. */
static double mean_of(const struct store_data *data, const struct report_value *value, size_t block)
{
	double sum = 0;
	size_t count = 0;

	for (size_t s = 0; s < value->series_count; s++) {
		const struct data_series *series = &data->series[value->series[s]];
		size_t of = data->blocks[data->runs[series->run_index].block_index].number;

		for (size_t i = 0; i < series->count && (block == ALL_BLOCKS || of == block); i++) {
			sum += series->values[i];
			count++;
		}
	}
	return count ? sum / (double)count : NAN;
}

/* Of a block; where the block has none, of all. NAN: not measured. */
static double price_in_block(const struct report_model *model, const struct report_group *group,
	size_t target, const char *operation, size_t block)
{
	const struct report_row *row = row_of_operation(model, group, target, operation);

	if (!row)
		return NAN;
	double ns = mean_of(model->data, &row->values[target], block);

	return isnan(ns) ? mean_of(model->data, &row->values[target], ALL_BLOCKS) : ns;
}

static double difference_in_block(const struct report_model *model,
	const struct report_group *group, size_t target, enum price price, size_t block)
{
	double ns = price_in_block(model, group, target, prices[price].operation, block);

	if (prices[price].less)
		ns -= price_in_block(model, group, target, prices[price].less, block);
	return ns;
}

/* What one costs the target more than the baseline, which need not have it. NAN: not known. */
static double price_of(const struct report_model *model, const struct report_group *group,
	size_t target, enum price price, size_t block)
{
	double ns = difference_in_block(model, group, target, price, block);
	double own = difference_in_block(model, group, model->baseline, price, block);

	if (isnan(ns) && prices[price].is_exit && price != LIGHT)
		return price_of(model, group, target, LIGHT, block);
	return fmax(0, ns - known(own)) + 0 * ns;
}

/* --- one value ----------------------------------------------------------------------------------
 */

/* Of one block. */
struct part {
	double rates[ATTRIBUTION_PRICES], prices_ns[ATTRIBUTION_PRICES];
	double shares[ATTRIBUTION_PRICES];
	double explained, lost;
	bool from_guest;
};

static void add_run(const struct counts *counts, struct part *part)
{
	for (size_t p = 0; p < ATTRIBUTION_PRICES; p++) {
		part->rates[p] += counts->rates[p];
		part->shares[p] += counts->rates[p] / counts->cpus * part->prices_ns[p] * 1e-9;
	}
	part->from_guest = counts->from_guest;
}

/* False: the block has no counts. */
static bool explain_block(const struct report_model *model, const struct report_attribution *about,
	size_t block, struct part *part)
{
	const struct store_data *data = model->data;
	size_t group = (size_t)(about->group - model->groups), runs = 0;
	struct part sum = {0};

	for (size_t p = 0; p < ATTRIBUTION_PRICES; p++)
		sum.prices_ns[p] =
			known(price_of(model, about->group, about->target, (enum price)p, block));
	*part = sum;
	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_run *run = &data->runs[i];
		struct counts counts;
		if (run->failure || model->cell_groups[run->cell_index] != group ||
			data->cells[run->cell_index].target_index != about->target ||
			data->blocks[run->block_index].number != block ||
			!counts_of(model, i, &counts))
			continue;
		add_run(&counts, &sum);
		runs++;
	}
	for (size_t p = 0; p < ATTRIBUTION_PRICES && runs; p++) {
		part->rates[p] = sum.rates[p] / (double)runs;
		part->shares[p] = sum.shares[p] / (double)runs;
		part->explained += part->shares[p];
	}
	part->from_guest = sum.from_guest;
	return runs > 0;
}

/* The share of the target's time that it lost in a block, against the baseline in the same one, or
 * where that has none against its mean. */
static double lost_in_block(const struct report_model *model, const struct report_row *row,
	const struct report_value *value, size_t index)
{
	const struct report_value *base = &row->values[model->baseline];
	double with = log(base->value.estimate);

	for (size_t i = 0; i < base->block_count; i++)
		if (base->block_numbers[i] == value->block_numbers[index])
			with = base->blocks[i];
	double change = value->blocks[index] - with;
	return 1 - exp(row->metric->better == REPORT_BETTER_HIGHER ? change : -change);
}

/* The ratio of the parts' means, and its error. */
static void estimate_part(
	const struct part *parts, size_t count, double confidence, struct report_attribution *out)
{
	double n = (double)count, squares = 0;

	for (size_t i = 0; i < count; i++) {
		out->explained += parts[i].explained / n;
		out->lost += parts[i].lost / n;
	}
	double ratio = out->explained / out->lost;
	for (size_t i = 0; i < count; i++) {
		double rest = parts[i].explained - ratio * parts[i].lost;
		squares += rest * rest;
	}
	double error = count > 1 ? sqrt(squares / (n * (n - 1))) / out->lost : NAN;
	interval_difference(ratio, error, n - 1, count, confidence, &out->part);
	out->part.estimate = ratio;
}

static void add_terms(const struct part *parts, size_t count, struct report_attribution *out)
{
	for (size_t p = 0; p < ATTRIBUTION_PRICES; p++) {
		struct report_term term = {.price = prices[p].operation};
		for (size_t i = 0; i < count; i++) {
			term.rate += parts[i].rates[p] / (double)count;
			term.price_ns += parts[i].prices_ns[p] / (double)count;
			term.share += parts[i].shares[p] / (double)count;
		}
		if (term.rate > 0)
			out->terms[out->term_count++] = term;
	}
}

static void attribute(struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	const struct report_value *value = &row->values[target];
	struct report_attribution found = {.group = group, .row = row, .target = target};
	cleanup_free struct part *parts = mem_new(value->block_count + 1, sizeof(*parts));
	size_t count = 0;

	for (size_t i = 0; i < value->block_count; i++)
		if (explain_block(model, &found, value->block_numbers[i], &parts[count])) {
			parts[count].lost = lost_in_block(model, row, value, i);
			found.from_guest = found.from_guest || parts[count].from_guest;
			count++;
		}
	if (!count)
		return;
	estimate_part(parts, count, model->options.confidence, &found);
	if (!(found.lost > 0))
		return;
	add_terms(parts, count, &found);
	array_reserve(
		&model->attributions, &model->attribution_capacity, model->attribution_count + 1);
	model->attributions[model->attribution_count++] = found;
}

static bool has_metric(const struct report_group *group, const char *name)
{
	for (size_t r = 0; r < group->row_count; r++)
		if (strcmp(group->rows[r].metric->name, name) == 0)
			return true;
	return false;
}

/* Whether there is a slowdown to explain, by prices that were measured. The prices do not explain
 * themselves. */
static bool is_explained(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	const struct report_value *value = &row->values[target];
	bool known_one = strcmp(row->metric->name, known_mixture) == 0 &&
			 !has_metric(group, prices[LIGHT].operation);
	bool is_price = strcmp(group->benchmark, price_benchmark) == 0;

	return target != model->baseline && value->compared && !row->metric->additive &&
	       value->logarithmic && value->cost >= least_cost &&
	       row->metric->better != REPORT_BETTER_NONE &&
	       (is_price ? known_one : model_is_headline(model, group, row->metric, row->x)) &&
	       row_of_operation(model, group, target, prices[LIGHT].operation);
}

void model_attribute(struct report_model *model)
{
	for (size_t t = 0; t < model->target_count; t++)
		for (size_t g = 0; g < model->group_count; g++)
			for (size_t r = 0; r < model->groups[g].row_count; r++) {
				const struct report_group *group = &model->groups[g];
				if (is_explained(model, group, &group->rows[r], t))
					attribute(model, group, &group->rows[r], t);
			}
}
