/* What this host is, seen from inside: whether it is Xen's dom0, whether its CPU is emulated, and
 * its capacity. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/libvirt.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "base/array.h"
#include "base/files.h"
#include "drivers/connection.h"
#include "drivers/local.h"

/* Bit of /sys/hypervisor/properties/features: this is dom0 (XENFEAT_dom0 in Xen's
 * public/features.h). It needs no xenfs. */
enum { FEATURE_DOM0 = 11 };

static const char signature_tcg[] = "TCGTCGTCGTCG", signature_xen[] = "XenVMMXenVMM";

static pthread_once_t emulated_once = PTHREAD_ONCE_INIT;
static bool emulated;

bool host_is_xen(void)
{
	cleanup_free char *type = file_read_line("/sys/hypervisor/type");
	cleanup_free char *features = file_read_line("/sys/hypervisor/properties/features");

	return type && strcmp(type, "xen") == 0 && features &&
	       strtoul(features, NULL, 16) >> FEATURE_DOM0 & 1;
}

char *host_xen_version(void)
{
	cleanup_free char *major = file_read_line("/sys/hypervisor/version/major");
	cleanup_free char *minor = file_read_line("/sys/hypervisor/version/minor");
	cleanup_free char *extra = file_read_line("/sys/hypervisor/version/extra");

	if (!major || !minor)
		return NULL;
	return str_printf("%s.%s%s", major, minor, extra ? extra : "");
}

char *host_qemu_version(void)
{
	static const char before[] = "version ";
	cleanup_free char *path = program_find("qemu-system-x86_64");
	cleanup_free char *line = path ? program_version(VERSION_WORDS(path)) : NULL;
	const char *at = line ? strstr(line, before) : NULL;

	if (!at)
		return NULL;
	at += strlen(before);
	return str_printf("%.*s", (int)strspn(at, "0123456789."), at);
}

int host_node_capacity(const char *uri, struct host_capacity *out, struct error *e)
{
	virConnectPtr connection;
	virNodeInfo node;

	if (connection_get(uri, &connection, e) < 0)
		return -1;
	if (virNodeGetInfo(connection, &node) < 0)
		return connection_error(e, "read the CPUs and memory of the host");
	uint64_t free_bytes = virNodeGetFreeMemory(connection);
	if (free_bytes == 0)
		return connection_error(e, "read the free memory of the host");
	*out = (struct host_capacity){.cpus = mem_new(node.cpus, sizeof(*out->cpus)),
		.cpu_count = node.cpus,
		.memory_bytes = (uint64_t)node.memory * 1024,
		.free_bytes = free_bytes};
	for (unsigned cpu = 0; cpu < node.cpus; cpu++)
		out->cpus[cpu] = cpu;
	return 0;
}

/* Only the CPUs that this process may use: a batch system may have assigned a part of the host. */
static void own_capacity(struct host_capacity *out)
{
	cpu_set_t set;
	uint64_t memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		CPU_ZERO(&set);
	*out = (struct host_capacity){.cpus = mem_new(CPU_SETSIZE, sizeof(*out->cpus)),
		.memory_bytes = memory_bytes,
		.free_bytes = memory_bytes};
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			out->cpus[out->cpu_count++] = cpu;
}

int host_capacity(struct host_capacity *out, struct error *e)
{
	if (host_is_xen())
		return host_node_capacity("xen:///system", out, e);
	own_capacity(out);
	return 0;
}

void host_capacity_free(struct host_capacity *capacity)
{
	free(capacity->cpus);
	*capacity = (struct host_capacity){0};
}

bool host_signature_is_emulated(const char *signature, const char *system_vendor)
{
	if (strcmp(signature, signature_tcg) == 0)
		return true;
	return strcmp(signature, signature_xen) == 0 && system_vendor &&
	       strcmp(system_vendor, "QEMU") == 0;
}

static void find_emulated(void)
{
	cleanup_free char *vendor = file_read_line("/sys/class/dmi/id/sys_vendor");
	char signature[13] = "";

#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	/* Leaf 1, ecx bit 31: there is a hypervisor, and leaf 0x40000000 is its signature. */
	if (__get_cpuid(1, &a, &b, &c, &d) && c & 1u << 31) {
		__cpuid(0x40000000, a, b, c, d);
		memcpy(signature, &b, 4);
		memcpy(signature + 4, &c, 4);
		memcpy(signature + 8, &d, 4);
	}
#endif
	emulated = host_signature_is_emulated(signature, vendor);
}

bool host_is_emulated(void)
{
	pthread_once(&emulated_once, find_emulated);
	return emulated;
}
