/* Makes the model: reads the campaign, its targets and metrics, then has every part added in order.
 */
#include "report/model/build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

enum { DEFAULT_WIDTH = 100 };

static enum report_better better_of(const char *text)
{
	if (strcmp(text, "higher") == 0)
		return REPORT_BETTER_HIGHER;
	return strcmp(text, "lower") == 0 ? REPORT_BETTER_LOWER : REPORT_BETTER_NONE;
}

/* Nothing was declared in older stores and in imported ones: there what has a direction counts. */
static enum report_kind kind_of(const struct data_metric *metric)
{
	if (!metric->kind)
		return strcmp(metric->better, "none") == 0 ? REPORT_DETAIL : REPORT_HEADLINE;
	if (strcmp(metric->kind, "headline") == 0)
		return REPORT_HEADLINE;
	return strcmp(metric->kind, "validity") == 0 ? REPORT_VALIDITY : REPORT_DETAIL;
}

static void read_metrics(struct report_model *model)
{
	const struct store_data *data = model->data;

	model->metric_count = data->metric_count;
	model->metrics = model_new(model, data->metric_count, sizeof(*model->metrics));
	for (size_t i = 0; i < data->metric_count; i++) {
		const struct data_metric *from = &data->metrics[i];
		model->metrics[i] = (struct report_metric){
			.benchmark = model_text(model, from->benchmark),
			.name = model_text(model, from->name),
			.unit = model_text(model, from->unit),
			.statistic = model_text(model, from->statistic),
			.help = model_text(model, from->help),
			.x_name = from->x_name ? model_text(model, from->x_name) : NULL,
			.x_unit = from->x_unit ? model_text(model, from->x_unit) : NULL,
			.better = better_of(from->better),
			.additive = strcmp(from->scale, "difference") == 0,
			.kind = kind_of(from),
			.rank = from->rank,
			.headline_at =
				from->headline_at ? model_text(model, from->headline_at) : NULL,
			.headline_unless = from->headline_unless
						   ? model_text(model, from->headline_unless)
						   : NULL,
		};
	}
}

static bool has_machine(const struct store_data *data, size_t target)
{
	for (size_t i = 0; i < data->machine_count; i++)
		if (data->machines[i].target_index == target)
			return true;
	return false;
}

static int read_targets(struct report_model *model, struct error *e)
{
	const struct store_data *data = model->data;
	bool found = false;

	model->target_count = data->target_count;
	model->targets = model_new(model, data->target_count, sizeof(*model->targets));
	for (size_t i = 0; i < data->target_count; i++) {
		const struct data_target *from = &data->targets[i];
		bool is_baseline = strcmp(from->name, data->baseline) == 0;
		model->targets[i] = (struct report_target){
			.name = model_text(model, from->name),
			.driver = model_text(model, from->driver),
			.summary = model_text(model, from->summary),
			.is_baseline = is_baseline,
			.emulated = from->emulated,
			.is_known = has_machine(data, i),
		};
		if (is_baseline)
			model->baseline = i;
		found = found || is_baseline;
	}
	if (!found)
		return error_set(
			e, "the baseline '%s' is not among the stored targets", data->baseline);
	return 0;
}

static void read_campaign(struct report_model *model)
{
	const struct store_data *data = model->data;
	enum { HOUR_AND_MINUTE = 5 };
	char time[CLOCK_TEXT_BYTES];

	clock_utc_text(data->started_ns, time);
	model->campaign_id = model_text(model, data->campaign_id);
	model->name = model_text(model, data->name);
	model->started = model_printf(model, "%.*s %.*s UTC", CLOCK_DATE_BYTES, time,
		HOUR_AND_MINUTE, time + CLOCK_DATE_BYTES + 1);
	model->tare_version = model_text(model, data->tare_version);
	model->image_digest = model_text(model, data->image_digest);
}

int report_model_new(const struct store_data *data, const struct report_options *options,
	struct report_model **out, struct error *e)
{
	struct report_model *model = mem_new(1, sizeof(*model));

	model->data = data;
	model->options = *options;
	if (model->options.confidence == 0)
		model->options.confidence = 0.95;
	if (model->options.width == 0)
		model->options.width = DEFAULT_WIDTH;
	if (!(model->options.confidence > 0 && model->options.confidence < 1)) {
		free(model);
		return error_set(
			e, "the confidence %g is not between 0 and 1", options->confidence);
	}
	read_campaign(model);
	read_metrics(model);
	if (read_targets(model, e) < 0) {
		report_model_free(model);
		return -1;
	}
	model_read_facts(model);
	model_read_domains(model);
	model_find_differences(model);
	model_read_cells(model);
	model_read_areas(model);
	model_mark_networks(model);
	model_flag_clocks(model);
	model_mark_runs(model);
	model_read_values(model);
	model_judge(model);
	model_vary_targets(model);
	model_vary(model);
	model_list_problems(model);
	model_scale(model);
	model_interfere(model);
	model_share(model);
	model_find_origins(model);
	model_attribute(model);
	model_be_honest(model);
	model_judge_flushes(model);
	model_add_published(model);
	*out = model;
	return 0;
}
