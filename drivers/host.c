/* What this host is, seen from inside: whether guests' back ends live in its own kernel, and
 * whether its CPU is an emulator's. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "base/files.h"
#include "drivers/local.h"

/* Bit of /sys/hypervisor/properties/features: this is the domain that controls the others
 * (XENFEAT_dom0 in Xen's public/features.h). It needs no xenfs. */
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

bool signature_is_emulated(const char *signature, const char *system_vendor)
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
	emulated = signature_is_emulated(signature, vendor);
}

bool host_is_emulated(void)
{
	pthread_once(&emulated_once, find_emulated);
	return emulated;
}
