/* Variance components of nodes, boots and runs; nodes that differ; how many are needed. */
#include "stats/nodes.h"

#include <Rmath.h>
#include <math.h>
#include <stdbool.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/power.h"

static const double alpha = .05;

/* Sum and number of what is below a node or a boot. */
struct pile {
	double sum;
	double count;
};

/* Samples, piled up by node and by boot. */
struct piles {
	struct pile *nodes, *boots, all;
	size_t *boot_nodes; /* the node of each boot */
};

static bool all_finite(const struct nodes_sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(samples[i].value))
			return false;
	return count > 0;
}

static void pile_add(struct pile *pile, double value)
{
	pile->sum += value;
	pile->count++;
}

static double pile_mean(const struct pile *pile)
{
	return pile->sum / pile->count;
}

static struct piles piles_new(
	const struct nodes_sample *samples, size_t count, size_t node_count, size_t boot_count)
{
	struct piles piles = {
		.nodes = mem_new(node_count + 1, sizeof(*piles.nodes)),
		.boots = mem_new(boot_count + 1, sizeof(*piles.boots)),
		.boot_nodes = mem_new(boot_count + 1, sizeof(*piles.boot_nodes)),
	};

	for (size_t i = 0; i < count; i++) {
		pile_add(&piles.nodes[samples[i].node], samples[i].value);
		pile_add(&piles.boots[samples[i].boot], samples[i].value);
		pile_add(&piles.all, samples[i].value);
		piles.boot_nodes[samples[i].boot] = samples[i].node;
	}
	return piles;
}

static void piles_free(struct piles *piles)
{
	free(piles->nodes);
	free(piles->boots);
	free(piles->boot_nodes);
}

static size_t count_piles(const struct pile *piles, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		used += piles[i].count > 0;
	return used;
}

static double square(double x)
{
	return x * x;
}

/* Sums of squares, and the coefficients of the variances in what is expected of them. */
struct squares {
	double node, boot, run;
	double boot_in_boot, boot_in_node, node_in_node;
};

static struct squares add_squares(const struct piles *piles, const struct nodes_sample *samples,
	size_t count, size_t node_count, size_t boot_count)
{
	struct squares s = {0};
	double total = piles->all.count, within = 0, over = 0, nodes = 0;

	for (size_t i = 0; i < count; i++)
		s.run += square(samples[i].value - pile_mean(&piles->boots[samples[i].boot]));
	for (size_t b = 0; b < boot_count; b++) {
		const struct pile *boot = &piles->boots[b],
				  *node = &piles->nodes[piles->boot_nodes[b]];
		if (boot->count == 0)
			continue;
		s.boot += boot->count * square(pile_mean(boot) - pile_mean(node));
		within += square(boot->count) / node->count;
		over += square(boot->count) / total;
	}
	for (size_t n = 0; n < node_count; n++) {
		const struct pile *node = &piles->nodes[n];
		if (node->count == 0)
			continue;
		s.node += node->count * square(pile_mean(node) - pile_mean(&piles->all));
		nodes += square(node->count) / total;
	}
	s.boot_in_boot = total - within;
	s.boot_in_node = within - over;
	s.node_in_node = total - nodes;
	return s;
}

/* The variances that make every sum of squares what is expected of it. */
static void solve(const struct squares *s, struct nodes_split *out)
{
	double a = (double)out->nodes, b = (double)out->boots, n = (double)out->runs;
	double run = n > b ? s->run / (n - b) : 0;
	bool has_boots = b > a;
	double boot = has_boots ? (s->boot - (b - a) * run) / s->boot_in_boot : NAN;
	double node = has_boots && a > 1
			      ? (s->node - (a - 1) * run - s->boot_in_node * boot) / s->node_in_node
			      : NAN;

	out->run = n > b ? run : NAN;
	out->boot = isnan(boot) ? NAN : fmax(0, boot);
	out->node = isnan(node) ? NAN : fmax(0, node);
	/* Of the mean: what multiplies each variance, as in a balanced design. */
	out->runs_per_boot = has_boots ? s->boot_in_boot / (b - a) : n / b;
	out->boots_per_node =
		a > 1 ? s->node_in_node / (a - 1) / out->runs_per_boot : b / out->runs_per_boot;
	if (has_boots && a > 1)
		out->p = pf(s->node / (a - 1) / (s->boot / (b - a)), a - 1, b - a, false, false);
}

