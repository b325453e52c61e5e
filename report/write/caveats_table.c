/* What the numbers have to be read with, as far as it applies: a line each, with whom it is about.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* From this part of the CPU time on stolen time is a caveat. */
static const double steal_from = 1e-2;

/* Whether something is so for a target in any of its cells, or in all it did. */
typedef bool (*applies_fn)(const struct report_model *model, size_t target);

static bool any_cell(
	const struct report_model *model, size_t target, bool (*is)(const struct report_cell *cell))
{
	for (size_t g = 0; g < model->group_count; g++)
		if (model->groups[g].cells[target].measured_runs &&
			is(&model->groups[g].cells[target]))
			return true;
	return false;
}

static bool cell_emulated(const struct report_cell *cell)
{
	return cell->emulated;
}

static bool cell_kernel(const struct report_cell *cell)
{
	return cell->kernel_differs;
}

static bool cell_network(const struct report_cell *cell)
{
	return cell->network_differs;
}

static bool cell_refused(const struct report_cell *cell)
{
	return cell->refused;
}

static bool is_emulated(const struct report_model *model, size_t target)
{
	return any_cell(model, target, cell_emulated);
}

static bool cell_unknown(const struct report_cell *cell)
{
	return !cell->emulated && !cell->emulation_known;
}

static bool is_unknown(const struct report_model *model, size_t target)
{
	return any_cell(model, target, cell_unknown);
}

static bool has_other_kernel(const struct report_model *model, size_t target)
{
	return any_cell(model, target, cell_kernel);
}

/* Those of each target are known, and differ. */
static bool has_other_privileges(const struct report_model *model, size_t target)
{
	const char *own = model->target_facts[target][FACT_PRIVILEGES];
	const char *other = model->target_facts[model->baseline][FACT_PRIVILEGES];

	return *own && *other && strcmp(own, other) != 0;
}

/* Root's guests on the same host may have it. */
static bool lacks_vhost(const struct report_model *model, size_t target)
{
	return strcmp(model->target_facts[target][FACT_PRIVILEGES], "user namespace") == 0 &&
	       *model->target_facts[target][FACT_VHOST_WHY_NOT];
}

static bool has_network(const struct report_model *model, size_t target)
{
	return any_cell(model, target, cell_network);
}

static bool is_refused(const struct report_model *model, size_t target)
{
	return any_cell(model, target, cell_refused);
}

static const struct report_honesty *honesty_of(const struct report_model *model, size_t target)
{
	for (size_t i = 0; i < model->honesty_count; i++)
		if (model->honesties[i].target == target)
			return &model->honesties[i];
	return NULL;
}

static bool has_bad_clock(const struct report_model *model, size_t target)
{
	const struct report_honesty *honesty = honesty_of(model, target);

	return honesty && honesty->flagged_runs;
}

static bool is_robbed(const struct report_model *model, size_t target)
{
	const struct report_honesty *honesty = honesty_of(model, target);

	return honesty && honesty->steal >= steal_from;
}

static bool has_busy_runs(const struct report_model *model, size_t target)
{
	const struct report_honesty *honesty = honesty_of(model, target);

	return honesty && honesty->busy_runs;
}

static bool has_throttled_runs(const struct report_model *model, size_t target)
{
	const struct report_honesty *honesty = honesty_of(model, target);

	return honesty && honesty->throttled_runs;
}

static bool has_failures(const struct report_model *model, size_t target)
{
	for (size_t g = 0; g < model->group_count; g++)
		if (model->groups[g].cells[target].failed_runs)
			return true;
	return false;
}

static bool has_few_blocks(const struct report_model *model, size_t target)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_value *value = &model->groups[g].rows[i].values[target];
			if (value->headline && value->block_count && value->block_count < 3)
				return true;
		}
	return false;
}

/* The campaign went on with other hosts, after which all its targets were measured there. */
static bool was_moved(const struct report_model *model, size_t target)
{
	const struct store_data *data = model->data;

	(void)target;
	for (size_t i = 0; i < data->event_count; i++)
		if (strcmp(data->events[i].kind, "moved") == 0)
			return true;
	return false;
}

static const struct {
	applies_fn applies;
	const char *text;
} caveats[] = {
	{is_emulated, "emulated CPU: the numbers say nothing about hardware virtualization"},
	{is_unknown, "not known whether the CPU is emulated"},
	{is_refused, "ran a different image than the baseline: not compared"},
	{has_other_kernel, "different kernel: slowdowns include the difference"},
	{has_other_privileges, "different privileges than the baseline: see its facts"},
	{lacks_vhost, "QEMU moves its packets: vhost-net is closed to users"},
	{has_network, "several machines over a network, the baseline in one machine: slowdowns "
		      "include the network"},
	{has_failures, "some runs failed: see Missing"},
	{has_bad_clock, "the clock went wrong in some runs: see Trust"},
	{has_busy_runs, "others used the CPUs in some runs: see Trust"},
	{has_throttled_runs, "the CPUs were slowed down in some runs: see Trust"},
	{is_robbed, "more than 1 % of the CPU time was stolen by the host"},
	{was_moved, "the campaign was continued on other hosts: some blocks were measured on "
		    "these, some on those (see the Record)"},
	{has_few_blocks, "fewer than 3 blocks: no intervals, nothing decided"},
};

/* Their names, or "all", "all but native". */
static void add_targets(struct table *table, const struct report_model *model,
	const struct text *names, size_t count, bool baseline_too)
{
	bool others = !baseline_too && count + 1 == model->target_count && count > 1;
	cleanup_free char *but = str_printf("all but %s", model->targets[model->baseline].name);

	table_add_cell(table, TONE_PLAIN,
		count > 1 && count == model->target_count ? "all"
		: others                                  ? but
							  : names->bytes);
}

void sections_add_caveats(const struct report_model *model, struct sections *out)
{
	struct table *table = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(caveats); i++) {
		cleanup_text struct text targets = {0};
		size_t count = 0;
		for (size_t t = 0; t < model->target_count; t++)
			if (caveats[i].applies(model, t)) {
				text_addf(&targets, "%s%s", count ? ", " : "",
					model->targets[t].name);
				count++;
			}
		if (!count)
			continue;
		if (!table) {
			table = sections_add(out, str_dup("Caveats"));
			table_add_column(table, "", "", 0);
			table_add_column(table, "", "", 0);
		}
		add_targets(
			table, model, &targets, count, caveats[i].applies(model, model->baseline));
		table_add_cell(table, TONE_PLAIN, caveats[i].text);
	}
}
