/* The rules by which a benchmark fits the machines of a cell: which ends, pairs, seats and networks
 * it needs, and why it cannot run where they are missing. */
#include "campaign/plan/fits.h"

#include <stddef.h>

enum ends fits_ends(const struct campaign_benchmark *b)
{
	return b->benchmark->ends ? b->benchmark->ends(b->options) : ENDS_MACHINES;
}

unsigned fits_measured_seats(const struct campaign_benchmark *b)
{
	return b->benchmark->topology == TOPOLOGY_PAIR && fits_ends(b) == ENDS_MACHINES ? 2 : 1;
}

bool fits_needs_host(const struct campaign_benchmark *b)
{
	return b->benchmark->topology == TOPOLOGY_PAIR && fits_ends(b) != ENDS_MACHINES;
}

bool fits_all_pairs(const struct campaign_benchmark *b)
{
	return b->benchmark->all_pairs && b->benchmark->all_pairs(b->options);
}

/* --- why not ---------------------------------------------------------------------------------- */

static const char *pairs_why_not(
	const struct campaign_benchmark *b, const struct machine_facts *facts)
{
	if (fits_all_pairs(b) && fits_ends(b) == ENDS_MACHINES && facts->machines % 2)
		return "pairs all machines: needs an even number of them";
	return NULL;
}

const char *fits_conditions_why_not(
	const struct campaign_benchmark *b, unsigned caps, size_t machines)
{
	if (!b->conditions)
		return NULL;
	if ((caps & CAP_SHARES_KERNEL) || !(caps & CAP_OWN_NETWORK))
		return "network conditions are set inside a machine, and need one with a kernel "
		       "and a link of its own";
	if (fits_needs_host(b))
		return "network conditions are set inside machines, at both ends: needs the path "
		       "machines";
	return machines < 2 ? "needs 2 machines with a network between them" : NULL;
}

/* The facts of the machines that the benchmark itself has, without those of the background load. */
static struct machine_facts share_of(const struct machine_facts *facts, unsigned machines)
{
	struct machine_facts share = *facts;

	share.machines = machines;
	share.ranks = machines * facts->cpus;
	return share;
}

static const char *benchmark_why_not(
	const struct benchmark *benchmark, const void *options, const struct machine_facts *facts)
{
	return benchmark->why_not ? benchmark->why_not(options, facts) : NULL;
}

static const char *background_why_not(
	const struct campaign_benchmark *b, const struct machine_facts *facts)
{
	unsigned measured = fits_measured_seats(b);

	if (facts->machines <= measured)
		return measured == 1 ? "needs a second machine for the background: a "
				       "placement with at least 2"
				     : "needs a third machine for the background: "
				       "a placement with at least 3";
	struct machine_facts share = share_of(facts, facts->machines - measured);
	if (!b->background->benchmark)
		return NULL;
	return benchmark_why_not(b->background->benchmark, b->background->options, &share);
}

const char *fits_why_not(
	const struct campaign_benchmark *b, unsigned caps, const struct machine_facts *facts)
{
	const char *reason = NULL;
	struct machine_facts share = *facts;

	if (b->background) {
		reason = background_why_not(b, facts);
		share = share_of(facts, fits_measured_seats(b));
	}
	if (!reason)
		reason = benchmark_why_not(b->benchmark, b->options, &share);
	if (!reason)
		reason = pairs_why_not(b, facts);
	return reason ? reason : fits_conditions_why_not(b, caps, facts->machines);
}
