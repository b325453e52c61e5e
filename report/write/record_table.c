/* The tables of what is missing or went wrong, and of the campaign's course. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Lines that a text on two screens has. */
enum { MISSING_SHOWN = 12, RECORD_SHOWN = 6 };

void sections_add_missing(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"benchmark", 0},
		{"what", COLUMN_WHOLE},
		{"count", COLUMN_RIGHT},
		{"why", 0},
	};
	struct table *table;

	if (!model->problem_count)
		return;
	table = sections_add(out, str_dup("Missing: skipped, failed, not measured"));
	table->shown_rows = MISSING_SHOWN;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->problem_count; i++) {
		const struct report_problem *problem = &model->problems[i];
		cleanup_free char *benchmark = str_printf("%s%s%s", problem->benchmark,
			problem->parameters[0] ? ", " : "", problem->parameters);
		cleanup_free char *count =
			problem->of ? str_printf("%u of %u", problem->count, problem->of)
				    : str_dup("");
		table_add_cell(table, TONE_PLAIN, problem->target);
		table_add_cell(table, TONE_PLAIN, problem->placement);
		table_add_cell(table, TONE_PLAIN, benchmark);
		table_add_cell(table, TONE_WARN, problem->what);
		table_add_cell(table, TONE_PLAIN, count);
		table_add_cell(table, TONE_PLAIN, problem->reason);
	}
}

/* How long things took is for report --timing. */
static bool is_timing(const struct data_event *event)
{
	static const char *const kinds[] = {"prepared", "environment", "machines", "stopped"};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(event->kind, kinds[i]) == 0)
			return true;
	return false;
}

/* When the campaign ended; 0: it did not, or went on. */
static int64_t finished_ns(const struct store_data *data)
{
	const struct data_event *last = NULL;

	for (size_t i = 0; i < data->event_count; i++)
		if (!is_timing(&data->events[i]))
			last = &data->events[i];
	return last && strcmp(last->kind, "finished") == 0 ? last->time_ns : 0;
}

/* The note says both. */
static bool is_usual(const struct data_event *event)
{
	return strcmp(event->kind, "started") == 0 || strcmp(event->kind, "finished") == 0;
}

static char *record_note(const struct report_model *model)
{
	enum { TO_THE_MINUTE = CLOCK_DATE_BYTES + 6 };
	int64_t finished = finished_ns(model->data);
	char when[CLOCK_TEXT_BYTES];
	struct text note = {0};

	text_addf(&note, "Campaign %s, tare ", model->campaign_id);
	words_add_line(&note, model->tare_version);
	text_addf(&note, ", started %s", model->started);
	if (finished) {
		clock_utc_text(finished, when)[CLOCK_DATE_BYTES] = ' ';
		text_addf(&note, ", finished %.*s UTC", TO_THE_MINUTE, when);
	}
	text_addf(&note, ", seed %llu", (unsigned long long)model->data->seed);
	if (model->image_digest[0]) {
		text_add(&note, ", image ");
		words_add_line(&note, model->image_digest);
	}
	text_add(&note, ".");
	return text_take(&note);
}

void sections_add_record(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"time (UTC)", COLUMN_WHOLE},
		{"what", 0},
		{"", 0},
	};
	const struct store_data *data = model->data;
	struct table *table;

	if (!data->started_ns)
		return;
	table = sections_add(out, str_dup("Record of the campaign"));
	table->shown_rows = RECORD_SHOWN;
	table->note = record_note(model);
	table->note_needed = true;
	table->rows_detail = finished_ns(data) > 0;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < data->event_count; i++) {
		const struct data_event *event = &data->events[i];
		cleanup_text struct text kind = {0}, text = {0};
		char when[CLOCK_TEXT_BYTES];
		if (is_timing(event))
			continue;
		table->rows_detail = table->rows_detail && is_usual(event);
		clock_utc_text(event->time_ns, when)[CLOCK_DATE_BYTES] = ' ';
		text_add_clean(&kind, event->kind);
		text_add_clean(&text, event->text);
		table_add_cell(table, TONE_PLAIN, when);
		table_add_cell(table, TONE_PLAIN, kind.count ? kind.bytes : "");
		table_add_cell(table, TONE_PLAIN, text.count ? text.bytes : "");
	}
}
