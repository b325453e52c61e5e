/* The tables of the machines: first what differs between the targets, then what each ran on and all
 * that is known. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* How many names a list has: "native, container". */
static size_t count_names(const char *list)
{
	size_t count = 1;

	while ((list = strstr(list, ", ")))
		count++, list += strlen(", ");
	return count;
}

/* "value (targets); value (targets)" of the lines of one fact from first on, the last for "others"
 * if these are all there are; *next: the next fact. */
static char *different_text(const struct report_model *model, size_t first, size_t *next)
{
	const struct report_fact *facts = model->differences;
	struct text text = {0};
	size_t end = first, named = 0;

	for (; end < model->difference_count && strcmp(facts[end].name, facts[first].name) == 0;
		end++)
		named += count_names(facts[end].targets);
	for (size_t i = first; i < end; i++) {
		bool others = i > first && i + 1 == end && named == model->target_count &&
			      count_names(facts[i].targets) > 1;
		text_addf(&text, "%s%s (%s)", i > first ? "; " : "", facts[i].value,
			others ? "others" : facts[i].targets);
	}
	*next = end;
	return text_take(&text);
}

/* "5 differ: spectre_v2, retbleed …": the members of one fact from first on; *next: what follows
 * them. */
static char *members_text(const struct report_fact *facts, size_t count, size_t first, size_t *next)
{
	cleanup_text struct text names = {0};
	size_t members = 0, i;

	for (i = first; i < count && facts[i].of == facts[first].of; i++)
		if (i == first || strcmp(facts[i].name, facts[i - 1].name) != 0)
			text_addf(&names, "%s%s", members++ ? ", " : "", facts[i].member);
	*next = i;
	return str_printf("%zu differ%s: %s", members, members == 1 ? "s" : "", names.bytes);
}

static struct table *add_differences(struct sections *out, const char *title)
{
	static const struct plain_column columns[] = {{"fact", COLUMN_WHOLE}, {"by target", 0}};
	struct table *table = sections_add(out, str_dup(title));

	table_add_columns(table, columns, ARRAY_COUNT(columns));
	return table;
}

/* A line per fact. */
static void make_differences(const struct report_model *model, struct sections *out)
{
	const struct report_fact *all = model->differences;
	size_t count = model->difference_count;

	if (!count)
		return;
	struct table *table = add_differences(out, "Machines: what differs");
	for (size_t i = 0, next; i < count; i = next) {
		cleanup_free char *text = all[i].of ? members_text(all, count, i, &next)
						    : different_text(model, i, &next);
		table_add_cell(table, TONE_PLAIN, all[i].of ? all[i].of : all[i].name);
		table_add_cell(table, TONE_PLAIN, text);
	}
}

/* Mitigations and options of guests, a line each. */
static void make_members(const struct report_model *model, struct sections *out)
{
	const struct report_fact *all = model->differences;
	struct table *table = NULL;

	for (size_t i = 0, next; i < model->difference_count; i = next) {
		cleanup_free char *text = different_text(model, i, &next);
		if (!all[i].of)
			continue;
		if (!table) {
			table = add_differences(out, "Machines: what differs, one by one");
			table->detail = true;
		}
		table_add_cell(table, TONE_PLAIN, all[i].name);
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
	make_members(model, out);
	make_software(model, out);
	make_facts(model, out);
}
