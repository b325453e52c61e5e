/* The headlines against the targets: of the whole campaign (the overview), and of one area with
 * their intervals (its comparison). Marks stand once: at the column or the line that they hold for,
 * in a cell only what is true of that cell alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* --- footnotes ------------------------------------------------------------------------- */

static const char *const digits[] = {"¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

/* What the marks of one table mean, numbered as they are first used. */
struct notes {
	const char *texts[ARRAY_COUNT(digits)];
	size_t count;
};

static const char network_note[] = "over a network; the baseline is one machine (shared memory)";

static size_t number_of(struct notes *notes, const char *text)
{
	size_t i = 0;

	while (i < notes->count && notes->texts[i] != text)
		i++;
	if (i == notes->count)
		notes->texts[notes->count++] = text;
	return i;
}

static const char *mark(struct notes *notes, const char *text)
{
	return digits[number_of(notes, text)];
}

static const char *kind_note(bool emulated, bool kernel)
{
	static const char *const texts[2][2] = {
		{NULL, "other kernel"}, {"emulated CPU", "emulated CPU, other kernel"}};

	return texts[emulated][kernel];
}

/* --- the lines ------------------------------------------------------------------------- */

/* What went wrong in runs behind a value, as bits, and what a footnote says of it. */
static const struct {
	unsigned bit;
	const char *note;
} disturbances[] = {
	{1, "clock suspect"},
	{2, "busy: others used the CPUs in some runs"},
	{4, "throttled: the CPUs were slowed down in some runs"},
};

static unsigned disturbed(const struct report_value *value)
{
	return (value->flagged ? 1 : 0) | (value->marks & RUN_BUSY ? 2 : 0) |
	       (value->marks & RUN_THROTTLED ? 4 : 0);
}

/* A table being made. */
struct overview {
	const struct report_model *model;
	const struct report_area *area; /* of a comparison; NULL: all */
	struct table *table;
	struct notes notes;
	bool *emulated, *kernel; /* by target: all of its numbers */
	unsigned *disturbed; /* likewise, bits */
	unsigned everywhere; /* bits that hold for all of several columns: said once, below */
};

static bool is_headline(const struct report_row *row)
{
	return row->values[0].headline;
}

/* Over all headlines of the table: whether every measured one of the target is so. */
static void mark_columns(struct overview *o)
{
	const struct report_model *model = o->model;

	for (size_t t = 0; t < model->target_count; t++) {
		size_t measured = 0, emulated = 0, compared = 0, kernel = 0;
		unsigned all_disturbed = ~0U;
		for (size_t g = 0; g < model->group_count; g++)
			for (size_t i = 0; i < model->groups[g].row_count; i++) {
				const struct report_value *value =
					&model->groups[g].rows[i].values[t];
				if (!value->headline)
					continue;
				measured += value->block_count > 0;
				emulated += value->block_count && value->cell->emulated;
				if (value->block_count)
					all_disturbed &= disturbed(value);
				compared += value->compared;
				kernel += value->compared && value->cell->kernel_differs;
			}
		o->emulated[t] = measured && emulated == measured;
		o->disturbed[t] = measured ? all_disturbed : 0;
		o->kernel[t] = compared && kernel == compared;
	}
	o->everywhere = model->target_count > 1 ? ~0U : 0;
	for (size_t t = 0; t < model->target_count; t++)
		o->everywhere &= o->disturbed[t];
}

/* Whether every comparison of the line, and there is one, is of a network with none. */
static bool is_network_row(const struct report_model *model, const struct report_row *row)
{
	size_t compared = 0, network = 0;

	for (size_t t = 0; t < model->target_count; t++) {
		compared += row->values[t].compared;
		network += row->values[t].compared && row->values[t].cell->network_differs;
	}
	return compared && network == compared;
}

static bool is_network_area(const struct report_model *model, const struct report_area *area)
{
	bool all = true, any = false;

	for (size_t k = 0; k < area->group_count; k++) {
		const struct report_group *group = &model->groups[area->groups[k]];
		for (size_t i = 0; i < group->row_count; i++) {
			if (!is_headline(&group->rows[i]))
				continue;
			any = true;
			all = all && is_network_row(model, &group->rows[i]);
		}
	}
	return any && all;
}

/* Adds marks, a bit each, in the order of their numbers, apart from each other and from what looks
 * like one. */
static void add_marks(unsigned marks, struct text *out)
{
	bool apart = false;

	for (size_t i = 0; out->count && i < ARRAY_COUNT(digits); i++) {
		size_t length = strlen(digits[i]);
		apart |= out->count > length &&
			 strcmp(out->bytes + out->count - length, digits[i]) == 0;
	}
	for (size_t i = 0; i < ARRAY_COUNT(digits); i++)
		if (marks >> i & 1) {
			text_addf(out, "%s%s", apart ? "·" : "", digits[i]);
			apart = true;
		}
}

static unsigned mark_bit(struct notes *notes, const char *note)
{
	return 1U << number_of(notes, note);
}

static unsigned disturbance_marks(struct notes *notes, unsigned bits)
{
	unsigned marks = 0;

	for (size_t i = 0; i < ARRAY_COUNT(disturbances); i++)
		if (bits & disturbances[i].bit)
			marks |= mark_bit(notes, disturbances[i].note);
	return marks;
}

/* The marks of what is true of this cell alone. */
static void add_cell_marks(
	struct overview *o, const struct report_row *row, size_t target, struct text *out)
{
	const struct report_value *value = &row->values[target];
	const struct report_cell *cell = value->cell;
	bool emulated = cell->emulated && !o->emulated[target];
	bool kernel = cell->kernel_differs && !o->kernel[target];

	unsigned marks = 0;
	if (kind_note(emulated, kernel))
		marks |= mark_bit(&o->notes, kind_note(emulated, kernel));
	if (cell->network_differs && value->compared && !is_network_row(o->model, row))
		marks |= mark_bit(&o->notes, network_note);
	marks |= disturbance_marks(&o->notes, disturbed(value) & ~o->disturbed[target]);
	add_marks(marks, out);
}

static void add_baseline_cell(struct overview *o, const struct report_row *row)
{
	const struct report_value *value = &row->values[o->model->baseline];
	cleanup_text struct text text = {0};
	char number[WORDS_BYTES];

	if (value->block_count)
		text_add(&text, number_with_unit(value->value.estimate, row->metric->unit, number));
	else
		text_add(&text, report_status_text(value->status));
	add_cell_marks(o, row, o->model->baseline, &text);
	table_add_cell(o->table, TONE_DIM, text.bytes)->order = value->value.estimate;
}

static bool has_value(const struct report_value *value)
{
	return !value->cell->refused && value->status == REPORT_MEASURED && value->block_count;
}

static void add_cells(struct overview *o, const struct report_row *row, size_t target)
{
	const struct report_value *value = &row->values[target];
	cleanup_text struct text text = {0};
	char number[WORDS_BYTES];

	if (value->compared) {
		text_add(&text, words_cost(value, row->metric, number));
		add_cell_marks(o, row, target, &text);
		struct cell_text *cell = table_add_cell(o->table, table_tone(value), text.bytes);
		cell->value = value;
		cell->metric = row->metric;
		cell->order = table_order(value, row->metric);
	} else if (has_value(value)) {
		/* Without a ratio, as where the baseline has no value. */
		text_add(&text, number_with_unit(value->value.estimate, row->metric->unit, number));
		add_cell_marks(o, row, target, &text);
		table_add_cell(o->table, TONE_DIM, text.bytes);
	} else {
		table_add_cell(o->table, TONE_WARN, table_absent_text(value));
	}
	if (o->area)
		table_add_cell(o->table, TONE_DIM, words_interval(value, row->metric, number));
}

static void add_line(struct overview *o, const struct report_area *area, const char *where,
	const struct report_group *group, const struct report_row *row, bool first)
{
	const struct report_model *model = o->model;
	cleanup_free char *label = label_row(model, group, row, NULL);
	bool marked = is_network_row(model, row) && (o->area || !is_network_area(model, area));
	cleanup_free char *name =
		str_printf("%s%s", label, marked ? mark(&o->notes, network_note) : "");

	if (!o->area)
		(first ? table_add_cell : table_add_again)(o->table, TONE_PLAIN, where);
	table_add_cell(o->table, TONE_PLAIN, name);
	add_baseline_cell(o, row);
	for (size_t t = 0; t < model->target_count; t++)
		if (t != model->baseline)
			add_cells(o, row, t);
}

static void add_area(struct overview *o, const struct report_area *area)
{
	const struct report_model *model = o->model;
	bool network = !o->area && is_network_area(model, area), first = true;
	cleanup_free char *where =
		label_area(model, area, network ? mark(&o->notes, network_note) : "");

	for (size_t k = 0; k < area->group_count; k++) {
		const struct report_group *group = &model->groups[area->groups[k]];
		for (size_t i = 0; i < group->row_count; i++) {
			if (!is_headline(&group->rows[i]))
				continue;
			add_line(o, area, where, group, &group->rows[i], first);
			first = false;
		}
	}
}

/* --- the table ------------------------------------------------------------------------- */

static void add_columns(struct overview *o)
{
	const struct report_model *model = o->model;
	cleanup_free char *interval = str_printf("%g %% interval", 100 * model->options.confidence);

	if (!o->area)
		table_add_column(o->table, "", "", COLUMN_REPEATED | COLUMN_WHOLE);
	table_add_column(o->table, "", "headline", COLUMN_REPEATED);
	for (int others = 0; others <= 1; others++)
		for (size_t t = 0; t < model->target_count; t++) {
			const char *note = kind_note(o->emulated[t], o->kernel[t]);
			if ((t != model->baseline) != others)
				continue;
			cleanup_text struct text heading = {0};
			text_add(&heading, model->targets[t].name);
			unsigned marks = note ? mark_bit(&o->notes, note) : 0;
			marks |= disturbance_marks(&o->notes, o->disturbed[t] & ~o->everywhere);
			add_marks(marks, &heading);
			const char *name = heading.bytes;
			if (!others)
				table_add_column(
					o->table, "", name, COLUMN_RIGHT | COLUMN_REPEATED);
			else if (!o->area)
				table_add_column(o->table, "", name, COLUMN_RIGHT);
			else {
				table_add_column(o->table, name, "slowdown", COLUMN_RIGHT);
				table_add_column(
					o->table, name, interval, COLUMN_NUMBER | COLUMN_OPTIONAL);
			}
		}
}

static bool has_undecided(const struct table *table)
{
	for (size_t i = 0; i < table->cell_count; i++)
		if (table->cells[i].value && words_undecided(table->cells[i].value))
			return true;
	return false;
}

static char *footnotes_text(const struct overview *o)
{
	struct text text = {0};

	text_add(&text, "");
	if (has_undecided(o->table) && o->model->decision)
		text_add(&text, "~ undecided at the last look");
	else if (has_undecided(o->table))
		text_addf(&text, "~ undecided (%g %% confidence for all headlines together)",
			100 * o->model->options.confidence);
	for (size_t i = 0; i < ARRAY_COUNT(disturbances); i++)
		if (o->everywhere & disturbances[i].bit)
			text_addf(&text, "%s* all columns: %s", text.count ? "\n" : "",
				disturbances[i].note);
	for (size_t i = 0; i < o->notes.count; i++)
		text_addf(&text, "%s%s %s", text.count ? "\n" : "", digits[i], o->notes.texts[i]);
	return text_take(&text);
}

static struct overview overview_begin(
	const struct report_model *model, const struct report_area *area, struct table *table)
{
	struct overview o = {
		.model = model,
		.area = area,
		.table = table,
		.emulated = mem_new(model->target_count + 1, sizeof(bool)),
		.kernel = mem_new(model->target_count + 1, sizeof(bool)),
		.disturbed = mem_new(model->target_count + 1, sizeof(unsigned)),
	};

	mark_columns(&o);
	add_columns(&o);
	return o;
}

static void overview_end(struct overview *o)
{
	o->table->footnotes = footnotes_text(o);
	free(o->emulated);
	free(o->kernel);
	free(o->disturbed);
}

void sections_add_overview(const struct report_model *model, struct sections *out)
{
	struct table *table = sections_add(
		out, str_printf("Slowdown against %s", model->targets[model->baseline].name));
	struct overview o = overview_begin(model, NULL, table);

	table->kind = TABLE_OVERVIEW;
	for (size_t i = 0; i < model->area_count; i++)
		add_area(&o, &model->areas[i]);
	overview_end(&o);
}

static bool has_headline(const struct report_model *model, const struct report_area *area)
{
	for (size_t k = 0; k < area->group_count; k++)
		for (size_t i = 0; i < model->groups[area->groups[k]].row_count; i++)
			if (is_headline(&model->groups[area->groups[k]].rows[i]))
				return true;
	return false;
}

void sections_add_comparison(
	const struct report_model *model, const struct report_area *area, struct sections *out)
{
	if (!has_headline(model, area))
		return;
	struct table *table = sections_add(out, label_area(model, area, ""));
	struct overview o = overview_begin(model, area, table);
	cleanup_free char *shared = label_shared(model, area);
	cleanup_free char *blocks = table_group_note(model, &model->groups[area->groups[0]]);
	table->note = str_printf("%s%s%s", shared, shared[0] ? ". " : "", blocks);
	table->note_needed = true;
	table->kind = TABLE_COMPARISON;
	table->area = area;
	table->detail = true;
	add_area(&o, area);
	overview_end(&o);
}
