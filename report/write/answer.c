/* The answer: a sentence for every target, from the headlines alone. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* A headline of a target. */
struct found {
	const struct report_group *group;
	const struct report_row *row; /* NULL: none */
	const struct report_value *value;
};

/* What the headlines of one target come to. */
struct tally {
	size_t compared, worse, better, undecided, missing, emulated, network, kernel;
	size_t blocks; /* the fewest behind any of them */
	struct found most, least; /* of those that are worse */
};

static void count_value(struct tally *tally, const struct found *found)
{
	const struct report_value *value = found->value;
	const struct report_cell *cell = value->cell;

	if (!value->compared) {
		tally->missing++;
		return;
	}
	tally->compared++;
	tally->emulated += cell->emulated;
	tally->network += cell->network_differs;
	tally->kernel += cell->kernel_differs;
	tally->better += value->decided < 0;
	tally->undecided += value->decided == 0;
	if (tally->blocks == 0 || value->change.blocks < tally->blocks)
		tally->blocks = value->change.blocks;
	if (value->decided <= 0)
		return;
	tally->worse++;
	if (found->row->metric->additive)
		return;
	if (!tally->most.row || value->cost > tally->most.value->cost)
		tally->most = *found;
	if (!tally->least.row || value->cost < tally->least.value->cost)
		tally->least = *found;
}

static void count_all(const struct report_model *model, size_t target, struct tally *tally)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_row *row = &model->groups[g].rows[i];
			const struct found found = {&model->groups[g], row, &row->values[target]};
			if (found.value->headline)
				count_value(tally, &found);
		}
}

/* "×24.7 (mpi-pingpong latency at 0 B, 1x2)" */
static void add_found(const struct found *found, struct text *out)
{
	cleanup_free char *metric = table_metric_text(found->row);
	char number[WORDS_BYTES];

	text_addf(out, "%s (%s %s, %s)", words_cost(found->value, found->row->metric, number),
		found->group->benchmark, metric, found->group->placement);
}

static void add_costs(const struct tally *tally, struct text *out)
{
	if (tally->compared == 0) {
		text_add(out, "nothing can be compared.");
		return;
	}
	if (tally->worse == 0 && tally->better == 0) {
		text_addf(out, "undecided in all %zu headlines over %zu block%s: measure more.",
			tally->compared, tally->blocks, tally->blocks == 1 ? "" : "s");
		return;
	}
	text_addf(out, "slower in %zu of %zu headlines", tally->worse, tally->compared);
	if (tally->most.row) {
		text_add(out, tally->worse > 1 ? ", up to " : ", by ");
		add_found(&tally->most, out);
	}
	if (tally->least.row && tally->least.row != tally->most.row) {
		text_add(out, ", at least ");
		add_found(&tally->least, out);
	}
	if (tally->better)
		text_addf(out, "; faster in %zu", tally->better);
	if (tally->undecided)
		text_addf(
			out, "; undecided in %zu over %zu blocks", tally->undecided, tally->blocks);
	text_add(out, ".");
}

static void add_caveats(const struct tally *tally, struct text *out)
{
	if (tally->emulated)
		text_add(out, " Its CPU is emulated: this says nothing about hardware.");
	if (tally->network)
		text_addf(out,
			" In %zu (net) its machines talk over a network, the baseline inside one "
			"machine.",
			tally->network);
	if (tally->kernel)
		text_add(out, " Its kernel is another (ker).");
	if (tally->missing)
		text_addf(
			out, " %zu headlines were not measured or not comparable.", tally->missing);
}

void sections_add_answer(const struct report_model *model, struct sections *out)
{
	struct table *table;

	if (model->target_count < 2)
		return;
	table = sections_add(out, str_printf("Answer: what each target costs, against %s",
					  model->targets[model->baseline].name));
	table_add_column(table, "", "target", COLUMN_WHOLE);
	table_add_column(table, "", "answer", 0);
	for (size_t t = 0; t < model->target_count; t++) {
		cleanup_text struct text answer = {0};
		struct tally tally = {0};
		if (t == model->baseline)
			continue;
		count_all(model, t, &tally);
		add_costs(&tally, &answer);
		add_caveats(&tally, &answer);
		table_add_cell(table, TONE_PLAIN, model->targets[t].name);
		table_add_cell(table, TONE_PLAIN, answer.bytes);
	}
}
