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

static struct text *add_file(
	struct remade_files *files, char *name, const char *description, bool layout)
{
	array_reserve(&files->list, &files->capacity, files->count + 1);
	files->list[files->count++] =
		(struct remade_file){.name = name, .description = description, .layout = layout};
	return &files->list[files->count - 1].text;
}

void remade_files_free(struct remade_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->list[i].name);
		text_free(&files->list[i].text);
	}
	free(files->list);
	*files = (struct remade_files){0};
}

static void add_reports(const struct report_model *model, struct remade_files *files)
{
	static const char *const endings[][2] = {{"text", "txt"}, {"latex", "tex"}};

	for (const struct report_format *format = report_formats; format->name; format++) {
		const char *ending = format->name;
		for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
			if (strcmp(endings[i][0], format->name) == 0)
				ending = endings[i][1];
		format->write(model, add_file(files, str_printf("report.%s", ending), "the report",
					     strcmp(ending, "json") != 0));
	}
}

/* The tables; the crate has one descriptor of all of them. */
static void add_tables(const struct report_model *model, struct remade_files *files)
{
	struct export_files tables = {0};

	export_tidy(model, &tables);
	for (size_t i = 0; i < tables.count; i++) {
		struct export_file *table = &tables.list[i];
		if (strcmp(table->name, "datapackage.json") == 0)
			continue;
		struct text *text = add_file(files, str_printf("data/%s", table->name),
			"a tidy table; datapackage.json describes its columns", false);
		*text = table->text;
		table->text = (struct text){0};
	}
	export_files_free(&tables);
}

static void set_parsed(json_t *object, const char *key, const char *text)
{
	json_t *value = text ? json_loads(text, 0, NULL) : NULL;

	json_object_set_new(object, key, value ? value : json_null());
}

static void add_facts(const struct report_model *model, struct remade_files *files)
{
	const struct store_data *data = model->data;
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
	json_add(add_file(files, str_dup("facts.json"),
			 "what every machine was, from inside and as its driver knows it", false),
		list);
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
	size_t count;

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
static int add_raw(struct store *store, const struct report_model *model, size_t cell,
	struct remade_files *files, struct error *e)
{
	struct text *out = NULL;

	for (size_t i = 0; i < model->data->run_count; i++) {
		const struct data_run *run = &model->data->runs[i];
		if (run->cell_index != cell)
			continue;
		if (!out) {
			cleanup_free char *name = cell_name(model, cell);
			out = add_file(files, cell_file_name(model, cell),
				"what the benchmark's program printed in the runs of a cell",
				false);
			text_addf(out, "# %s\n", name);
		}
		if (add_stream(store, model, run, false, out, e) < 0 ||
			add_stream(store, model, run, true, out, e) < 0)
			return -1;
	}
	return 0;
}

int remake(const char *directory, const struct report_model *model, struct remade_files *files,
	struct error *e)
{
	struct store *store;
	int status = 0;

	add_reports(model, files);
	add_tables(model, files);
	add_facts(model, files);
	if (store_open_sealed(directory, &store, e) < 0)
		return -1;
	for (size_t c = 0; status == 0 && c < model->data->cell_count; c++)
		status = add_raw(store, model, c, files, e);
	store_close(store);
	return status;
}
