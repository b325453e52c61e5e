/* Reads the machine's facts. Each table row is one fact. */
#include "agent/facts.h"

#include <dirent.h>
#include <math.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"

/* --- JSON -------------------------------------------------------------------------------- */

static void add_string(struct text *out, const char *string)
{
	text_add(out, "\"");
	for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_addf(out, "\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			text_addf(out, "\\u%04x", *c);
		else
			text_add_bytes(out, c, 1);
	}
	text_add(out, "\"");
}

/* Begins a member of the object that is being written. */
static void add_key(struct text *out, const char *key)
{
	if (out->count && out->bytes[out->count - 1] != '{')
		text_add(out, ",");
	add_string(out, key);
	text_add(out, ":");
}

static void add_text_fact(struct text *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	add_key(out, key);
	add_string(out, value);
}

static void add_number_fact(struct text *out, const char *key, double value)
{
	if (!isfinite(value))
		return;
	add_key(out, key);
	text_addf(out, "%.17g", value);
}

/* --- tables ------------------------------------------------------------------------------ */

static const struct {
	const char *key, *path;
} LINES[] = {
	{"clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
	{"clocksources", "/sys/devices/system/clocksource/clocksource0/available_clocksource"},
	{"governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
	{"frequency_driver", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver"},
	{"smt", "/sys/devices/system/cpu/smt/control"},
	{"cpus_list", "/sys/devices/system/cpu/online"},
	{"cpus_isolated", "/sys/devices/system/cpu/isolated"},
	{"numa_nodes", "/sys/devices/system/node/online"},
	{"hypervisor_type", "/sys/hypervisor/type"},
	{"hypervisor_guest_type", "/sys/hypervisor/guest_type"},
	{"transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"},
	{"boot_command_line", "/proc/cmdline"},
	{"system_vendor", "/sys/class/dmi/id/sys_vendor"},
	{"system_product", "/sys/class/dmi/id/product_name"},
};

static const struct {
	const char *key, *name;
} CPU_LINES[] = {
	{"cpu_model", "model name"},
	{"cpu_vendor", "vendor_id"},
	{"microcode", "microcode"},
	{"cpu_flags", "flags"},
};

static const struct {
	const char *key;
	int name;
} NUMBERS[] = {
	{"cpus", _SC_NPROCESSORS_ONLN},
	{"cpus_configured", _SC_NPROCESSORS_CONF},
	{"page_bytes", _SC_PAGESIZE},
};

static const struct {
	const char *key, *name; /* kB in /proc/meminfo */
} MEMORY[] = {
	{"mem_total_bytes", "MemTotal:"},
	{"mem_available_bytes", "MemAvailable:"},
	{"swap_total_bytes", "SwapTotal:"},
	{"hugepage_bytes", "Hugepagesize:"},
};

/* --- parts ------------------------------------------------------------------------------- */

/* The settings of SMT, turbo and so on exist under different names; the first that exists
 * counts. "1" means on, unless inverted. */
static void add_turbo(struct text *out)
{
	static const struct {
		const char *path;
		char on;
	} PLACES[] = {
		{"/sys/devices/system/cpu/intel_pstate/no_turbo", '0'},
		{"/sys/devices/system/cpu/cpufreq/boost", '1'},
	};

	for (size_t i = 0; i < ARRAY_COUNT(PLACES); i++) {
		cleanup_free char *line = file_read_line(PLACES[i].path);

		if (line) {
			add_text_fact(out, "turbo", line[0] == PLACES[i].on ? "on" : "off");
			return;
		}
	}
}

static void add_cpu_lines(struct text *out)
{
	cleanup_file FILE *file = fopen("/proc/cpuinfo", "re");
	cleanup_free char *line = NULL;
	size_t capacity = 0;

	/* Of the first CPU; the CPUs of a machine are equal. */
	while (file && getline(&line, &capacity, file) > 1) {
		char *value = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		if (!value)
			continue;
		value += strspn(value, ": \t");
		for (size_t i = 0; i < ARRAY_COUNT(CPU_LINES); i++) {
			size_t length = strlen(CPU_LINES[i].name);

			if (strncmp(line, CPU_LINES[i].name, length) == 0 &&
				strchr("\t :", line[length]))
				add_text_fact(out, CPU_LINES[i].key, value);
		}
	}
}

static void add_memory(struct text *out)
{
	cleanup_file FILE *file = fopen("/proc/meminfo", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		for (size_t i = 0; i < ARRAY_COUNT(MEMORY); i++) {
			size_t length = strlen(MEMORY[i].name);

			if (strncmp(line, MEMORY[i].name, length) == 0)
				add_number_fact(
					out, MEMORY[i].key, strtod(line + length, NULL) * 1024);
		}
	}
}

static void add_mitigations(struct text *out)
{
	static const char FOLDER[] = "/sys/devices/system/cpu/vulnerabilities";
	cleanup_dir DIR *folder = opendir(FOLDER);
	struct dirent *entry;

	if (!folder)
		return;
	add_key(out, "mitigations");
	text_add(out, "{");
	while ((entry = readdir(folder))) {
		cleanup_free char *path = str_printf("%s/%s", FOLDER, entry->d_name);
		cleanup_free char *line = entry->d_name[0] == '.' ? NULL : file_read_line(path);

		add_text_fact(out, entry->d_name, line);
	}
	text_add(out, "}");
}

static char *cache_line(int index, const char *name)
{
	cleanup_free char *path =
		str_printf("/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);

	return file_read_line(path);
}

/* {"L1 Data":"32K", …}, as the kernel reports them for CPU 0. */
static void add_caches(struct text *out)
{
	bool any = false;

	for (int i = 0; i < 8; i++) {
		cleanup_free char *level = cache_line(i, "level");
		cleanup_free char *type = cache_line(i, "type");
		cleanup_free char *size = cache_line(i, "size");

		if (!level || !type || !size)
			break;
		if (!any) {
			add_key(out, "caches");
			text_add(out, "{");
			any = true;
		}
		cleanup_free char *name = str_printf("L%s %s", level, type);
		add_text_fact(out, name, size);
	}
	if (any)
		text_add(out, "}");
}

static void add_hypervisor(struct text *out)
{
	cleanup_free char *major = file_read_line("/sys/hypervisor/version/major");
	cleanup_free char *minor = file_read_line("/sys/hypervisor/version/minor");
	cleanup_free char *extra = file_read_line("/sys/hypervisor/version/extra");

	if (major && minor) {
		cleanup_free char *version =
			str_printf("%s.%s%s", major, minor, extra ? extra : "");

		add_text_fact(out, "hypervisor_version", version);
	}
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	/* Leaf 1, ecx bit 31: runs under a hypervisor; leaf 0x40000000: its signature. */
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 31)))
		return;
	char signature[13] = "";
	__cpuid(0x40000000, a, b, c, d);
	memcpy(signature, &b, 4);
	memcpy(signature + 4, &c, 4);
	memcpy(signature + 8, &d, 4);
	add_text_fact(out, "cpuid_hypervisor", signature[0] ? signature : "unnamed");
#endif
}

/* Of the only network card; with several it is unknown which one the benchmark uses. */
static void add_mtu(struct text *out)
{
	cleanup_dir DIR *folder = opendir("/sys/class/net");
	cleanup_free char *mtu = NULL;
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		cleanup_free char *type_path = str_printf("/sys/class/net/%s/type", entry->d_name);
		cleanup_free char *type = file_read_line(type_path);

		if (!type || strtol(type, NULL, 10) != ARPHRD_ETHER)
			continue;
		if (mtu)
			return;
		cleanup_free char *path = str_printf("/sys/class/net/%s/mtu", entry->d_name);
		mtu = file_read_line(path);
	}
	if (mtu)
		add_number_fact(out, "mtu", strtod(mtu, NULL));
}