int nodes_split(const struct nodes_sample *samples, size_t count, size_t node_count,
	size_t boot_count, struct nodes_split *out)
{
	*out = (struct nodes_split){.mean = NAN,
		.node = NAN,
		.boot = NAN,
		.run = NAN,
		.boots_per_node = NAN,
		.runs_per_boot = NAN,
		.p = NAN};
	if (!all_finite(samples, count))
		return -1;
	struct piles piles = piles_new(samples, count, node_count, boot_count);
	struct squares squares = add_squares(&piles, samples, count, node_count, boot_count);
	out->nodes = count_piles(piles.nodes, node_count);
	out->boots = count_piles(piles.boots, boot_count);
	out->runs = count;
	out->mean = pile_mean(&piles.all);
	solve(&squares, out);
	piles_free(&piles);
	return 0;
}

/* The means of boots, by node: a boot counts once, however many runs it has. */
static void pile_boots(
	const struct piles *piles, size_t boot_count, struct pile *nodes, struct pile *all)
{
	for (size_t b = 0; b < boot_count; b++) {
		if (piles->boots[b].count == 0)
			continue;
		pile_add(&nodes[piles->boot_nodes[b]], pile_mean(&piles->boots[b]));
		pile_add(all, pile_mean(&piles->boots[b]));
	}
}

/* Of the nodes that are not set aside yet: the one that is the least likely by chance, with its
 * difference from the others and its p; node_count: none is left. */
static size_t most_extreme(const struct pile *nodes, const bool *aside, size_t node_count,
	double variance, double df, double *difference, double *p)
{
	struct pile all = {0};
	size_t extreme = node_count;

	for (size_t n = 0; n < node_count; n++)
		if (!aside[n])
			all = (struct pile){all.sum + nodes[n].sum, all.count + nodes[n].count};
	for (size_t n = 0; n < node_count; n++) {
		struct pile rest = {all.sum - nodes[n].sum, all.count - nodes[n].count};
		if (aside[n])
			continue;
		double from_rest = pile_mean(&nodes[n]) - pile_mean(&rest);
		double error = sqrt(variance * (1 / nodes[n].count + 1 / rest.count));
		double by_chance = 2 * pt(fabs(from_rest) / error, df, false, false);
		if (extreme < node_count && !(by_chance < *p))
			continue;
		extreme = n;
		*difference = from_rest;
		*p = by_chance;
	}
	return extreme;
}

/* The pooled variance of the boots' means within nodes, and its degrees of freedom. */
static double within_nodes(
	const struct piles *piles, const struct pile *nodes, size_t boot_count, double df)
{
	double squares = 0;

	for (size_t b = 0; b < boot_count; b++)
		if (piles->boots[b].count > 0)
			squares += square(pile_mean(&piles->boots[b]) -
					  pile_mean(&nodes[piles->boot_nodes[b]]));
	return squares / df;
}

/* Sets nodes aside, one after another: those that differ would else make the rest look different.
 */
static void set_aside(const struct pile *nodes, size_t node_count, double variance, double df,
	double *differences, double *p)
{
	cleanup_free bool *aside = mem_new(node_count + 1, sizeof(*aside));
	size_t left = count_piles(nodes, node_count);
	double most = 0;

	for (size_t n = 0; n < node_count; n++)
		aside[n] = nodes[n].count == 0;
	for (; left >= 2; left--) {
		double difference = NAN, chance = NAN;
		size_t n =
			most_extreme(nodes, aside, node_count, variance, df, &difference, &chance);
		aside[n] = true;
		most = left < 3 ? 1 : fmax(most, fmin(1, chance * (double)left));
		differences[n] = difference;
		p[n] = most;
	}
	for (size_t n = 0; n < node_count; n++)
		if (!aside[n])
			p[n] = 1;
}

void nodes_differ(const struct nodes_sample *samples, size_t count, size_t node_count,
	size_t boot_count, double *differences, double *p)
{
	cleanup_free struct pile *nodes = mem_new(node_count + 1, sizeof(*nodes));
	struct pile all = {0};

	for (size_t n = 0; n < node_count; n++)
		differences[n] = p[n] = NAN;
	if (!all_finite(samples, count))
		return;
	struct piles piles = piles_new(samples, count, node_count, boot_count);
	pile_boots(&piles, boot_count, nodes, &all);
	size_t used = count_piles(nodes, node_count);
	double df = all.count - (double)used;
	if (used >= 3 && df > 0)
		set_aside(nodes, node_count, within_nodes(&piles, nodes, boot_count, df), df,
			differences, p);
	piles_free(&piles);
}

size_t nodes_needed(const struct nodes_split *split, double effect, double power)
{
	if (isnan(split->node) || isnan(split->boot))
		return 0;
	double run = isnan(split->run) ? 0 : split->run / split->runs_per_boot;
	double variance = split->node + (split->boot + run) / split->boots_per_node;
	/* Of a difference between two nodes, one of each measurement. */
	const struct power_design design = {.sd = sqrt(2 * variance), .alpha = alpha, .sides = 2};

	return power_blocks(&design, effect, power);
}
