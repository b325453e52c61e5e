/* What the model owns. */
#include "report/model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

static void keep(struct report_model *model, void *memory)
{
	array_reserve(&model->pool, &model->pool_capacity, model->pool_count + 1);
	model->pool[model->pool_count++] = memory;
}

void *model_new(struct report_model *model, size_t count, size_t size)
{
	void *memory = mem_new(count ? count : 1, size);

	keep(model, memory);
	return memory;
}

const char *model_text(struct report_model *model, const char *text)
{
	struct text clean = {0};
	char *kept;

	if (!text || !*text)
		return "";
	text_add_clean(&clean, text);
	kept = text_take(&clean);
	keep(model, kept);
	return kept;
}

const char *model_printf(struct report_model *model, const char *format, ...)
{
	struct text text = {0};
	va_list args;
	char *kept;

	va_start(args, format);
	text_addv(&text, format, args);
	va_end(args);
	kept = text_take(&text);
	keep(model, kept);
	return kept;
}

const char *report_status_text(enum report_status status)
{
	static const char *const texts[] = {
		[REPORT_MEASURED] = "measured",
		[REPORT_FAILED] = "failed",
		[REPORT_SKIPPED] = "skipped",
		[REPORT_NOT_MEASURED] = "not measured",
	};

	return texts[status];
}

void report_model_free(struct report_model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->pool_count; i++)
		free(model->pool[i]);
	free(model->pool);
	free(model->groups);
	free(model->variations);
	free(model->facts);
	free(model->differences);
	free(model->problems);
	free(model->figures);
	free(model->scalings);
	free(model->interferences);
	free(model->fairnesses);
	free(model->flushes);
	free(model->published_numbers);
	free(model->attributions);
	free(model);
}
