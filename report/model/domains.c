/* In what the domains of targets differ from those that the targets have without options. */
#include <jansson.h>

#include "report/model/model.h"

/* Of one machine; the others of its target differ from it in names of files. */
static void read_domain(struct report_model *model, const struct data_machine *machine)
{
	struct report_domain *domain = &model->domains[model->domain_count];
	json_t *facts = machine->driver_json ? json_loads(machine->driver_json, 0, NULL) : NULL;
	const json_t *lines = json_object_get(facts, "domain_xml_diff");
	size_t count = json_array_size(lines);

	*domain = (struct report_domain){.target = machine->target_index,
		.lines = model_new(model, count, sizeof(*domain->lines)),
		.line_count = count};
	for (size_t i = 0; i < count; i++)
		domain->lines[i] = model_text(model, json_string_value(json_array_get(lines, i)));
	json_decref(facts);
}

void model_read_domains(struct report_model *model)
{
	const struct store_data *data = model->data;

	model->domains = model_new(model, model->target_count, sizeof(*model->domains));
	for (size_t t = 0; t < model->target_count; t++) {
		size_t first = 0;
		while (first < data->machine_count && (data->machines[first].target_index != t ||
							      !data->machines[first].driver_json))
			first++;
		if (first == data->machine_count)
			continue;
		read_domain(model, &data->machines[first]);
		model->domain_count += model->domains[model->domain_count].line_count > 0;
	}
}
