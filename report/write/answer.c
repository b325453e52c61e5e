/* The answer: a sentence for every target, from the headlines alone; where there is one target, a
 * sentence for every value of what was varied. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Busy runs are worth a sentence from this part of them on: a fourth. */
enum { BUSY_PART = 4, REASON_MAX_WIDTH = 200 };

/* A headline of a target. */
struct found {
	const struct report_group *group;
	const struct report_row *row; /* NULL: none */
	const struct report_value *value;
};

/* What the headlines of one target come to. */
struct tally {
	size_t compared, worse, better, settled, undecided, missing, emulated, unknown, network,
		kernel;
	size_t blocks; /* the fewest behind an undecided one */
	/* Of the undecided ones: how many would be decided with how many blocks at the most. */
	size_t decidable, blocks_needed;
	struct found most, least; /* of those that are worse */
	struct found highest, lowest; /* of all */
};

static void widen(struct found *low, struct found *high, const struct found *found)
{
	if (!high->row || found->value->cost > high->value->cost)
		*high = *found;
	if (!low->row || found->value->cost < low->value->cost)
		*low = *found;
}

static void count_value(struct tally *tally, const struct found *found)
{
	const struct report_value *value = found->value;
	const struct report_cell *cell = value->cell;

	if (!value->compared) {
		tally->missing += cell->planned_runs > 0 || cell->status != REPORT_NOT_MEASURED;
		return;
	}
	tally->compared++;
	tally->emulated += cell->emulated;
	tally->unknown += !cell->emulated && !cell->emulation_known;
	tally->network += cell->network_differs;
	tally->kernel += cell->kernel_differs;
	tally->better += value->decided < 0;
	tally->settled += value->settled;
	tally->undecided += words_undecided(value);
	tally->decidable += value->blocks_needed > 0;
	if (value->blocks_needed > tally->blocks_needed)
		tally->blocks_needed = value->blocks_needed;
	if (words_undecided(value) && (tally->blocks == 0 || value->change.blocks < tally->blocks))
		tally->blocks = value->change.blocks;
	tally->worse += value->decided > 0;
	if (found->row->metric->additive)
		return;
	widen(&tally->lowest, &tally->highest, found);
	if (value->decided > 0)
		widen(&tally->least, &tally->most, found);
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

/* "×24.7 (MPI 1x2, pingpong latency at 0 B)" */
static void add_found(const struct report_model *model, const struct found *found, struct text *out)
{
	const struct report_area *area = label_area_of(model, found->group);
	cleanup_free char *where = label_area(model, area, "");
	cleanup_free char *label = label_row(model, found->group, found->row, NULL);
	char number[WORDS_BYTES];

	text_addf(out, "%s (%s, %s)", words_cost(found->value, found->row->metric, number), where,
		label);
}

/* What more blocks would do. */
static void add_undecided(
	const struct report_model *model, const struct tally *tally, struct text *out)
{
	bool all = tally->undecided == tally->compared;

	text_add(out, "ndecided");
	if (tally->compared > 1)
		text_addf(out, " in %s%zu", all ? "all " : "", tally->undecided);
	text_addf(out, " over %zu block%s", tally->blocks, tally->blocks == 1 ? "" : "s");
	if (model->decision)
		return;
	if (tally->blocks < MODEL_FEWEST_PAIRS)
		text_add(out, " (3 are the fewest that decide)");
	else if (tally->decidable && tally->undecided == 1)
		text_addf(out, " (%zu blocks would decide it)", tally->blocks_needed);
	else if (tally->decidable)
		text_addf(out, " (%zu blocks would decide about %zu of these)",
			tally->blocks_needed, tally->decidable);
	else
		text_addf(out, " (not decidable with %d blocks on this host)", MODEL_MOST_BLOCKS);
}

static void add_worse(const struct report_model *model, const struct tally *tally, struct text *out)
{
	if (tally->compared == 1)
		text_add(out, "slower");
	else if (tally->worse == tally->compared)
		text_addf(out, "slower in all %zu headlines", tally->worse);
	else
		text_addf(out, "slower in %zu of %zu headlines", tally->worse, tally->compared);
	if (tally->least.row && tally->least.row != tally->most.row) {
		text_add(out, ", by ");
		add_found(model, &tally->least, out);
		text_add(out, " to ");
		add_found(model, &tally->most, out);
	} else if (tally->most.row) {
		text_add(out, ", by ");
		add_found(model, &tally->most, out);
	}
}

/* Without "~": the sentence says it. */
static const char *bare_cost(const struct found *found, char buffer[WORDS_BYTES])
{
	struct report_value value = *found->value;

	value.headline = false;
	return words_cost(&value, found->row->metric, buffer);
}

static void add_costs(const struct report_model *model, const struct tally *tally, struct text *out)
{
	if (tally->compared == 0) {
		text_add(out, "nothing can be compared.");
		return;
	}
	if (tally->worse)
		add_worse(model, tally, out);
	if (tally->better)
		text_addf(out, "%sfaster in %zu", tally->worse ? "; " : "", tally->better);
	if (tally->settled)
		text_addf(out, "%sno change that matters in %zu",
			tally->worse || tally->better ? "; " : "", tally->settled);
	if (tally->undecided) {
		text_add(out, tally->worse || tally->better || tally->settled ? "; u" : "u");
		add_undecided(model, tally, out);
	}
	if (!tally->worse && !tally->better && tally->highest.row) {
		char low[WORDS_BYTES], high[WORDS_BYTES];
		bare_cost(&tally->lowest, low);
		bare_cost(&tally->highest, high);
		if (tally->lowest.row == tally->highest.row)
			text_addf(out, ": %s", low);
		else
			text_addf(out, ": %s to %s", low, high);
	}
	text_add(out, ".");
}

static void add_missing(const struct tally *tally, struct text *out)
{
	if (tally->missing)
		text_addf(out, " %zu headline%s not measured or not comparable.", tally->missing,
			tally->missing == 1 ? " was" : "s were");
}

/* Why nothing of the target can be compared: the first thing that is missing of it. */
static void add_reason(const struct report_model *model, size_t target, struct text *out)
{
	for (size_t i = 0; i < model->problem_count; i++) {
		const struct report_problem *problem = &model->problems[i];
		cleanup_text struct text line = {0};
		if (strcmp(problem->target, model->targets[target].name) != 0 || !problem->reason ||
			!*problem->reason)
			continue;
		words_add_line(&line, problem->reason);
		size_t bytes = utf8_prefix(line.bytes, REASON_MAX_WIDTH);
		text_addf(out, " %s: %.*s%s", problem->what, (int)bytes, line.bytes,
			line.bytes[bytes] ? "…" : ".");
		return;
	}
}

static void add_failures(const struct report_model *model, size_t target, struct text *out)
{
	unsigned failed = 0, planned = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		failed += model->groups[g].cells[target].failed_runs;
		planned += model->groups[g].cells[target].planned_runs;
	}
	if (failed)
		text_addf(out, " %u of %u runs failed: see Missing.", failed, planned);
}