static void add_moment(struct text *out)
{
	cleanup_free char *load = file_read_line("/proc/loadavg");
	struct timespec boot;

	if (load)
		add_number_fact(out, "load", strtod(load, NULL));
	add_number_fact(out, "steal_s", facts_steal_s());
	if (clock_gettime(CLOCK_BOOTTIME, &boot) == 0)
		add_number_fact(out, "uptime_s", (double)boot.tv_sec + (double)boot.tv_nsec * 1e-9);
}

double facts_steal_s(void)
{
	cleanup_free char *line = file_read_line("/proc/stat");
	unsigned long long steal;

	if (!line || sscanf(line, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
		return 0;
	return (double)steal / (double)sysconf(_SC_CLK_TCK);
}

char *facts_json(void)
{
	struct text out = {0};
	struct utsname system;

	text_add(&out, "{");
	if (uname(&system) == 0) {
		add_text_fact(&out, "kernel", system.release);
		add_text_fact(&out, "kernel_version", system.version);
		add_text_fact(&out, "architecture", system.machine);
		add_text_fact(&out, "hostname", system.nodename);
	}
	for (size_t i = 0; i < ARRAY_COUNT(NUMBERS); i++)
		add_number_fact(&out, NUMBERS[i].key, (double)sysconf(NUMBERS[i].name));
	add_cpu_lines(&out);
	add_memory(&out);
	for (size_t i = 0; i < ARRAY_COUNT(LINES); i++) {
		cleanup_free char *line = file_read_line(LINES[i].path);

		add_text_fact(&out, LINES[i].key, line);
	}
	add_turbo(&out);
	add_hypervisor(&out);
	add_caches(&out);
	add_mitigations(&out);
	add_mtu(&out);
	add_moment(&out);
	text_add(&out, "}");
	return text_take(&out);
}
