/* Hosts: where drivers run. The drivers of this machine are called in this process; those of
 * another host by tare-host, which the site's reach starts there. Callers see no
 * difference. One thread at a time uses a host; different hosts are independent.
 *
 * On the other host tare-host owns the campaign's id, its network and its machines for as long as
 * its stdin is open: when the reach ends, whatever ended it, it stops its machines and removes
 * everything. Each machine's stream is one more reach, of "tare-host attach". */
#ifndef TARE_HOSTS_HOST_H
#define TARE_HOSTS_HOST_H

#include "drivers/driver.h"

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
	const char *log_path; /* what the reach says on stderr is appended here; NULL: inherited */
	const struct image *image; /* NULL: no target needs one */
	const char *agent_path; /* the static tare-agent, here */
	int interrupt_fd; /* ends every wait when readable; -1: none */
	bool wants_qemu_version; /* facts tell QEMU's version where the host is no Xen host */
	double boot_limit_s; /* how long machines may take to start there; at least 10 min are given
			      */
};

struct host_facts {
	char *kernel; /* release */
	/* What /sys/hypervisor/type says where this is the domain that controls the others; else
	 * "none": a guest of a hypervisor has none of its own. */
	char *hypervisor;
	char *hypervisor_version; /* Xen's own, or QEMU's if asked for; NULL: none */
	char *boot_id; /* another one after every boot; NULL: not to be had */
	unsigned cpus; /* of the machine, also where the hypervisor shows its first domain fewer */
	unsigned cpu_end; /* one more than the highest number of a CPU */
	uint64_t memory_bytes; /* as cpus */
	bool capacity_known; /* false where only libvirtd knows the machine, and does not answer */
	bool emulated;
	char *uncleaned; /* why something of killed campaigns is left there; NULL: nothing is */
};

struct host *host_new(const struct host_spec *spec); /* reaches nothing yet */
/* Disconnects; safe with NULL. Its machines' objects have been through hosts_stop before. */
void host_free(struct host *host);

/* Reaches the host, trying again every two seconds until timeout_s has passed: a host may still
 * boot. Brings tare-host and its helpers there if that host does not have this build of them,
 * cleans what killed campaigns left, owns the campaign's id. Does nothing if already connected. */
int host_connect(struct host *host, double timeout_s, struct error *e);
/* After host_connect has failed: whether nothing answered there, as of a host that is down. False
 * where it answered and refused or lacks something, where this machine is at fault, and where the
 * wait was interrupted. */
bool host_seems_down(const struct host *host);
/* Stops its machines and leaves nothing but the image. To be called before a host is rebooted. */
void host_disconnect(struct host *host);
/* False as soon as a call has found the stream ended or silent; its machines are lost then. */
bool host_connected(const struct host *host);
/* Asks a host that was idle whether it is still there; false: it is lost and can be connected
 * again. */
bool host_answers(struct host *host);
/* One probe of the host's CLOCK_REALTIME, all in ns: ours before and after, the host's in between.
 * Of this machine all three are one. */
int host_clock(struct host *host, int64_t *sent_ns, int64_t *far_ns, int64_t *received_ns,
	struct error *e);
/* Valid while connected. */
const struct host_facts *host_facts(const struct host *host);

/* Makes sure that the image is complete there: what is missing is copied, an interrupted copy
 * resumes, and every file's SHA-256 is checked afterwards. */
int host_stage_image(struct host *host, struct error *e);

/* The data network: bridge NULL: a private one, made now, gone with the campaign; else the
 * host's own bridge of that name, where the host has spec.address. The network is the host's
 * until it is disconnected. */
int host_network(struct host *host, const char *bridge, unsigned prefix,
	const struct network **network, struct error *e);

/* The driver's probe on that host. -1 with the reason in why_not, 0 with a remark or "". */
int host_probe(
	struct host *host, const struct driver *driver, const void *options, struct error *why_not);

struct host_machine_state;

/* A machine on a host, wherever that is. Another type than the drivers' struct machine, so that no
 * driver is called for a machine that is elsewhere. What it points to is owned by hosts/, and is as
 * in drivers/driver.h. */
struct host_machine {
	struct host *host;
	const struct driver *driver;
	struct agent *agent;
	const char *name, *address, *scratch_dir, *facts_json;
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

/* Starts all of them, different hosts at the same time, before the first is waited for. */
void hosts_start(struct host_start *starts, size_t count);
/* Stops and frees all of them, and removes their work directories; NULLs are skipped. */
void hosts_stop(struct host_machine **machines, size_t count);

/* The end of its console log; NULL: none, or not to be had. Caller frees. */
char *host_machine_log_tail(struct host_machine *machine);
int host_machine_save(struct host_machine *machine, struct error *e);
int host_machine_restore(struct host_machine *machine, struct error *e);
/* CAP_MIGRATE: moves the running machine to another host of the site, which is connected and has
 * image and network; both are reached, and their work_dir is the same. Afterwards it is a machine
 * of that host's, and the conversation continues. took_s: from the request until it ran there
 * alone. On failure it may run no more, and nothing is on the other host. */
int host_machine_migrate(
	struct host_machine *machine, struct host *destination, double *took_s, struct error *e);
int host_machine_storage_counters(
	struct host_machine *machine, struct storage_counters *out, struct error *e);

#endif
