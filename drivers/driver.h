/* Drivers: ways to get machines. Native is a driver like the others. The core never compares
 * driver names: what it must know is data (caps). A driver knows no benchmark and prints
 * nothing. */
#ifndef TARE_DRIVERS_DRIVER_H
#define TARE_DRIVERS_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/client.h"
#include "base/error.h"
#include "base/option.h"

enum driver_caps {
	CAP_GUESTS = 1 << 0, /* several machines per host, each with CPUs and memory of its own;
				       without it a host is one machine */
	CAP_SHARES_KERNEL = 1 << 1, /* runs on the host's kernel: native, container */
	CAP_OWN_NETWORK = 1 << 2, /* each machine has an address of its own on the data network;
				       without it, it uses its host's */
	CAP_NEEDS_IMAGE = 1 << 3,
	CAP_NEEDS_NETWORK = 1 << 4,
	CAP_SAVE = 1 << 5, /* save and restore */
	CAP_MIGRATE = 1 << 6,
	CAP_STORAGE_COUNTERS = 1 << 7,
};

/* The image: one userspace for every machine. Paths belong to the image object. */
struct image {
	char *directory, *digest;
	char *root_dir; /* tree, for native and containers */
	char *root_disk; /* read-only disk image */
	char *kernel; /* what guests boot: ELF where the image has that */
	char *kernel_bzimage; /* the same for loaders that take no ELF */
	char *initrd;
	char *initrd_packed; /* the same for loaders to which every byte is slow */
	char *manifest; /* JSON text */
};
/* Opens CACHE/images/DIGEST or, with digest NULL, "current". The error names the fix
 * (scripts/image). */
int image_open(const char *digest, struct image **out, struct error *e);
void image_free(struct image *image);

/* The data network of one host: a bridge, on this machine in a network namespace of its own
 * (named tare-ID), addressed from 198.18.0.0/15, with no route out. On a Xen host it is a bridge
 * in the host's own namespace, because that is where the back ends of Xen's guests appear. */
struct network {
	char *name; /* "tare-" and the campaign's id; of the namespace, where there is one */
	char *namespace_path; /* /run/netns/NAME, or NULL: the host's own namespace */
	char *bridge; /* name of the bridge */
	char *host_address; /* the host's own address on it, without prefix */
	unsigned prefix; /* length, e.g. 24 */
	unsigned mtu; /* of the bridge, in bytes; its ports get the same */
};
int network_new(const char *campaign_id, struct network **out, struct error *e);
/* The address of machine number index (0-based) on it, e.g. "198.18.0.2"; caller frees. */
char *network_address(const struct network *network, unsigned index);
void network_free(struct network *network); /* removes all of it; safe with NULL */

/* The machine that a driver is to start. All pointers stay the caller's and outlive the machine. */
struct machine_spec {
	const char
		*campaign_id; /* 8 hex digits; in the name of everything made outside the process */
	const char *name; /* unique in the campaign while it runs, e.g. "kvm-virtio-1" */
	unsigned index; /* of the machine on its host, 0-based */
	unsigned cpus;
	uint64_t memory_bytes, scratch_bytes;
	const unsigned *pin_cpus; /* host CPUs that the machine may use (affinity; vCPU i is pinned
				     to pin_cpus[i] when there are as many as cpus), pin_count of
				     them */
	size_t pin_count;
	const struct image *image; /* NULL for drivers without CAP_NEEDS_IMAGE */
	const struct network *network; /* NULL: no data network */
	const char *address; /* of this machine on it, for CAP_OWN_NETWORK */
	const char *work_dir; /* existing directory for sockets, overlays, scratch and logs of this
				 machine; its creator removes it */
	const char
		*agent_path; /* the static tare-agent on this host, for drivers without an image */
	const void *options; /* the driver's option struct */
	/* It will be saved or migrated: a KVM guest then has no CPU features that QEMU cannot
	 * transfer to another host (the invariant time stamp counter). */
	bool migratable;
};

/* Totals of one block device. */
struct storage_counts {
	uint64_t writes, written_bytes, flushes;
};

/* The same storage counted at two places: what the machine passed to the hypervisor, and what the
 * host passed to its own device below the scratch file or directory. */
struct storage_counters {
	struct storage_counts machine, host;
	bool machine_known; /* false: nothing between the machine and the host's kernel counts, or
			       reports its counts */
	bool host_known; /* false: the scratch storage lies on no block device of the host's */
};

/* Where to migrate a machine. */
struct migration {
	const char *address; /* of the destination, where the source reaches it; or NULL */
	const char *uri; /* of the destination's libvirt, as the source's daemon reaches it; NULL:
			    by the machine's options and the address */
	const char *memory_uri, *disks_uri; /* what carries the data, e.g. "tcp://198.18.0.12";
					       NULL: to the address, or libvirt's choice */
};

struct driver;

struct machine {
	const struct driver *driver;
	char *name;
	struct agent *agent; /* stream connected; not yet greeted: agent_hello waits for the boot */
	char *address; /* on the data network, or NULL */
	char *scratch_dir; /* as seen inside the machine */
	char *share_dir; /* likewise, of a directory that it shares with its host; or NULL */
	char *log_path; /* console log on the host, or NULL */
	bool emulated; /* its CPU is emulated: its results are marked everywhere */
	char *facts_json; /* what the driver knows: hypervisor, version, accelerator, device model,
				domain XML digest, pinning …; one JSON object */
	void *state; /* the driver's own */
};

