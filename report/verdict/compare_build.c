/* Makes a comparison: its options, both models, then pairing, matching and judging. */
#include "report/verdict/compare_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "report/model/build.h"
#include "report/write/words.h"

static int settle_options(struct compare_options *options, struct error *e)
{
	if (options->delta == 0)
		options->delta = 0.01;
	if (options->alpha == 0)
		options->alpha = DECLARED_USUAL_ALPHA;
	if (!(options->delta > 0 && isfinite(options->delta)))
		return error_set(e, "the margin must be above 0, such as 1%%, not %g%%",
			100 * options->delta);
	if (!(options->alpha > 0 && options->alpha < 0.5))
		return error_set(
			e, "alpha must be between 0 and 0.5, such as 0.05, not %g", options->alpha);
	return 0;
}

static void build_free(struct compare_build *build)
{
	for (size_t i = 0; i < build->pair_count; i++) {
		side_free(&build->pairs[i].base);
		side_free(&build->pairs[i].newer);
		compare_natives_free(build->comparison, &build->pairs[i]);
	}
	free(build->pairs);
	free(build->inputs);
}

/* Each campaign counts once, and all ran the same programs. */
static int check_earlier(struct comparison *c, struct error *e)
{
	const struct store_data *const *earlier = c->options.earlier;

	if (c->options.earlier_count && side_same_campaign(c->base, c->newer))
		return error_set(e, "earlier campaigns are not needed: both targets are of one "
				    "campaign; leave them out");
	for (size_t i = 0; i < c->options.earlier_count; i++) {
		const char *image = earlier[i]->image_digest;
		bool again = side_same_campaign(earlier[i], c->base) ||
			     side_same_campaign(earlier[i], c->newer);
		for (size_t k = 0; k < i; k++)
			again = again || side_same_campaign(earlier[i], earlier[k]);
		if (again)
			return error_set(e,
				"the earlier campaign %s (%s) is named twice; name it once",
				earlier[i]->name, earlier[i]->campaign_id);
		if (image && c->newer->image_digest && !c->options.force &&
			strcmp(image, c->newer->image_digest) != 0)
			return error_set(e,
				"the earlier campaign %s (%s) has a different image, %.19s; "
				"leave it out, or compare anyway with --force",
				earlier[i]->name, earlier[i]->campaign_id, image);
	}
	return 0;
}

static int earlier_models(
	struct comparison *c, const struct report_options *options, struct error *e)
{
	if (check_earlier(c, e) < 0)
		return -1;
	c->earlier_models = mem_new(c->options.earlier_count + 1, sizeof(struct report_model *));
	for (size_t i = 0; i < c->options.earlier_count; i++)
		if (report_model_new(c->options.earlier[i], options, &c->earlier_models[i], e) < 0)
			return -1;
	return 0;
}

/* One model for both sides where they are targets of one store. */
static int both_models(struct comparison *c, const struct report_options *options, struct error *e)
{
	if (report_model_new(c->base, options, &c->base_model, e) < 0)
		return -1;
	if (c->newer != c->base)
		return report_model_new(c->newer, options, &c->new_model, e);
	c->new_model = c->base_model;
	return 0;
}

static int make(struct comparison *comparison, const struct compare_source *base,
	const struct compare_source *newer, struct error *e)
{
	struct compare_build build = {.comparison = comparison, .margins_from = "--delta"};
	double alpha = comparison->options.alpha;
	struct report_options options = {
		.confidence = 1 - (alpha > 0 ? alpha : DECLARED_USUAL_ALPHA)};
	int status = -1;

	if (earlier_models(comparison, &options, e) == 0 &&
		both_models(comparison, &options, e) == 0 &&
		compare_pair_targets(&build, base, newer, e) == 0 &&
		compare_ask_declared(&build, e) == 0 &&
		settle_options(&comparison->options, e) == 0 && compare_match(&build, e) == 0)
		status = compare_judge(&build, e);
	build_free(&build);
	return status;
}

/* A file name need not be UTF-8, but every format is. */
static const char *clean_label(struct comparison *comparison, const char *label)
{
	struct text clean = {0};

	text_add_clean(&clean, label);
	return compare_keep(comparison, text_take(&clean));
}

int compare_new(const struct compare_source *base, const struct compare_source *newer,
	const struct compare_options *options, struct comparison **out, struct error *e)
{
	struct comparison *comparison = mem_new(1, sizeof(*comparison));

	*comparison = (struct comparison){
		.base = base->data,
		.newer = newer->data,
		.options = *options,
	};
	comparison->base_label = clean_label(comparison, base->label);
	comparison->new_label = clean_label(comparison, newer->label);
	if (options->remark)
		compare_note(comparison, str_dup(options->remark));
	if (make(comparison, base, newer, e) < 0) {
		compare_free(comparison);
		return -1;
	}
	*out = comparison;
	return 0;
}
