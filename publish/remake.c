/* See remake.h. */
#include "publish/remake.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/export/export.h"
#include "report/write/formats.h"
#include "report/write/json.h"

const struct report_options remake_options = {.confidence = 0.95};

struct making {
	const struct report_model *model;
	remade_found *found;
	void *context;
};

/* Takes name and text. */
static int give(const struct making *making, char *name, const char *description, bool layout,
	struct text *text, struct error *e)
{
	const struct remade_file file = {name, description, layout, text};
	int status = making->found(making->context, &file, e);

	free(name);
	text_free(text);
	return status;
}

static int add_reports(const struct making *making, struct error *e)
{
	static const char *const endings[][2] = {{"text", "txt"}, {"latex", "tex"}};
	int status = 0;

	for (const struct report_format *format = report_formats; status == 0 && format->name;
		format++) {
		const char *ending = format->name;
		struct text text = {0};
		for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
			if (strcmp(endings[i][0], format->name) == 0)
				ending = endings[i][1];
		format->write(making->model, &text);
		status = give(making, str_printf("report.%s", ending), "the report",
			strcmp(ending, "json") != 0, &text, e);
	}
	return status;
}

/* The tables; the crate has one descriptor of all of them. */
static int add_tables(const struct making *making, struct error *e)
{
	struct export_files tables = {0};
	int status = 0;

	export_tidy(making->model, &tables);
	for (size_t i = 0; status == 0 && i < tables.count; i++) {
		struct export_file *table = &tables.list[i];
		if (strcmp(table->name, "datapackage.json") == 0)
			continue;
		status = give(making, str_printf("data/%s", table->name),
			"a tidy table; datapackage.json describes its columns", false, &table->text,
			e);
	}
	export_files_free(&tables);
	return status;
}

static void set_parsed(json_t *object, const char *key, const char *text)
{
	json_t *value = text ? json_loads(text, 0, NULL) : NULL;

	json_object_set_new(object, key, value ? value : json_null());
}

static int add_facts(const struct making *making, struct error *e)
{
	const struct report_model *model = making->model;
	const struct store_data *data = model->data;
	struct text text = {0};
	json_t *list = json_array();

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		json_t *object = json_object();
		json_object_set_new(
			object, "target", json_string(model->targets[machine->target_index].name));
		json_object_set_new(object, "placement",
			json_clean(data->blocks[machine->block_index].placement));
		json_object_set_new(
			object, "block", json_integer(data->blocks[machine->block_index].number));
		json_object_set_new(object, "machine", json_clean(machine->name));
		json_object_set_new(object, "host", json_clean(machine->host));
		json_object_set_new(object, "cpus", json_integer(machine->cpus));
		json_object_set_new(
			object, "memory_bytes", json_integer((json_int_t)machine->memory_bytes));
		json_object_set_new(object, "emulated", json_boolean(machine->emulated));
		json_object_set_new(object, "start_s", json_number(machine->start_s));
		json_object_set_new(object, "failure",
			machine->failure ? json_clean(machine->failure) : json_null());
		set_parsed(object, "inside", machine->facts_json);
		set_parsed(object, "outside", machine->driver_json);
		json_array_append_new(list, object);
	}
	json_add(&text, list);
	return give(making, str_dup("facts.json"),
		"what every machine was, from inside and as its driver knows it", false, &text, e);
}

/* --- raw outputs --------------------------------------------------------------------------------
 */

static char *cell_name(const struct report_model *model, size_t cell)
{
	const struct data_cell *data = &model->data->cells[cell];
	const struct report_group *group = &model->groups[model->cell_groups[cell]];

	return str_printf("%s.%s.%s%s%s", model->targets[data->target_index].name, group->placement,
		group->benchmark, group->parameters[0] ? " " : "", group->parameters);
}

static char *cell_file_name(const struct report_model *model, size_t cell)
{
	enum { NAME_BYTES = 60 };
	cleanup_free char *name = cell_name(model, cell);
	char *path = str_printf("raw/%04zu-%.*s.txt", cell + 1, NAME_BYTES, name);

	for (char *c = path + strlen("raw/"); *c; c++)
		if (!isascii(*c) || (!isalnum((unsigned char)*c) && !strchr("-_.", *c)))
			*c = '_';
	return path;
}

static int add_stream(struct store *store, const struct report_model *model,
	const struct data_run *run, bool errors, struct text *out, struct error *e)
{
	cleanup_free char *bytes = NULL;
	int64_t size = store_output_bytes(store, run->id, errors, e);
	size_t count;

	/* Before it is decompressed, which may make a thousand times of it. */
	if (size > REMADE_RAW_MOST - (int64_t)out->count)
		return error_set(e,
			"the outputs of its runs have more than the %d MiB that a crate may have "
			"of a cell",
			REMADE_RAW_MOST >> 20);
	if (store_read_output(store, run->id, errors, &bytes, &count, e) < 0)
		return -1;
	if (errors && !count)
		return 0;
	text_addf(out, "==> block %u, run %u, %s%s <==\n",
		model->data->blocks[run->block_index].number, run->number,
		run->failure ? "failed" : "measured", errors ? ", stderr" : "");
	text_add_bytes(out, bytes, count);
	if (count && bytes[count - 1] != '\n')
		text_add(out, "\n");
	return 0;
}

/* One file a cell, its runs in the order of the store. */
static int add_raw(struct store *store, const struct making *making, size_t cell, struct error *e)
{
	const struct report_model *model = making->model;
	cleanup_text struct text out = {0};
	cleanup_free char *name = cell_name(model, cell);

	for (size_t i = 0; i < model->data->run_count; i++) {
		const struct data_run *run = &model->data->runs[i];
		if (run->cell_index != cell)
			continue;
		if (!out.count)
			text_addf(&out, "# %s\n", name);
		if (add_stream(store, model, run, false, &out, e) < 0 ||
			add_stream(store, model, run, true, &out, e) < 0)
			return error_prefix(e, "%s", name);
	}
	if (!out.count)
		return 0;
	return give(making, cell_file_name(model, cell),
		"what the benchmark's program printed in the runs of a cell", false, &out, e);
}

int remake(const char *directory, const struct report_model *model, remade_found *found,
	void *context, struct error *e)
{
	const struct making making = {model, found, context};
	struct store *store;
	int status = 0;

	if (add_reports(&making, e) < 0 || add_tables(&making, e) < 0 ||
		add_facts(&making, e) < 0 || store_open_sealed(directory, &store, e) < 0)
		return -1;
	for (size_t c = 0; status == 0 && c < model->data->cell_count; c++)
		status = add_raw(store, &making, c, e);
	store_close(store);
	return status;
}
