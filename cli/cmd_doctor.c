/* tare doctor: what can run here, and why the rest cannot. */
#include <hwloc.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/client.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "cli/verbs.h"
#include "drivers/driver.h"

/* What a tool is for, and how it tells its version. */
static const struct tool {
	const char *argv[3];
	const char *purpose;
} tools[] = {
	{{"qemu-system-x86_64", "--version"}, "guests under KVM or emulation"},
	{{"libvirtd", "--version"}, "hypervisors"},
	{{"runc", "--version"}, "containers"},
	{{"ip", "-V"}, "the data network"},
	{{"mke2fs", "-V"}, "scratch disks"},
	{{"mmdebstrap", "--version"}, "building the image"},
	{{"gnuplot", "--version"}, "figures"},
	{{"ssh", "-V"}, "other hosts"},
};

static void print_tools(void)
{
	printf("tools:\n");
	for (size_t i = 0; i < ARRAY_COUNT(tools); i++) {
		cleanup_argv struct argv argv = {0};
		struct process_result result = {0};
		struct error e = {""};
		for (size_t j = 0; tools[i].argv[j]; j++)
			argv_add(&argv, tools[i].argv[j]);
		const char *version = "missing";
		if (process_run(&argv, 10, &result, &e) == 0 && result.output && result.output[0]) {
			result.output[strcspn(result.output, "\n")] = '\0';
			version = result.output;
		}
		printf("  %-20s %-32s %s\n", tools[i].argv[0], tools[i].purpose, version);
		process_result_free(&result);
	}
}

static void print_targets(const struct image *image, const char *no_image)
{
	printf("targets:\n");
	for (const struct target *t = targets; t->name; t++) {
		const struct driver *driver = driver_find(t->driver);
		void *options = target_options(t);
		struct error why_not = {""};
		int status = 0;
		if ((driver->caps & CAP_NEEDS_IMAGE) && !image)
			status = error_set(&why_not, "%s", no_image);
		else if (driver->probe)
			status = driver->probe(options, image, &why_not);
		printf("  %-16s %-4s %s\n", t->name, status < 0 ? "no" : "yes",
			status < 0 ? why_not.text : t->summary);
		if (status == 0 && error_is_set(&why_not))
			printf("  %-16s      %s\n", "", why_not.text);
		options_free(driver->options, options);
	}
}

static void print_topology(void)
{
	hwloc_topology_t topology;
	printf("topology:\n");
	if (hwloc_topology_init(&topology) < 0)
		return;
	if (hwloc_topology_load(topology) == 0) {
		static const struct {
			hwloc_obj_type_t type;
			const char *name;
		} levels[] = {{HWLOC_OBJ_PACKAGE, "packages"}, {HWLOC_OBJ_NUMANODE, "NUMA nodes"},
			{HWLOC_OBJ_L3CACHE, "L3 caches"}, {HWLOC_OBJ_CORE, "cores"},
			{HWLOC_OBJ_PU, "hardware threads"}};
		for (size_t i = 0; i < ARRAY_COUNT(levels); i++)
			printf("  %-20s %d\n", levels[i].name,
				hwloc_get_nbobjs_by_type(topology, levels[i].type));
		printf("  %-20s %.1f GiB\n", "memory",
			(double)hwloc_get_root_obj(topology)->total_memory / (1 << 30));
	}
	hwloc_topology_destroy(topology);
}

/* Facts that make measurements noisy or slow, with what to know about them. */
static const struct noise {
	const char *key, *remark;
} noises[] = {
	{"kernel", ""},
	{"cpu_model", ""},
	{"cpuid_hypervisor",
		"this machine is a guest: its host adds noise that cannot be seen here"},
	{"clocksource", "tsc is best"},
	{"governor", "\"performance\" is steadiest"},
	{"turbo", "\"off\" is steadiest"},
	{"smt", "\"off\" is steadiest"},
	{"transparent_hugepages", ""},
	{"load", "should be near 0 before a campaign"},
	{"steal_s", "seconds since boot that a hypervisor took from this machine"},
	{"mitigations", ""},
};

static void print_fact(const struct noise *noise, const json_t *value)
{
	printf("  %-22s ", noise->key);
	const char *key;
	json_t *item;
	if (!value) {
		printf("unknown\n");
		return;
	}
	if (json_is_object(value)) {
		printf("\n");
		json_object_foreach((json_t *)value, key, item)
			printf("    %-26s %s\n", key, json_string_value(item));
		return;
	}
	if (json_is_string(value))
		printf("%s", json_string_value(value));
	else
		printf("%g", json_number_value(value));
	printf("%s%s\n", noise->remark[0] ? "  – " : "", noise->remark);
}

/* The same facts that are stored with every machine of a campaign, by the same program. */
static int print_noise(struct error *e)
{
	cleanup_free char *path = program_own("tare-agent", e), *text = NULL;
	cleanup_argv struct argv argv = {0};
	if (!path)
		return -1;
	argv_add(&argv, path);
	struct agent *agent = agent_spawn("this host", &argv, NULL, e);
	if (!agent)
		return -1;
	int status = agent_hello(agent, 10, e) < 0 || agent_facts(agent, 10, &text, e) < 0 ? -1 : 0;
	agent_free(agent);
	json_t *facts = status == 0 ? json_loads(text, 0, NULL) : NULL;
	if (status == 0 && !facts)
		return error_set(e, "the agent's facts are not JSON");
	printf("host, and what makes it noisy:\n");
	for (size_t i = 0; status == 0 && i < ARRAY_COUNT(noises); i++)
		print_fact(&noises[i], json_object_get(facts, noises[i].key));
	json_decref(facts);
	return status;
}

int cmd_doctor(const struct arguments *arguments, struct error *e)
{
	struct error no_image = {""};
	if (flag_given(arguments, 's'))
		return site_doctor(arguments, e);
	struct image *image = common_image(&no_image);
	printf("tare %s\nimage:\n  %s\n", TARE_VERSION, image ? image->digest : no_image.text);
	print_targets(image, no_image.text);
	print_tools();
	print_topology();
	int status = print_noise(e);
	image_free(image);
	return status < 0 ? EXIT_SOME_FAILED : EXIT_OK;
}
