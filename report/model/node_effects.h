/* The node as a factor: for every headline of every target, how much of its spread comes from the
 * nodes, their boots and the runs, and which nodes differ (stats/nodes.h). */
#ifndef TARE_REPORT_NODE_EFFECTS_H
#define TARE_REPORT_NODE_EFFECTS_H

#include "report/model/model.h"
#include "stats/nodes.h"

struct node_effect {
	const struct report_group *group;
	const struct report_row *row;
	size_t target;
	/* Variances of ln(value), so that their roots are parts of the value; of the value itself
	 * where value.logarithmic is false. */
	struct nodes_split split;
	size_t needed; /* nodes that each of two measurements needs; 0: unknown, or too many */
	double *differences, *p; /* of each host, see nodes_differ; NaN: not measured there */
};

struct node_effects {
	const char **hosts; /* inside the store's data, in the order in which they appear there */
	size_t host_count;
	struct node_effect *effects;
	size_t count;
	size_t skipped; /* headlines of placements whose blocks are on several hosts at once */
};

/* delta: the change that matters, relative (0.01). Nothing is left of an earlier content of out.
 * Refused where all blocks were measured on one host. Freed by node_effects_free. */
int node_effects_read(
	const struct report_model *model, double delta, struct node_effects *out, struct error *e);
void node_effects_free(struct node_effects *effects);

#endif
