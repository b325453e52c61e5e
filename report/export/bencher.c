/* The JSON that Bencher reads (its "Bencher Metric Format"): benchmark → measure → value with its
 * interval. Headlines only: each is a threshold to be watched. */
#include "report/export/export.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/json.h"

/* A measure has one unit everywhere, which is part of its name. */
static char *measure_name(const struct report_metric *metric)
{
	return str_printf("%s (%s)", metric->name, metric->unit);
}

/* A benchmark's name is its cell and, of a curve, the place on it. */
static char *benchmark_name(const struct report_model *model, const struct export_value *value)
{
	if (value->row->metric->x_name)
		return export_value_name(model, value->group, value->row, value->target);
	return export_place(model, value->group, value->target);
}

struct bencher {
	const struct report_model *model;
	json_t *root;
};

static void add_value(const struct export_value *value, void *context)
{
	struct bencher *bencher = context;
	const struct interval *interval = &value->value->value;
	cleanup_free char *benchmark = benchmark_name(bencher->model, value);
	cleanup_free char *measure = measure_name(value->row->metric);
	json_t *measures = json_object_get(bencher->root, benchmark), *object = json_object();

	if (!measures) {
		measures = json_object();
		json_object_set_new(bencher->root, benchmark, measures);
	}
	json_object_set_new(object, "value", json_real(interval->estimate));
	/* Without an interval there are no bounds: a missing one is not zero. */
	if (isfinite(interval->low) && isfinite(interval->high)) {
		json_object_set_new(object, "lower_value", json_real(interval->low));
		json_object_set_new(object, "upper_value", json_real(interval->high));
	}
	json_object_set_new(measures, measure, object);
}

void export_bencher(const struct report_model *model, struct export_files *files)
{
	struct bencher bencher = {model, json_object()};

	export_values(model, true, add_value, &bencher);
	json_add(export_add_file(files, "bencher.json"), bencher.root);
}
