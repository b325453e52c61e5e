/* What the drivers share among themselves only: the run directory of a campaign, making and freeing
 * machines, finding programs and leftover processes. */
#ifndef TARE_DRIVERS_LOCAL_H
#define TARE_DRIVERS_LOCAL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/process.h"
#include "drivers/driver.h"

/* --- run directories: own.c -------------------------------------------------------------- */

/* "/run/tare/ID": sockets, bundles and the lock of one campaign. Caller frees. */
char *own_run_dir(const char *campaign_id);
/* An id that only this process uses: kind (5 letters) and its number. User namespaces of a user
 * share /run/tare but count processes each from 1: the number that tare-room has on the host goes
 * before it. Caller frees. */
char *own_process_id(const char *kind);
/* Whether text may be a campaign's id: 1 to 16 letters and digits. */
bool own_id_valid(const char *text);
/* The ids that clean(campaign_id) applies to: that one, or for "" each in /run/tare whose lock is
 * free. NULL-terminated; caller frees with ids_free. */
char **own_ids_to_clean(const char *campaign_id);
void own_ids_free(char **ids);
/* While it is held no campaign can begin; for drivers_clean. Returns the descriptor or -1. */
int own_lock_all(struct error *e);
/* Removes the run directory and releases the lock. 1: removed, 0: there was none. */
int own_remove(const char *campaign_id, struct error *e);

/* --- the drivers ------------------------------------------------------------------------- */

/* Every driver, in the order of `drivers`; driver_lxc is defined in libvirt.c. */
#define DRIVERS(row) \
	row(native) row(oci) row(runtime) row(libvirt) row(lxc) row(uml) row(command) row(fake)
#define DRIVER_DECLARED(name) extern const struct driver driver_##name;
DRIVERS(DRIVER_DECLARED)

/* --- machines: machine.c ----------------------------------------------------------------- */

/* A machine with its names copied, emulated if the host is; agent, facts and state are the driver's
 * to set. */
struct machine *machine_new(const struct driver *driver, const struct machine_spec *spec);
/* Keeps all other users out of the machine's work directory: what a container writes
 * there may have set-user-ID bits, and its root is that user, or the one that it enters as. */
int machine_close_dir(const struct machine_spec *spec, bool enters, struct error *e);
/* Frees what machine_new and the driver set, ending the agent first; not the state. */
void machine_free(struct machine *machine);
/* Takes the object and stores its text as the machine's facts. */
void machine_set_facts(struct machine *machine, json_t *facts);
/* CPUs that the machine may use: pin_cpus, or the first `cpus` that this process may use.
 * As a list "0,1"; caller frees. */
char *machine_cpu_list(const struct machine_spec *spec);

/* How a machine is pinned to the CPUs of the list, as text for its facts; list NULL: it is not.
 * Caller frees. */
char *machine_pinning_text(const char *cpu_list);
/* The option that several drivers have in common: a NUMA node, -1 for any. */
#define MEMORY_NODE_ROW(owner, member) \
	{ \
		.name = "memory_node", .type = OPTION_INT, .offset = offsetof(owner, member), \
		.default_text = "-1", .unit = "1", \
		.help = "NUMA node that all memory is allocated from; -1: any", .minimum = -1, \
		.maximum = 1023 \
	}

/* Likewise: privileges.h has its names and what follows from it. */
#define PRIVILEGES_ROW(owner, member) \
	{ \
		.name = "privileges", .type = OPTION_CHOICE, .offset = offsetof(owner, member), \
		.default_text = "auto", \
		.help = "auto: those of tare; user namespace: those of a user without root, also " \
			"where tare runs as root", \
		.choices = privileges_names \
	}

/* --- the host: host.c ---------------------------------------------------------------------- */

/* The decision behind host_is_emulated: the hypervisor's signature by CPUID leaf 0x40000000 ("" for
 * none) and the vendor by DMI (may be NULL). Where Xen puts its own signature before QEMU's, it is
 * unknown whether QEMU emulates the CPU: that counts as emulated, because unmarked results of an
 * emulated CPU mislead. */
