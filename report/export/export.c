/* What the writers of exports share. */
#include "report/export/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/write/table.h"
#include "report/write/words.h"

struct text *export_add_file(struct export_files *files, const char *name)
{
	struct export_file *file;

	array_reserve(&files->list, &files->capacity, files->count + 1);
	file = &files->list[files->count++];
	*file = (struct export_file){.name = str_dup(name)};
	return &file->text;
}

void export_files_free(struct export_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->list[i].name);
		text_free(&files->list[i].text);
	}
	free(files->list);
	*files = (struct export_files){0};
}

int export_files_write(const struct export_files *files, const char *dir, struct error *e)
{
	if (dir_make(dir, e) < 0)
		return -1;
	for (size_t i = 0; i < files->count; i++) {
		const struct text *text = &files->list[i].text;
		cleanup_free char *path = str_printf("%s/%s", dir, files->list[i].name);
		if (file_write(path, text->count ? text->bytes : "", text->count, e) < 0)
			return -1;
	}
	return 0;
}

char *export_place(
	const struct report_model *model, const struct report_group *group, size_t target)
{
	cleanup_text struct text line = {0};
	cleanup_free char *name = str_printf("%s/%s/%s%s%s%s", model->targets[target].name,
		group->placement, group->benchmark, group->parameters[0] ? " " : "",
		group->parameters, group->cells[target].emulated ? " (emulated)" : "");

	words_add_line(&line, name);
	return text_take(&line);
}

char *export_value_name(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target)
{
	cleanup_free char *place = export_place(model, group, target);
	cleanup_free char *metric = table_metric_text(row);

	return str_printf("%s %s", place, metric);
}

void export_values(const struct report_model *model, bool headlines,
	void (*visit)(const struct export_value *value, void *context), void *context)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++)
			for (size_t t = 0; t < model->target_count; t++) {
				const struct report_row *row = &model->groups[g].rows[i];
				const struct report_value *value = &row->values[t];
				if (value->status != REPORT_MEASURED ||
					!isfinite(value->value.estimate) ||
					(headlines && !value->headline))
					continue;
				visit(&(struct export_value){&model->groups[g], row, value, t},
					context);
			}
}
