/* How much of a spread comes from the nodes, from the boots on a node, and from the runs of a boot:
 * the nested model of random effects
 *
 *   y = mean + node + boot(node) + run(boot)
 *
 * with variances estimated by the analysis of variance for unequal numbers (Searle, Casella &
 * McCulloch, Variance Components, 1992, sections 3.6 and 5.3; Sokal & Rohlf, Biometry, 1995, box
 * 10.1). */
#ifndef TARE_STATS_NODES_H
#define TARE_STATS_NODES_H

#include <stddef.h>

/* One run. */
struct nodes_sample {
	size_t node, boot; /* numbers from 0; a boot belongs to one node */
	double value;
};

struct nodes_split {
	size_t nodes, boots, runs; /* that there are samples of */
	double mean;
	/* Variances, in the square of the samples' unit; an estimate below zero is zero. NaN:
	 * cannot be told apart, because there are fewer than 2 nodes, or no node has 2 boots (node,
	 * boot), or no boot has 2 runs: boot then includes run. */
	double node, boot, run;
	double boots_per_node,
		runs_per_boot; /* as many as a balanced design of this precision has */
	double p; /* of "the nodes do not differ": F of nodes against boots; exact where all nodes
		     have equally many boots and runs. NaN like node */
};

/* -1 with everything NaN where there are no samples, or one is not finite. Nodes and boots are
 * numbered below node_count and boot_count. */
int nodes_split(const struct nodes_sample *samples, size_t count, size_t node_count,
	size_t boot_count, struct nodes_split *out);

/* How each node differs from the mean of the others, and how likely that is by chance if nodes are
 * equal: t by the pooled spread of the boots' means within nodes. The most extreme node is set
 * aside, then that of the others is looked for, so that a node which differs does not make the rest
 * look different (after Rosner's test for several outliers, Technometrics 25, 1983); each p is
 * multiplied by the number of nodes that were compared (Bonferroni), and none is smaller than that
 * of a node set aside before. differences and p have node_count places; NaN where a node has no
 * samples, there are fewer than 3 nodes (of two, neither is the odd one), or no node has 2 boots;
 * the last node's difference is NaN. */
void nodes_differ(const struct nodes_sample *samples, size_t count, size_t node_count,
	size_t boot_count, double *differences, double *p);

/* How many nodes each of two measurements on different nodes needs, with boots and runs as here, so
 * that a difference of `effect` (in the samples' unit) is found with this power at 5 %, two-sided.
 * 0: more than a million, or the variances are not known. */
size_t nodes_needed(const struct nodes_split *split, double effect, double power);

#endif
