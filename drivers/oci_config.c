/* Builds the configuration of a container: the usual namespaces and capabilities, and the same
 * mounts that native machines and guests have, so that only the isolation differs. */
#include "drivers/oci_config.h"

#include <string.h>
#include <sys/statvfs.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/enter.h"
#include "drivers/privileges.h"

#define BOUND_AGENT "/run/tare-agent"
#define IMAGE_AGENT "/usr/lib/tare/tare-agent"

/* What files of any owner need, and placing and locking memory: no benchmark needs more of what
 * container engines give by default (device nodes, raw sockets, other users). */
static const char *const capabilities[] = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
	"CAP_FSETID", "CAP_IPC_LOCK", "CAP_KILL", "CAP_SYS_NICE"};

/* Of the host, and of no use inside: memory, keys, hardware; and what only looks like settings of
 * the container. */
static const char *const masked_paths[] = {"/proc/acpi", "/proc/asound", "/proc/kcore",
	"/proc/keys", "/proc/kmsg", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
	"/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"};
static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

/* /dev/shm without the 64 MiB limit of container engines: MPI's shared memory needs more, and
 * neither native machines nor guests have it. */
static const struct mount_row {
	const char *target, *type, *options[6];
} mounts[] = {
	{"/proc", "proc", {"nosuid", "nodev", "noexec"}},
	{"/dev", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
	{"/dev/pts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
	{"/dev/shm", "tmpfs", {"nosuid", "nodev", "mode=1777"}},
	{"/sys", "sysfs", {"nosuid", "nodev", "noexec", "ro"}},
	{"/run", "tmpfs", {"nosuid", "nodev", "mode=0755"}},
	{"/tmp", "tmpfs", {"nosuid", "nodev", "mode=1777"}},
};

/* The host's, with all that is mounted below it. */
static const struct mount_row host_sys = {
	"/sys", "bind", {"rbind", "nosuid", "nodev", "noexec", "ro"}};

static json_t *strings(const char *const *words, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count && words[i]; i++)
		json_array_append_new(list, json_string(words[i]));
	return list;
}

/* A user namespace cannot take it away: mount_namespaces(7), "locked". NULL: it is not set, or can
 * be taken away. */
static const char *locked_flag(const struct oci_container *container, const char *source)
{
	struct statvfs status;
	bool is_locked = (container->entered || privileges_in_namespace()) &&
			 statvfs(source, &status) == 0 && status.f_flag & ST_NOEXEC;

	return is_locked ? "noexec" : NULL;
}

static void bind_add(json_t *list, const struct oci_container *container, const char *source,
	const char *target, const char *mode)
{
	if (source)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:[s, s, s, s, s*]}", "destination",
				      target, "type", "bind", "source", source, "options", "bind",
				      "nosuid", "nodev", mode, locked_flag(container, source)));
}

static json_t *mount_list(const struct oci_container *container)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_COUNT(mounts); i++) {
		const struct mount_row *row = &mounts[i];
		if (container->entered && strcmp(row->target, host_sys.target) == 0)
			row = &host_sys;
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:o}", "destination", row->target, "type",
				row->type, "source", row == &host_sys ? row->target : row->type,
				"options", strings(row->options, ARRAY_COUNT(row->options))));
	}
	if (!container->entered)
		bind_add(list, container, container->agent, BOUND_AGENT, "ro");
	bind_add(list, container, container->scratch, "/scratch", "rw");
	return list;
}

static json_t *process(const struct oci_container *container)
{
	const char *const agent[] = {!container->agent    ? IMAGE_AGENT
				     : container->entered ? ENTER_PUT
							  : BOUND_AGENT};
	const struct argv *command = container->command;
	json_t *args = command ? strings((const char *const *)command->words, command->count)
			       : strings(agent, ARRAY_COUNT(agent));
	json_t *caps = strings(capabilities, ARRAY_COUNT(capabilities));

	return json_pack("{s:b, s:{s:i, s:i}, s:o, s:[s, s], s:s, s:b, s:{s:O, s:O, s:o}}",
		"terminal", 0, "user", "uid", 0, "gid", 0, "args", args, "env",
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "cwd", "/", "noNewPrivileges",
		1, "capabilities", "bounding", caps, "effective", caps, "permitted", caps);
}

static json_t *namespaces(const struct oci_container *container)
{
	static const char *const kinds[] = {"pid", "ipc", "uts", "mount"};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		json_array_append_new(list, json_pack("{s:s}", "type", kinds[i]));
	if (container->entered)
		return list;
	json_t *network = json_pack("{s:s}", "type", "network");
	if (container->netns_path)
		json_object_set_new(network, "path", json_string(container->netns_path));
	json_array_append_new(list, network);
	return list;
}

static json_t *resources(const struct oci_container *container)
{
	json_t *limits = json_pack("{s:[{s:b, s:s}]}", "devices", "allow", 0, "access", "rwm");

	if (container->cpus)
		json_object_set_new(limits, "cpu", json_pack("{s:s}", "cpus", container->cpus));
	if (container->memory_bytes > 0)
		json_object_set_new(limits, "memory",
			json_pack("{s:I}", "limit", (json_int_t)container->memory_bytes));
	return limits;
}

json_t *oci_config(const struct oci_container *container)
{
	/* Without limits no control group is named: runc then does without, where it may make none.
	 */
	bool has_limits = container->cpus || container->memory_bytes > 0;
	cleanup_free char *cgroup =
		has_limits ? str_printf("%s/%s", container->group_parent, container->name) : NULL;

	return json_pack("{s:s, s:o, s:{s:s, s:b}, s:s, s:o, s:{s:s*, s:o, s:o, s:o, s:o, s:o*}}",
		"ociVersion", "1.0.2", "process", process(container), "root", "path",
		container->root, "readonly", 0, "hostname", container->name, "mounts",
		mount_list(container), "linux", "cgroupsPath", cgroup, "namespaces",
		namespaces(container), "resources", resources(container), "maskedPaths",
		strings(masked_paths, ARRAY_COUNT(masked_paths)), "readonlyPaths",
		strings(readonly_paths, ARRAY_COUNT(readonly_paths)), "seccomp", oci_filter());
}
