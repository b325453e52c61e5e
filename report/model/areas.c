/* The report's order: benchmarks of the same kind and placement stand together. */
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "report/model/model.h"

static const char *const names[] = {
	"CPU", "Memory", "Disk", "Network", "MPI", "Lifecycle", "Other"};

enum { CPU, MEMORY, DISK, NETWORK, MPI, LIFECYCLE, OTHER };

/* Benchmarks by the beginning of their name: of published sets, too. */
static const struct {
	const char *start;
	size_t area;
} starts[] = {
	{"cpu", CPU},
	{"linpack", CPU},
	{"lockhold", CPU},
	{"micro", CPU},
	{"kern", CPU},
	{"noise", CPU},
	{"timer-latency", CPU},
	{"exits", CPU},
	{"gromacs", CPU},
	{"32-bit", CPU},
	{"stream", MEMORY},
	{"memory", MEMORY},
	{"disk", DISK},
	{"bonnie", DISK},
	{"shared", DISK},
	{"flush", DISK},
	{"fio", DISK},
	{"iometer", DISK},
	{"net", NETWORK},
	{"latency", NETWORK},
	{"iperf", NETWORK},
	{"mpi-", MPI},
	{"osu_", MPI},
	{"hp", MPI},
	{"pingpong", MPI},
	{"alltoall", MPI},
	{"boot", LIFECYCLE},
	{"saverestore", LIFECYCLE},
	{"migrate", LIFECYCLE},
};

static size_t area_of(const char *benchmark)
{
	for (size_t i = 0; i < ARRAY_COUNT(starts); i++)
		if (strncmp(benchmark, starts[i].start, strlen(starts[i].start)) == 0)
			return starts[i].area;
	return OTHER;
}

/* The groups of the kind in the placement, in the campaign's order. */
static void add_area(struct report_model *model, size_t kind, const char *placement)
{
	struct report_area *area = &model->areas[model->area_count];

	*area = (struct report_area){
		.name = names[kind],
		.placement = placement,
		.groups = model_new(model, model->group_count, sizeof(size_t)),
	};
	for (size_t g = 0; g < model->group_count; g++)
		if (area_of(model->groups[g].benchmark) == kind &&
			strcmp(model->groups[g].placement, placement) == 0)
			area->groups[area->group_count++] = g;
	model->area_count += area->group_count > 0;
}

static bool is_first_of_placement(const struct report_model *model, size_t group)
{
	for (size_t g = 0; g < group; g++)
		if (strcmp(model->groups[g].placement, model->groups[group].placement) == 0)
			return false;
	return true;
}

void model_read_areas(struct report_model *model)
{
	model->areas = model_new(model, model->group_count + 1, sizeof(*model->areas));
	for (size_t kind = 0; kind < ARRAY_COUNT(names); kind++)
		for (size_t g = 0; g < model->group_count; g++)
			if (is_first_of_placement(model, g))
				add_area(model, kind, model->groups[g].placement);
}

bool model_area_matches(
	const struct report_model *model, const struct report_area *area, const char *name)
{
	if (!name || strcasecmp(area->name, name) == 0)
		return true;
	for (size_t i = 0; i < area->group_count; i++)
		if (strcasecmp(model->groups[area->groups[i]].benchmark, name) == 0)
			return true;
	return false;
}
