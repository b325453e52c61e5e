/* The orchestrator's end of an agent's stream. One agent is one machine (or host); several jobs
 * may run in it at once. Nothing here is thread-safe per agent: one thread drives an agent at a
 * time; different agents are independent.
 *
 * Everything that comes from the far end is hostile: frames are checked (length, type, CRC),
 * output is bounded, strings are copied. A channel that loses or gains bytes is resynchronised
 * at the next frame; what was lost makes that job fail with a reason, not the campaign. */
#ifndef TARE_AGENT_CLIENT_H
#define TARE_AGENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/process.h"

struct agent;

/* Takes ownership of the descriptors (may be the same one) and, if pid > 0, of the child that
 * is the stream's far end. name is for messages. Never fails. */
struct agent *agent_new(const char *name, int read_fd, int write_fd, pid_t pid);
/* Starts argv and communicates over its stdin/stdout; its stderr is appended to log_path (or
 * inherited if NULL). */
struct agent *agent_spawn(
	const char *name, const struct argv *argv, const char *log_path, struct error *e);
/* Says goodbye if the stream still works (jobs are killed; process 1 powers off), closes the
 * stream and ends the child. Safe with NULL. */
void agent_free(struct agent *agent);
const char *agent_name(const struct agent *agent);
/* From now on the waits of this agent's greeting and requests fail as soon as interrupt_fd is
 * readable (-1: never); agent_interrupted says whether it was that. */
void agent_set_interrupt(struct agent *agent, int interrupt_fd);
bool agent_interrupted(const struct agent *agent);

/* Whether the stream has ended. Handles what has been received, without waiting, so that it also
 * finds an end that no job and no request has noticed yet. */
bool agent_ended(struct agent *agent);

/* The stream's descriptors, for passing them to another process; they still belong to the agent. */
void agent_stream(const struct agent *agent, int *read_fd, int *write_fd);
/* Gives the agent a new stream to the same far end, which has kept its state: the session continues
 * where it was, and what was in transit is sent again. Closes the old stream and ends its child;
 * takes ownership as agent_new does. Jobs that are JOB_LOST already stay lost. */
void agent_set_stream(struct agent *agent, int read_fd, int write_fd, pid_t pid);

/* Waits until the agent answers with the right protocol version, asking again every second
 * (a machine may still boot). */
int agent_hello(struct agent *agent, double timeout_s, struct error *e);

/* Facts of the machine as seen from inside, as one JSON object text (see docs/store.md): kernel,
 * cpu model, cpus, memory, clocksource, steal, mitigations, hypervisor … Caller frees. */
int agent_facts(struct agent *agent, double timeout_s, char **json, struct error *e);
/* The same in two steps, so that many agents are asked before the first is waited for. An agent has
 * one request at a time: send no other in between. */
void agent_facts_begin(struct agent *agent);
int agent_facts_end(struct agent *agent, double timeout_s, char **json, struct error *e);

/* Configures the machine's data network interface: the first non-loopback one if interface is
 * NULL. address_prefix like "198.18.0.2/24"; mtu in bytes, 0: as it is. */
int agent_network(struct agent *agent, const char *interface, const char *address_prefix,
	unsigned mtu, double timeout_s, struct error *e);
/* In two steps, as above. */
void agent_network_begin(
	struct agent *agent, const char *interface, const char *address_prefix, unsigned mtu);
int agent_network_end(struct agent *agent, double timeout_s, struct error *e);

/* Writes a file in the machine (bulk data is compressed on the way). */
int agent_put(struct agent *agent, const char *path, mode_t mode, const void *bytes, size_t count,
	double timeout_s, struct error *e);

/* One clock probe: the far clock (CLOCK_REALTIME and CLOCK_MONOTONIC, ns) read between two
 * readings here. */
struct agent_clock {
	int64_t sent_ns, received_ns; /* here, CLOCK_REALTIME */
	int64_t far_realtime_ns, far_monotonic_ns;
};
int agent_clock(struct agent *agent, double timeout_s, struct agent_clock *out, struct error *e);
/* In two steps, as above. */
void agent_clock_begin(struct agent *agent, struct agent_clock *out);
int agent_clock_end(
	struct agent *agent, double timeout_s, struct agent_clock *out, struct error *e);

