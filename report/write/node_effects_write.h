/* The node as a factor, as text and as JSON. */
#ifndef TARE_REPORT_NODE_EFFECTS_WRITE_H
#define TARE_REPORT_NODE_EFFECTS_WRITE_H

#include "report/model/model.h"

/* How the spread of every headline divides into nodes, boots and runs, which nodes differ from the
 * rest, and how many a difference of delta (0.01) needs; as text of at most width characters a
 * line, or as JSON. Refused where all blocks were measured on one host. */
int report_node_effects(const struct report_model *model, double delta, bool json, size_t width,
	struct text *out, struct error *e);

#endif
