/* Which tables a report has, in which order; the line over them, and the words under them. Knows no
 * format. */
#include "report/write/table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/text.h"
#include "base/cleanup.h"
#include "report/write/words.h"

/* The areas with what belongs to them: first the headlines, then every metric. */
static void add_areas(const struct report_model *model, struct sections *out)
{
	for (size_t i = 0; i < model->area_count; i++) {
		if (!model_area_matches(model, &model->areas[i], model->options.area))
			continue;
		if (model->target_count > 1)
			sections_add_comparison(model, &model->areas[i], out);
		sections_add_metrics(model, &model->areas[i], out);
	}
}

void sections_make(const struct report_model *model, struct sections *out)
{
	if (model->options.area) {
		add_areas(model, out);
		return;
	}
	sections_add_answer(model, out);
	if (model->target_count > 1 || !model->variation_count)
		sections_add_overview(model, out);
	sections_add_variations(model, out);
	sections_add_caveats(model, out);
	sections_add_published(model, out);
	add_areas(model, out);
	sections_add_origins(model, out);
	sections_add_attributions(model, out);
	sections_add_scaling(model, out);
	sections_add_interference(model, out);
	sections_add_fairness(model, out);
	sections_add_honesty(model, out);
	sections_add_machines(model, out);
	sections_add_domains(model, out);
	sections_add_missing(model, out);
	sections_add_record(model, out);
}

/* The most blocks that a placement has. */
static size_t count_blocks(const struct report_model *model)
{
	size_t most = 0;

	for (size_t i = 0; i < model->data->block_count; i++) {
		size_t count = model->data->blocks[i].number + 1;
		most = count > most ? count : most;
	}
	return most;
}

static void add_runs(const struct report_model *model, struct text *out)
{
	size_t planned = 0, measured = 0, failed = 0;

	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++) {
			const struct report_cell *cell = &model->groups[g].cells[t];
			bool skipped = cell->status == REPORT_SKIPPED;
			planned += skipped ? 0 : cell->planned_runs;
			measured += cell->measured_runs;
			failed += cell->failed_runs;
		}
	if (measured >= planned && !failed && !model->problem_count)
		text_addf(out, "complete (%zu runs)", measured);
	else if (measured >= planned && !failed)
		text_addf(out, "all %zu runs measured, but see Missing", measured);
	else
		text_addf(out, "%zu of %zu runs measured, %zu failed", measured, planned, failed);
}

void sections_header(const struct report_model *model, struct text *out)
{
	size_t blocks = count_blocks(model);

	text_add(out, "baseline ");
	words_add_line(out, model->targets[model->baseline].name);
	if (!model->data->started_ns) {
		text_add(out, ", a data set that tare did not measure");
		return;
	}
	text_addf(out, ", %zu block%s, %.10s, ", blocks, blocks == 1 ? "" : "s", model->started);
	add_runs(model, out);
}

void sections_legend(const struct report_model *model, struct text *out)
{
	bool emulated = false, kernel = false, clock = false, network = false;
	bool busy = false, throttled = false;

	for (size_t i = 0; i < model->honesty_count; i++) {
		clock = clock || model->honesties[i].flagged_runs;
		busy = busy || model->honesties[i].busy_runs;
		throttled = throttled || model->honesties[i].throttled_runs;
	}
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++) {
			emulated = emulated || model->groups[g].cells[t].emulated;
			kernel = kernel || model->groups[g].cells[t].kernel_differs;
			network = network || model->groups[g].cells[t].network_differs;
		}
	text_add(out, "Slowdown against ");
	words_add_line(out, model->targets[model->baseline].name);
	text_addf(out,
		": + is worse, - is better, whether lower (↓) or higher (↑) values are better; per "
		"cent "
		"between half and twice as slow, else a factor (×12 is twelve times as slow); the "
		"bare "
		"change where neither is better. ~: undecided, where %g %% confidence is for all "
		"headlines together; only decided ones are coloured. Intervals are those of single "
		"numbers: %g %%, over n blocks (fresh starts).",
		100 * model->options.confidence, 100 * model->options.confidence);
	if (emulated)
		text_add(out, " Emulated: the target's CPU is; such numbers say nothing about "
			      "hardware virtualization.");
	if (kernel)
		text_add(out, " Other kernel: the slowdown includes its difference.");
	if (network)
		text_add(out, " net: its machines communicate over a network, the baseline inside "
			      "one machine; the slowdown includes the network.");
	if (clock)
		text_add(out, " clk: in some runs the machine's clock went wrong; see Trust.");
	if (busy)
		text_add(out, " bsy: in some runs others used the CPUs; see Trust.");
	if (throttled)
		text_add(out, " thr: in some runs the CPUs were slowed down; see Trust.");
}
