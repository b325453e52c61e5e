/* See declared.h. */
#include "report/verdict/declared.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "stats/sequential.h"

char *declared_text(const struct declared *declared)
{
	json_t *root = json_pack("{s:s, s:s*, s:i, s:i, s:i, s:f}", "delta", declared->delta,
		"base", declared->base, "first", (int)declared->first, "step", (int)declared->step,
		"most", (int)declared->most, "alpha", declared->alpha);
	json_t *expect = expectations_to_json(declared->expectations);

	if (expect)
		json_object_set_new(root, "expect", expect);
	char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15));

	json_decref(root);
	return text;
}

static int parse(const char *text, struct declared *declared, struct error *e)
{
	json_t *root = json_loads(text ? text : "", 0, NULL);
	const char *delta = NULL, *base = NULL;
	int first = 0, step = 0, most = 0;
	int status = json_unpack(root, "{s:s, s?:s, s:i, s:i, s:i, s:F}", "delta", &delta, "base",
		&base, "first", &first, "step", &step, "most", &most, "alpha", &declared->alpha);

	if (status == 0 && first >= 3 && step >= 2 && most >= first && most <= SEQUENTIAL_LIMIT) {
		declared->delta = str_dup(delta);
		declared->base = base ? str_dup(base) : NULL;
		declared->first = (unsigned)first;
		declared->step = (unsigned)step;
		declared->most = (unsigned)most;
	}
	json_t *expect = json_object_get(root, "expect");
	bool readable = declared->delta;

	if (expect) {
		declared->expectations = expectations_from_json(expect);
		readable = readable && declared->expectations;
	}
	json_decref(root);
	return readable ? 0
			: error_set(e, "the store's event \"" DECLARED_EVENT
				       "\" is not one that this version of tare can read");
}

int declared_read(const struct store_data *data, struct declared *declared, struct error *e)
{
	*declared = (struct declared){0};
	for (size_t i = 0; i < data->event_count; i++)
		if (strcmp(data->events[i].kind, DECLARED_EVENT) == 0)
			return parse(data->events[i].text, declared, e);
	return 0;
}

void declared_free(struct declared *declared)
{
	free(declared->delta);
	free(declared->base);
	expectations_free(declared->expectations);
	*declared = (struct declared){0};
}
