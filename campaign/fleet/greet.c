/* Waits until the agents of started machines answer, and gives each its address. */
#include "campaign/fleet/greet.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* An outage of 30 s and TCP's wait for its next try end before. */
static const double facts_timeout_s = 120, network_timeout_s = 120;

static bool is_well(const struct greeting *greeting)
{
	return greeting->answered_s > 0 && !error_is_set(&greeting->error);
}

/* They boot at the same time, so that waiting for one after the other takes as long as the slowest.
 */
static void await_answers(
	struct greeting *greetings, size_t count, double deadline_s, int interrupt_fd)
{
	for (size_t i = 0; i < count; i++) {
		struct greeting *greeting = &greetings[i];
		double left_s = deadline_s - clock_monotonic_s();
		agent_set_interrupt(greeting->machine->agent, interrupt_fd);
		if (agent_hello(greeting->machine->agent, left_s > 1 ? left_s : 1,
			    &greeting->error) < 0)
			return;
		greeting->answered_s = clock_monotonic_s();
	}
}

/* Machines with a kernel of their own configure their network through the agent. */
static bool wants_network(const struct greeting *greeting)
{
	const struct host_machine *machine = greeting->machine;

	return greeting->host->network && machine->address &&
	       !(machine->driver->caps & CAP_SHARES_KERNEL) &&
	       (machine->driver->caps & CAP_OWN_NETWORK);
}

static void set_networks_up(struct greeting *greetings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_well(&greetings[i]) || !wants_network(&greetings[i]))
			continue;
		cleanup_free char *address = str_printf(
			"%s/%u", greetings[i].machine->address, greetings[i].host->network->prefix);
		agent_network_begin(greetings[i].machine->agent, NULL, address,
			greetings[i].host->network->mtu);
	}
	for (size_t i = 0; i < count; i++)
		if (is_well(&greetings[i]) && wants_network(&greetings[i]))
			agent_network_end(greetings[i].machine->agent, network_timeout_s,
				&greetings[i].error);
}

static void ask_for_facts(struct greeting *greetings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_well(&greetings[i]))
			agent_facts_begin(greetings[i].machine->agent);
	for (size_t i = 0; i < count; i++)
		if (is_well(&greetings[i]))
			agent_facts_end(greetings[i].machine->agent, facts_timeout_s,
				&greetings[i].facts, &greetings[i].error);
}

int greet(struct greeting *greetings, size_t count, double deadline_s, int interrupt_fd)
{
	await_answers(greetings, count, deadline_s, interrupt_fd);
	set_networks_up(greetings, count);
	ask_for_facts(greetings, count);
	for (size_t i = 0; i < count; i++)
		if (!greetings[i].facts)
			return -1;
	return 0;
}
