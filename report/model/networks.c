/* Comparisons of unlike transports: in a placement with several guests the host itself is one
 * machine, so that what runs between guests over a network runs inside it by shared memory or
 * loopback. */
#include <string.h>

#include "report/model/model.h"

/* The benchmarks that run between all machines of a placement. */
static const char *const spread[] = {
	"hpcc", "latency", "mpi-alltoall", "mpi-collectives", "mpi-pingpong", "net", NULL};

static bool is_spread(const char *benchmark)
{
	size_t i = 0;

	while (spread[i] && strcmp(spread[i], benchmark) != 0)
		i++;
	return spread[i];
}

/* The most machines that one start of a target had in a placement. */
static size_t count_machines(const struct report_model *model, size_t target, const char *placement)
{
	const struct store_data *data = model->data;
	size_t most = 0, count = 0, block = SIZE_MAX;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		if (machine->target_index != target || machine->failure ||
			strcmp(data->blocks[machine->block_index].placement, placement) != 0)
			continue;
		count = machine->block_index == block ? count + 1 : 1;
		block = machine->block_index;
		most = count > most ? count : most;
	}
	return most;
}

bool model_has_more_machines(const struct report_model *model, size_t target,
	const struct report_model *other, size_t other_target, const char *placement,
	const char *benchmark)
{
	if (!is_spread(benchmark))
		return false;
	size_t others = count_machines(other, other_target, placement);
	return others > 0 && count_machines(model, target, placement) > others;
}

void model_mark_networks(struct report_model *model)
{
	for (size_t g = 0; g < model->group_count; g++) {
		struct report_group *group = &model->groups[g];
		for (size_t t = 0; t < model->target_count; t++)
			group->cells[t].network_differs = model_has_more_machines(model, t, model,
				model->baseline, group->placement, group->benchmark);
	}
}