struct driver {
	const char *name, *summary;
	const struct option_row *options;
	size_t options_size;
	unsigned caps;
	unsigned (*option_caps)(const void *options); /* what options add to caps; NULL: nothing */
	unsigned cpus_max; /* of one machine; 0: as many as there are */
	/* Whether options contradict each other or the size of a machine: cpus of each, 0 where
	 * that is not known. The error begins with an option's name, "OPTION: …". NULL: they never
	 * do. */
	int (*check)(const void *options, unsigned cpus, struct error *e);
	/* Can it run on this host? -1 with the reason in why_not, which begins with an option's
	 * name, too, where that is the reason; 0, and then why_not may hold a remark for the user
	 * ("emulated because …"). KVM is probed by booting. */
	int (*probe)(const void *options, const struct image *image, struct error *why_not);
	/* Starts a machine and connects its stream. Several machines may be started before the
	 * first is greeted, so that boots overlap. Thread-safe for different specs. */
	int (*start)(const struct machine_spec *spec, struct machine **out, struct error *e);
	/* Ends the machine and frees it, whatever state it is in. Never fails; safe with NULL. */
	void (*stop)(struct machine *machine);
	/* CAP_SAVE: writes the running machine's memory and state to its work directory; afterwards
	 * it does not run. restore resumes it; its agent then has a new stream, over which the
	 * session continues. */
	int (*save)(struct machine *machine, struct error *e);
	int (*restore)(struct machine *machine, struct error *e);
	/* CAP_MIGRATE, in this order. receive, on the destination, makes what the machine needs
	 * there (directories, disks) from a spec that has the same campaign, name and work_dir; its
	 * machine has no stream yet. migrate, on the source, moves the running machine with memory
	 * and scratch disk; afterwards the machine there can only be stopped. arrive, on the
	 * destination, connects the stream: the session continues over it. Call it while migrate is
	 * running, and again as long as it fails: a call waits for the machine for a second, so
	 * that the caller can give up. */
	int (*receive)(const struct machine_spec *spec, struct machine **out, struct error *e);
	int (*migrate)(struct machine *machine, const struct migration *migration, struct error *e);
	int (*arrive)(struct machine *machine, struct error *e);
	/* CAP_STORAGE_COUNTERS: the requests to the machine's scratch storage since it started, and
	 * those to the host's whole device since it appeared: take differences. */
	int (*storage_counters)(
		struct machine *machine, struct storage_counters *out, struct error *e);
	/* Removes what a killed campaign with this id left on this host ("" : any campaign's whose
	 * owner no longer lives). One line per thing removed goes to report(context, line). NULL:
	 * leaves nothing. */
	int (*clean)(const char *campaign_id, void (*report)(void *context, const char *line),
		void *context, struct error *e);
};

extern const struct driver *const drivers[]; /* NULL-terminated */
const struct driver *driver_find(const char *name);
/* What the driver can do with these options: values of enum driver_caps. */
unsigned driver_caps(const struct driver *driver, const void *options);
/* Stops through its driver; safe with NULL. */
void machine_stop(struct machine *machine);

/* A target is a named way of running: a driver and values for its options. */
struct target {
	const char *name, *summary;
	const char *driver;
	struct target_preset {
		const char *option, *value;
	} presets[8]; /* ends at option NULL */
	const char
		*environment; /* what the host must be booted into: "linux", "xen" or NULL: any */
};
extern const struct target targets[]; /* ends at name NULL */
const struct target *target_find(const char *name);
/* The options of the target's driver with the values that the target sets. options_free them. */
void *target_options(const struct target *target);

/* Whether this host's own CPU is emulated, and with it all that is measured here. */
bool host_is_emulated(void);
/* Whether this is dom0, the control domain of a Xen host: there the back ends of guests' network
 * cards appear in the host's own network namespace. */
bool host_is_xen(void);
/* Xen's own version there, as "4.17.4"; NULL where there is none. Caller frees. */
char *host_xen_version(void);
/* The version of the QEMU that guests would use here, as "7.2.15"; NULL where there is none. Runs
 * it, which takes a second on an emulated CPU. Caller frees. */
char *host_qemu_version(void);

/* Makes /run/tare/ID and holds its lock until drivers_clean of that id, or until this process ends:
 * the sign that the campaign is alive and must not be cleaned up. Networks and machines of that id
 * call it themselves; calling it first only fixes the order. Fails if another process owns the id.
 * Safe to call again. */
int drivers_own(const char *campaign_id, struct error *e);

/* What machines can have on this host: the CPUs that this process may use, and the memory. Under
 * Xen the domain that tare runs in sees only a part of the host; there the capacity is all CPUs,
 * and the free memory is what no domain has. */
struct host_capacity {
	unsigned *cpus; /* their numbers; free with host_capacity_free */
	size_t cpu_count;
	uint64_t memory_bytes; /* of the whole host */
	uint64_t free_bytes; /* of that: for new machines; all of it without Xen */
};
/* Fails only under Xen, where it queries libvirt. */
int host_capacity(struct host_capacity *out, struct error *e);
void host_capacity_free(struct host_capacity *capacity);

/* One of tare's own programs (tare-agent, tare-enter …): next to this executable, in an
 * installation's library directory, or in the build tree. NULL with the error naming the fix.
 * Caller frees. */
char *program_own(const char *name, struct error *e);

/* Everything that campaigns left on this host: every driver's clean, then namespaces, bridges,
 * taps, mounts and run directories. With an id: of that campaign, which must be this process's own
 * or have no owner; "" : of every campaign whose owner no longer lives. */
int drivers_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e);

#endif