/* A file of the machine's kernel in which it counts. */
struct kernel_file {
	char *path; /* without its first slash: "proc/stat" */
	char *text; /* of the file; not found: why not */
	bool found;
};
/* The files that the agent knows (agent/kernel_files.h), in two steps as above. The caller frees
 * them by kernel_files_free. An agent of an earlier build has none: that is an error. */
void agent_kernel_files_begin(struct agent *agent);
int agent_kernel_files_end(struct agent *agent, double timeout_s, struct kernel_file **out,
	size_t *count, struct error *e);
void kernel_files_free(struct kernel_file *files, size_t count);

/* --- jobs ------------------------------------------------------------------------------- */

struct job_spec {
	const struct argv *argv; /* argv[0] absolute (in the machine) */
	const struct argv *env; /* additions, or NULL */
	const char *directory; /* working directory, made if it is missing, and then removed with
	                            all in it when the job ends (one that was there before stays);
	                            NULL: "/" and nothing removed */
	const struct job_file *put;
	size_t put_count;
	char *const *collect; /* names in directory, sent back when the job has ended */
	size_t collect_count;
	const unsigned *cpus; /* affinity: CPU numbers, cpu_count of them; 0: as the agent's */
	size_t cpu_count;
	double timeout_s; /* then the whole process group is killed; > 0 */
	size_t output_limit; /* bytes of stdout (and of stderr, and of each collected file) kept;
	                          more is counted, not kept, and makes the job fail */
	bool hold; /* wait at the barrier: forked and ready, exec'd by agent_job_go */
};

struct job_file {
	const char *name; /* in spec.directory */
	const void *bytes;
	size_t count;
};

enum job_state { JOB_STARTING, JOB_HELD, JOB_RUNNING, JOB_DONE, JOB_LOST };

struct job {
	struct agent *agent;
	uint16_t id;
	enum job_state state;
	char reason[256]; /* JOB_LOST, or done by other than a plain exit: why, one line */
	char *output; /* stdout so far, NUL-terminated; then the collected files, each after
	                         a line "==> NAME <==" */
	size_t output_bytes;
	char *errors; /* stderr so far, NUL-terminated */
	size_t errors_bytes;
	bool truncated; /* more output than output_limit */
	bool timed_out;
	int exit_status; /* 0–255; -1 if it did not exit by itself */
	int signal;
	/* Times: the machine's own clocks at exec and at exit, and ours when the frames came. */
	int64_t far_start_ns, far_end_ns; /* CLOCK_MONOTONIC there; both 0: unknown */
	int64_t near_start_ns, near_end_ns; /* CLOCK_MONOTONIC here */
	double user_s, system_s; /* rusage of the process and its children */
	int64_t max_rss_bytes /* -1: unknown */, voluntary_switches, involuntary_switches;
	double steal_s; /* growth of the machine's steal time during the job */
};

/* Sends the job; *out is owned by the caller (job_free), also after errors later on. */
int agent_job_start(
	struct agent *agent, const struct job_spec *spec, struct job **out, struct error *e);
/* Releases a held job. */
int agent_job_go(struct job *job, struct error *e);
/* Asks the agent to kill the job's process group (SIGKILL); it still has to be waited for. */
void agent_job_kill(struct job *job);
void job_free(struct job *job); /* kills it if it still runs; safe with NULL */

/* Serves the streams of the given jobs' agents until some frame has been handled or timeout_s
 * passed (0: do not wait). interrupt_fd (or -1) also ends the wait when readable.
 * Returns 1 if something happened, 0 on timeout, -2 if interrupted. A stream that ends makes its
 * jobs JOB_LOST; that is not an error here. */
int agent_poll(struct job *const *jobs, size_t count, double timeout_s, int interrupt_fd);

/* Whether job ended well: done, exit status 0, not truncated, no signal. Otherwise -1 with e
 * telling why, with the last line of stderr. */
int job_check(const struct job *job, struct error *e);
/* The last line of the job's stderr that is not empty, and how many bytes of it to show; 0: none.
 * It is the job's. */
const char *job_last_error(const struct job *job, int *count);

#endif
