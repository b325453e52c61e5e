/* The two larger payloads of the protocol, packed and unpacked by both ends: what a job is, and
 * how it ended. */
#ifndef TARE_AGENT_WIRE_H
#define TARE_AGENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol.h"
#include "base/process.h"

/* See struct job_spec in agent/client.h for the meaning. */
struct wire_job {
	struct argv argv, env, collect;
	char *directory; /* "" for none */
	unsigned *cpus;
	size_t cpu_count;
	double timeout_s;
	uint64_t output_limit;
	bool hold;
};

struct wire_end {
	bool timed_out;
	uint64_t discarded_bytes; /* of output and files, beyond the limit */
	int exit_status, signal;
	char *reason; /* "" after a plain exit */
	int64_t start_ns, end_ns;
	double user_s, system_s, steal_s;
	int64_t max_rss_bytes, voluntary_switches, involuntary_switches;
};

void wire_job_pack(struct text *out, const struct wire_job *job);
/* false, and nothing to free, if the payload is not one. */
bool wire_job_unpack(struct unpack *in, struct wire_job *job);
void wire_job_free(struct wire_job *job);

void wire_end_pack(struct text *out, const struct wire_end *end);
bool wire_end_unpack(struct unpack *in, struct wire_end *end); /* caller frees reason */

#endif