/* The worst caveat stands first. */
static void add_emulated(const struct tally *tally, struct text *out)
{
	if (tally->emulated)
		text_add(out, "Emulated CPU: says nothing about hardware virtualization. ");
}

/* --- what may be so for every target: said once then ------------------------------------ */

/* Sentences of a target, each with a blank behind it, or "". The caller's. */
typedef char *(*sentences_fn)(const struct report_model *model, size_t target);

static char *unknown_text(const struct report_model *model, size_t target)
{
	struct tally tally = {0};

	count_all(model, target, &tally);
	return str_dup(
		tally.unknown && !tally.emulated ? "not known whether the CPU is emulated. " : "");
}

static char *network_text(const struct report_model *model, size_t target)
{
	struct tally tally = {0};

	count_all(model, target, &tally);
	if (!tally.network)
		return str_dup("");
	return str_printf("%zu of %zu compare a network with one machine (shared memory). ",
		tally.network, tally.compared);
}

/* Runs in which others used the CPUs, where that is more than a few. */
static char *busy_text(const struct report_model *model, size_t target)
{
	for (size_t i = 0; i < model->honesty_count; i++) {
		const struct report_honesty *honesty = &model->honesties[i];
		if (honesty->target == target && honesty->busy_runs * BUSY_PART > honesty->runs)
			return str_printf("others used the CPUs in %zu of %zu runs. ",
				honesty->busy_runs, honesty->runs);
	}
	return str_dup("");
}

