/* Hosts: where drivers run. Drivers of this machine are called in this process; those of a remote
 * host by tare-host, which the site's reach starts there. Callers see no difference. One thread at
 * a time uses a host; different hosts are independent.
 *
 * * * On a remote host tare-host owns the campaign's id, its network and its machines as long as
 * its stdin is open: when the reach ends for any reason, it stops its machines and removes
 * everything. Each machine's stream is one more reach, of tare-attach. */
#ifndef TARE_HOSTS_HOST_H
#define TARE_HOSTS_HOST_H

#include "drivers/driver.h"

struct counter_list;
struct host;

/* All pointers stay the caller's and outlive the host. */
struct host_spec {
	const char *name;
	/* Words of an argv whose stdin and stdout are the stream; {host} and {address} in a word
	 * are replaced; the command to run is appended. count 0: this machine itself, and every
	 * call goes to the drivers in this process. */
	const struct argv *reach;
	const char *address; /* of the host on the site's data network; NULL: it has none */
	const char *campaign_id;
	const char *work_dir; /* on that host; machines' work directories go below it */
	const char *log_path; /* the reach's stderr is appended here; NULL: inherited */
	const struct image *image; /* NULL: no target needs one */
	const char *agent_path; /* the static tare-agent, on this machine */
	int interrupt_fd; /* ends every wait when readable; -1: none */
	bool wants_qemu_version; /* facts include QEMU's version unless the host is a Xen host */
	/* The reach hides it when this process ends: tare-host then hears more often from it, and
	 * ends after a shorter silence. */
	bool pulse;
	bool host_network; /* without root: the host's own network, not one of its own */
	double boot_limit_s; /* how long machines may take to start there; at least 10 min are given
			      */
};

struct host_facts {
	char *kernel; /* release */
	/* What /sys/hypervisor/type says where this is the domain that controls the others; else
	 * "none": a guest of a hypervisor has none of its own. */
	char *hypervisor;
	char *hypervisor_version; /* Xen's own, or QEMU's if asked for; NULL: none */
	char *boot_id; /* changes with every boot; NULL: unknown */
	unsigned cpus; /* of the whole machine, even where Xen shows its first domain fewer */
	unsigned cpu_end; /* one more than the highest number of a CPU */
	uint64_t memory_bytes; /* as cpus */
	bool capacity_known; /* false: under Xen, where libvirtd does not answer */
	bool emulated;
	char *uncleaned; /* why leftovers of killed campaigns remain; NULL: none do */
};

struct host *host_new(const struct host_spec *spec); /* reaches nothing yet */
/* Disconnects; safe with NULL. Its machines must have been freed by hosts_stop before. */
void host_free(struct host *host);

/* Connects to the host, retrying every two seconds until timeout_s has passed, because it may still
 * be booting. Copies tare-host and its helpers there if the host does not have this build of them,
 * removes what killed campaigns left, and takes ownership of the campaign's id. Does nothing if
 * already connected. */
int host_connect(struct host *host, double timeout_s, struct error *e);
/* After host_connect has failed: whether nothing answered, as when a host is down. False if the
 * host answered and refused or lacks something, if the cause is on this machine, and if the wait
 * was interrupted. */
bool host_seems_down(const struct host *host);
/* Stops its machines and leaves nothing but the image and tare's programs. To be called before a
 * host is rebooted. */
void host_disconnect(struct host *host);
/* False once a call has found the stream ended or silent; the host's machines are lost then. */
bool host_connected(const struct host *host);
/* Checks a host that was idle; false: it is lost and can be connected again. */
bool host_answers(struct host *host);
/* One probe of the host's CLOCK_REALTIME, all in ns: this machine's before and after, the host's in
 * between. */
int host_clock(struct host *host, int64_t *sent_ns, int64_t *far_ns, int64_t *received_ns,
	struct error *e);
/* Valid while connected. */
const struct host_facts *host_facts(const struct host *host);

/* Makes sure that the image is complete there: what is missing is copied, an interrupted copy
 * resumes, and every file's SHA-256 is checked afterwards. */
int host_stage_image(struct host *host, struct error *e);

/* Which data network a host has. */
struct host_data {
	bool own; /* the host's own network: its address is spec.address or the interface's */
	const char *interface; /* of that; NULL: the one that has the address */
	const char *bridge; /* else the host's bridge of that name, on which it has spec.address;
			       NULL: a private one, created now and removed with the campaign */
	unsigned prefix; /* of the bridge's network */
};
/* The network is valid until the host is disconnected. */
int host_network(struct host *host, const struct host_data *data, const struct network **network,
	struct error *e);

/* The driver's probe on that host. -1 with the reason in why_not, 0 with a remark or "". */
int host_probe(
	struct host *host, const struct driver *driver, const void *options, struct error *why_not);

/* The counters of a host at one edge of a run (counters/counters.h). */
struct host_counting {
	struct host *host;
	const unsigned *cpus; /* that the run's machines are on; before the run only */
	size_t cpu_count;
	bool exit_reasons; /* as in struct counters_scope; before the run only */
	bool after; /* the run has ended */
	struct counter_list *counters; /* out: added */
};
/* Reads them, on different remote hosts in parallel. A host that does not answer has one counter,
 * of the source "host", whose note says why. */
void hosts_count(struct host_counting *countings, size_t count);

struct host_machine_state;

/* A machine on any host. Its type is not the drivers' struct machine, so that no driver can be
 * called for a machine on a remote host. What it points to is owned by hosts/; see drivers/driver.h
 * for the members' meaning. */
struct host_machine {
	struct host *host;
	const struct driver *driver;
	struct agent *agent;
	const char *name, *address, *scratch_dir, *share_dir, *facts_json;
	bool emulated;
	struct host_machine_state *state; /* private to hosts/ */
};

/* One machine to start. spec.work_dir, agent_path, image, network and campaign_id are filled in by
 * hosts_start; everything else is the caller's. */
struct host_start {
	struct host *host;
	const struct driver *driver;
	struct machine_spec spec;
	struct host_machine *machine; /* out; NULL: failed */
	struct error error; /* out: why */
};

/* Starts all of them, in parallel on different remote hosts. */
void hosts_start(struct host_start *starts, size_t count);
/* Stops and frees all of them, and removes their work directories; NULLs are skipped. */
void hosts_stop(struct host_machine **machines, size_t count);

/* The end of its console log; NULL: none, or unavailable. Caller frees. */
char *host_machine_log_tail(struct host_machine *machine);
int host_machine_save(struct host_machine *machine, struct error *e);
int host_machine_restore(struct host_machine *machine, struct error *e);
/* CAP_MIGRATE: moves the running machine to another host of the site, which is connected and has
 * image and network. Both are remote hosts with the same work_dir. Afterwards the machine belongs
 * to that host, and the agent's conversation continues. took_s: from the request until it ran only
 * there. On failure the machine may have stopped, and nothing remains on the other host. */
int host_machine_migrate(
	struct host_machine *machine, struct host *destination, double *took_s, struct error *e);
int host_machine_storage_counters(
	struct host_machine *machine, struct storage_counters *out, struct error *e);

#endif
