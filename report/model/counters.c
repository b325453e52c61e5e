/* What the stored counters of a run say. */
#include "report/model/counters.h"

#include <math.h>
#include <string.h>

static const double modulus_32 = 4294967296.;

double counters_growth(const struct store_data *data, const struct data_reading *reading)
{
	const char *kind = data->counters[reading->counter_index].kind;
	double growth = reading->at_end - reading->at_start;

	if (strcmp(kind, "level") == 0)
		return reading->at_end;
	/* Sums of several counters of 32 bits may have begun anew more than once. */
	if (growth < 0 && strcmp(kind, "total32") == 0)
		return growth + modulus_32 * ceil(-growth / modulus_32);
	return growth >= 0 ? growth : NAN;
}

/* Readings are in the order of their runs. */
void counters_find_runs(struct report_model *model)
{
	const struct store_data *data = model->data;
	size_t at = 0;

	model->first_readings =
		model_new(model, data->run_count + 1, sizeof(*model->first_readings));
	for (size_t run = 0; run <= data->run_count; run++) {
		while (at < data->reading_count && data->readings[at].run_index < run)
			at++;
		model->first_readings[run] = at;
	}
}