static const sentences_fn caveats[] = {unknown_text, network_text, busy_text};
enum { UNKNOWN, NETWORK, BUSY, CAVEATS };

/* What the sentences are where every one of two and more targets has the same; else "". */
static char *text_of_all(const struct report_model *model, sentences_fn text_of)
{
	char *same = NULL;
	size_t count = 0;

	for (size_t t = 0; t < model->target_count; t++) {
		if (t == model->baseline)
			continue;
		cleanup_free char *own = text_of(model, t);
		if (count++ == 0)
			same = str_dup(own);
		else if (strcmp(same, own) != 0)
			same[0] = '\0';
	}
	if (count > 1)
		return same;
	free(same);
	return str_dup("");
}

/* Unless it is said of all. */
static void add_own(const struct report_model *model, int caveat, size_t target,
	char *const of_all[CAVEATS], struct text *out)
{
	cleanup_free char *own = caveats[caveat](model, target);

	if (!*of_all[caveat])
		text_add(out, own);
}

/* Sentences begin with a capital. */
static void raise_first(struct text *text)
{
	for (size_t i = 0; i < text->count; i++)
		if ((i == 0 || (i > 1 && text->bytes[i - 2] == '.' && text->bytes[i - 1] == ' ')) &&
			text->bytes[i] >= 'a' && text->bytes[i] <= 'z')
			text->bytes[i] = (char)(text->bytes[i] - 'a' + 'A');
}

/* Without blanks at the end. */
static void end_text(struct text *text)
{
	while (text->count && text->bytes[text->count - 1] == ' ')
		text->bytes[--text->count] = '\0';
}

/* What the campaign decided about the target, where that is not against the baseline; both
 * comparisons then say against what they are. */
static void add_decision(const struct report_model *model, size_t target, struct text *out)
{
	const char *base = NULL;
	struct tally tally = {0};

	for (size_t i = 0; i < model->variation_count; i++) {
		const struct report_variation *v = &model->variations[i];
		const struct found found = {v->group, v->first_row, &v->shown};
		if (strcmp(v->key, DECISION_KEY) != 0 || v->shown_target != target)
			continue;
		base = v->first_value;
		count_value(&tally, &found);
	}
	if (!base)
		return;
	text_addf(out, "Against %s: ", base);
	add_costs(model, &tally, out);
	add_missing(&tally, out);
	text_addf(out, " Against %s: ", model->targets[model->baseline].name);
}

static void add_targets(
	const struct report_model *model, char *const of_all[CAVEATS], struct table *table)
{
	for (size_t t = 0; t < model->target_count; t++) {
		cleanup_text struct text answer = {0};
		struct tally tally = {0};
		if (t == model->baseline)
			continue;
		count_all(model, t, &tally);
		add_emulated(&tally, &answer);
		add_own(model, UNKNOWN, t, of_all, &answer);
		add_own(model, NETWORK, t, of_all, &answer);
		add_decision(model, t, &answer);
		add_costs(model, &tally, &answer);
		if (tally.compared)
			add_missing(&tally, &answer);
		else
			add_reason(model, t, &answer);
		add_failures(model, t, &answer);
		text_add(&answer, " ");
		add_own(model, BUSY, t, of_all, &answer);
		raise_first(&answer);
		end_text(&answer);
		table_add_cell(table, TONE_PLAIN, model->targets[t].name);
		table_add_cell(table, TONE_PLAIN, answer.bytes);
	}
}