bool host_signature_is_emulated(const char *signature, const char *system_vendor);
/* The capacity of the host whose hypervisor libvirt reaches by this URI: all CPUs, and as free
 * memory what no guest has. */
int host_node_capacity(const char *uri, struct host_capacity *out, struct error *e);

/* --- programs and processes: programs.c --------------------------------------------------- */

/* The full path of a program in PATH or the sbin directories, or NULL. Caller frees. */
char *program_find(const char *name);
/* First line that the words (the last is NULL) print, or NULL. Caller frees. */
char *program_version(const char *const words[]);
#define VERSION_WORDS(path) ((const char *const[]){path, "--version", NULL})
/* The process for which matches(pid, context): of several the one with the highest number, because
 * a script may have started the program. -1: none. */
pid_t program_pid(bool (*matches)(pid_t pid, const void *context), const void *context);
/* Kills (SIGKILL) every process for which matches(pid, context) and waits, at most 5 s, until
 * they are gone. Returns how many. */
size_t program_kill(bool (*matches)(pid_t pid, const void *context), const void *context);
/* Kills one (SIGKILL) and waits, at most limit_s seconds, until it is not even a zombie, which
 * others take for running. False: it is still there, or is not ours to kill. */
bool program_end(pid_t pid, double limit_s);
/* Whether an argument of the process's command line begins with the text. */
bool program_has_word(pid_t pid, const void *text);
/* Whether the source of the process's root file system begins with the text. */
bool program_has_root(pid_t pid, const void *text);

/* --- namespaces: netns.c ------------------------------------------------------------------ */

/* Moves this thread into the network namespace at path; *back takes the descriptor for
 * netns_leave. With path NULL nothing happens. */
int netns_enter(const char *path, int *back, struct error *e);
/* Moves the thread back to where it was. A failure would leave it in the wrong network namespace:
 * that aborts the process. */
void netns_leave(int back);
/* Runs `ip` with the given arguments, a NULL-terminated list. */
int netns_run_ip(struct error *e, ...) __attribute__((sentinel));

/* Removes the campaign's bridge from the host's own namespace: network.c. False: there is none. */
bool network_bridge_remove(const char *campaign_id);

/* Adds a machine's own namespace "tare-ID-NAME" with an interface eth0 that has the address, a
 * port of the network's bridge; loopback is up. With network NULL it has loopback alone. */
int netns_add(
	const char *name, const struct network *network, const char *address, struct error *e);
void netns_remove(const char *name);
/* The name of a machine's tap device, and the address of its network card: unique on the data
 * network as its address is. Caller frees. */
char *netns_tap_name(const char *campaign_id, const char *address);
char *netns_mac(const char *address);
/* Adds a tap device that is a port of the network's bridge, in its namespace, and removes one. */
int netns_add_tap(const char *name, const struct network *network, struct error *e);
void netns_remove_tap(const char *name, const char *namespace_path);
/* Removes the campaign's tap devices from the host's own namespace; returns how many. */
size_t netns_remove_taps(const char *campaign_id);
/* Calls use(name, context) for every named namespace that begins with the prefix. */
void netns_each(const char *prefix, void (*use)(const char *name, void *context), void *context);

/* --- entering the image: enter.c is the program ---------------------------------------------- */

/* The command line of tare-enter as far as native machines, containers and runtimes share it: an
 * overlay of the image's tree below work_dir/enter, so that nothing is written to the image. pin:
 * on the machine's CPUs only. memory_node: NUMA node of its memory; -1: any. */
int native_enter_argv(const struct machine_spec *spec, bool pin, int64_t memory_node,
	struct argv *argv, struct error *e);
/* Makes a directory for the user that tare-enter --user becomes. */
int native_give_directory(const char *path, struct error *e);

#endif
