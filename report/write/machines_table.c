/* The tables of the machines: first what differs between the targets, then what each ran on and all
 * that is known. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* "value (targets); value (targets)" of the lines of one fact from first on; *next: the next
 * fact. */
static char *different_text(
	const struct report_fact *facts, size_t count, size_t first, size_t *next)
{
	struct text text = {0};
	size_t i;

	for (i = first; i < count && strcmp(facts[i].name, facts[first].name) == 0; i++)
		text_addf(&text, "%s%s (%s)", i > first ? "; " : "", facts[i].value,
			facts[i].targets);
	*next = i;
	return text_take(&text);
}

static void make_differences(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {{"fact", COLUMN_WHOLE}, {"by target", 0}};
	struct table *table;

	if (!model->difference_count)
		return;
	table = sections_add(out, str_dup("Machines: what differs"));
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0, next; i < model->difference_count; i = next) {
		cleanup_free char *text =
			different_text(model->differences, model->difference_count, i, &next);
		table_add_cell(table, TONE_PLAIN, model->differences[i].name);
		table_add_cell(table, TONE_PLAIN, text);
	}
}

/* A line per target: what it ran on. */
static void make_software(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"host environment", 0},
		{"host kernel", 0},
		{"hypervisor", 0},
		{"kernel", 0},
		{"CPU", COLUMN_WHOLE},
	};
	struct table *table;

	if (!model->data->machine_count)
		return;
	table = sections_add(out, str_dup("What each target ran on"));
	table->detail = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t t = 0; t < model->target_count; t++) {
		const char *const *facts = model->target_facts[t];
		const char *version = facts[FACT_HYPERVISOR_VERSION];
		cleanup_free char *hypervisor = str_printf(
			"%s%s%s", facts[FACT_HYPERVISOR], version[0] ? " " : "", version);
		table_add_cell(table, TONE_PLAIN, model->targets[t].name);
		table_add_cell(table, TONE_PLAIN, model->environments[t]);
		table_add_cell(table, TONE_PLAIN, facts[FACT_HOST_KERNEL]);
		table_add_cell(table, TONE_PLAIN, hypervisor);
		table_add_cell(table, TONE_PLAIN, facts[FACT_KERNEL]);
		table_add_cell(table, model->targets[t].emulated ? TONE_WARN : TONE_PLAIN,
			words_emulation(model->targets[t].emulated, model->targets[t].is_known));
	}
}

static void make_facts(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"fact", COLUMN_WHOLE},
		{"targets", 0},
		{"value", 0},
	};
	struct table *table;

	if (!model->fact_count)
		return;
	table = sections_add(out, str_dup("Machines"));
	table->detail = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->fact_count; i++) {
		const struct report_fact *fact = &model->facts[i];
		bool again = i && strcmp(model->facts[i - 1].name, fact->name) == 0;
		(again ? table_add_again : table_add_cell)(table, TONE_PLAIN, fact->name);
		table_add_cell(table, TONE_PLAIN, fact->targets);
		table_add_cell(table, TONE_PLAIN, fact->value);
	}
}

void sections_add_machines(const struct report_model *model, struct sections *out)
{
	make_differences(model, out);
	make_software(model, out);
	make_facts(model, out);
}