/* --- one target ------------------------------------------------------------------------ */

/* A few headlines with their slowdowns: those of this key and value. */
static char *variation_text(const struct report_model *model, const char *key, const char *value)
{
	enum { NAMED_MAX = 4 };
	size_t count = 0, undecided = 0, missing = 0;
	struct text out = {0};

	text_add(&out, "");
	for (size_t i = 0; i < model->variation_count; i++) {
		const struct report_variation *v = &model->variations[i];
		char number[WORDS_BYTES];
		if (strcmp(v->key, key) != 0 || strcmp(v->value, value) != 0)
			continue;
		missing += !v->shown.compared;
		undecided += v->shown.compared && !v->shown.decided;
		count++;
		if (!v->shown.compared || count - missing > NAMED_MAX)
			continue;
		cleanup_free char *label = label_row(model, v->first, v->first_row, v->key);
		text_addf(&out, "%s%s %s", out.count ? ", " : "", label,
			words_cost(&v->shown, v->first_row->metric, number));
	}
	if (count - missing > NAMED_MAX)
		text_add(&out, " …");
	if (undecided)
		text_addf(&out, "; undecided in %zu of %zu", undecided, count);
	if (missing)
		text_addf(&out, "; %zu not measured", missing);
	return text_take(&out);
}

static bool is_first_of_value(const struct report_model *model, size_t index)
{
	const struct report_variation *all = model->variations;

	for (size_t i = 0; i < index; i++)
		if (strcmp(all[i].key, all[index].key) == 0 &&
			strcmp(all[i].value, all[index].value) == 0)
			return false;
	return true;
}

static void add_variations(const struct report_model *model, struct table *table)
{
	for (size_t i = 0; i < model->variation_count; i++) {
		const struct report_variation *v = &model->variations[i];
		if (!is_first_of_value(model, i))
			continue;
		cleanup_free char *name = label_value(model, v->key, v->value);
		cleanup_free char *origin = label_value(model, v->key, v->first_value);
		cleanup_free char *answer = variation_text(model, v->key, v->value);
		cleanup_free char *text = str_printf("%s; against %s.", answer, origin);
		table_add_cell(table, TONE_PLAIN, name);
		table_add_cell(table, TONE_PLAIN, text);
	}
}

/* How it was decided, and what is so for every target. NULL: nothing. */
static char *note_text(const struct report_model *model, char *const of_all[CAVEATS])
{
	struct text note = {0};
	bool any = false;

	if (model->decision)
		text_addf(&note, "%s ", model->decision);
	for (int c = 0; c < CAVEATS; c++)
		if (*of_all[c]) {
			text_add(&note, any ? "" : "For every target: ");
			text_add(&note, of_all[c]);
			any = true;
		}
	raise_first(&note);
	end_text(&note);
	return note.count ? text_take(&note) : NULL;
}

void sections_add_answer(const struct report_model *model, struct sections *out)
{
	const char *baseline = model->targets[model->baseline].name;
	bool alone = model->target_count < 2;
	struct table *table;

	if (alone && !model->variation_count)
		return;
	table = sections_add(
		out, alone ? str_printf("Answer: what each condition costs %s", baseline)
			   : str_printf("Answer: what each target costs, against %s", baseline));
	table->kind = TABLE_ANSWER;
	table_add_column(table, "", "", COLUMN_WHOLE);
	table_add_column(table, "", "", 0);
	if (alone) {
		add_variations(model, table);
		return;
	}
	char *of_all[CAVEATS];
	for (int c = 0; c < CAVEATS; c++)
		of_all[c] = text_of_all(model, caveats[c]);
	table->note = note_text(model, of_all);
	table->note_needed = table->note != NULL;
	add_targets(model, of_all, table);
	for (int c = 0; c < CAVEATS; c++)
		free(of_all[c]);
}
