/* tare doctor: what can run here, and why the rest cannot. */
#include <hwloc.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/client.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/numbers.h"
#include "base/text.h"
#include "cli/footnotes.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "drivers/driver.h"
#include "report/write/text_table.h"

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

/* What is found here, and what it comes to. */
struct doctor {
	size_t width;
	struct text ready; /* names of targets that can run, with the marks of their notes */
	struct argv warnings; /* one text each */
};

static void add_warning(struct doctor *doctor, const char *text)
{
	argv_add(&doctor->warnings, text);
}

/* Probing takes seconds: what is known is shown at once. */
static void show(struct text *out)
{
	fputs(out->bytes ? out->bytes : "", stdout);
	fflush(stdout);
	text_free(out);
}

static void show_table(const struct doctor *doctor, struct sections *sections)
{
	cleanup_text struct text out = {0};

	text_table_add(&sections->tables[0], doctor->width, false, &out);
	show(&out);
	sections_free(sections);
}

/* Has the columns in the order of the names, the first whole. */
static struct table *new_table(
	struct sections *sections, const char *title, const char *const *columns, size_t count)
{
	struct table *table = sections_add(sections, str_dup(title));

	for (size_t i = 0; i < count; i++)
		table_add_column(table, "", columns[i], i == 0 ? COLUMN_WHOLE : 0);
	return table;
}

static void print_tools(struct doctor *doctor)
{
	static const char *const columns[] = {"", "", ""};
	struct sections sections = {0};
	struct table *table = new_table(&sections, "tools:", columns, ARRAY_COUNT(columns));

	for (size_t i = 0; i < ARRAY_COUNT(tools); i++) {
		cleanup_argv struct argv argv = {0};
		struct process_result result = {0};
		struct error e = {""};
		for (size_t j = 0; tools[i].argv[j]; j++)
			argv_add(&argv, tools[i].argv[j]);
		bool found = process_run(&argv, 10, &result, &e) == 0 && result.output &&
			     result.output[0];
		if (found)
			result.output[strcspn(result.output, "\n")] = '\0';
		table_add_cell(table, TONE_PLAIN, tools[i].argv[0]);
		table_add_cell(table, TONE_PLAIN, tools[i].purpose);
		table_add_cell(table, TONE_PLAIN, found ? result.output : "missing");
		if (!found) {
			cleanup_free char *text = str_printf("%s is missing, which is for %s",
				tools[i].argv[0], tools[i].purpose);
			add_warning(doctor, text);
		}
		process_result_free(&result);
	}
	show_table(doctor, &sections);
}

/* --- targets ---------------------------------------------------------------------------------- */

/* 0, with e set where there is something to know all the same; or -1 with the reason. */
static int probe(const struct target *target, const struct image *image, const char *no_image,
	struct error *e)
{
	const struct driver *driver = driver_find(target->driver);
	void *options = target_options(target);
	int status = 0;

	if ((driver->caps & CAP_NEEDS_IMAGE) && !image)
		status = error_set(e, "%s", no_image);
	else if (driver->probe)
		status = driver->probe(options, image, e);
	options_free(driver->options, options);
	return status;
}

/* Targets whose machines run the image measure; others are for trying tare, and for special
 * cases. */
static void note_ready(struct doctor *doctor, const struct target *target, const char *mark)
{
	if (driver_find(target->driver)->caps & CAP_NEEDS_IMAGE)
		text_addf(&doctor->ready, "%s%s%s", doctor->ready.count ? ", " : "", target->name,
			mark);
}

static void print_targets(struct doctor *doctor, const struct image *image, const char *no_image)
{
	static const char *const columns[] = {"", "runs", ""};
	struct sections sections = {0};
	struct table *table = new_table(&sections, "targets:", columns, ARRAY_COUNT(columns));
	cleanup_footnotes struct footnotes notes = {0};
	cleanup_text struct text below = {0};

	for (const struct target *t = targets; t->name; t++) {
		struct error e = {""};
		cleanup_text struct text runs = {0}, mark = {0};
		size_t known = notes.count;
		int status = probe(t, image, no_image, &e);
		if (error_is_set(&e))
			footnotes_mark(&notes, e.text, &mark);
		if (status == 0 && notes.count > known)
			add_warning(doctor, e.text);
		if (status == 0)
			note_ready(doctor, t, mark.count ? mark.bytes : "");
		text_addf(&runs, "%s%s", status < 0 ? "no" : "yes", mark.count ? mark.bytes : "");
		table_add_cell(table, TONE_PLAIN, t->name);
		table_add_cell(table, TONE_PLAIN, runs.bytes);
		table_add_cell(table, TONE_PLAIN, t->summary);
	}
	show_table(doctor, &sections);
	footnotes_add(&notes, doctor->width, &below);
	show(&below);
}

static void print_topology(const struct doctor *doctor)
{
	static const struct {
		hwloc_obj_type_t type;
		const char *name;
	} levels[] = {{HWLOC_OBJ_PACKAGE, "package"}, {HWLOC_OBJ_NUMANODE, "NUMA node"},
		{HWLOC_OBJ_L3CACHE, "L3 cache"}, {HWLOC_OBJ_CORE, "core"},
		{HWLOC_OBJ_PU, "hardware thread"}};
	cleanup_text struct text line = {0}, out = {0};
	hwloc_topology_t topology;

	if (hwloc_topology_init(&topology) < 0)
		return;
	text_add(&line, "topology: ");
	if (hwloc_topology_load(topology) == 0) {
		for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
			int count = hwloc_get_nbobjs_by_type(topology, levels[i].type);
			text_addf(&line, "%d %s%s, ", count, levels[i].name, count == 1 ? "" : "s");
		}
		text_addf(&line, "%.1f GiB",
			(double)hwloc_get_root_obj(topology)->total_memory / (1 << 30));
	}
	hwloc_topology_destroy(topology);
	text_table_add_lines(&out, line.bytes, doctor->width);
	text_add(&out, "\n");
	show(&out);
}

/* --- the host --------------------------------------------------------------------------------- */

/* Facts that make measurements noisy or slow, and when they do. */
static const struct noise {
	const char *key;
	const char *quiet; /* the value that is steadiest; NULL: any other rule */
	double most; /* of a number; 0: any */
	const char *warning; /* shown where the value differs; NULL: never */
} noises[] = {
	{"kernel", NULL, 0, NULL},
	{"cpu_model", NULL, 0, NULL},
	{"cpuid_hypervisor", "", 0,
		"this machine is a guest: its host adds noise that cannot be seen here"},
	{"clocksource", "tsc", 0, "clock sources other than tsc are slow or imprecise"},
	{"governor", "performance", 0, "the governor \"performance\" is steadiest"},
	{"turbo", "off", 0, "turbo \"off\" is steadiest"},
	{"smt", NULL, 0, NULL},
	{"transparent_hugepages", NULL, 0, NULL},
	{"load", NULL, 0.5, "the load should be near 0 before a campaign"},
	{"steal_s", NULL, 0, NULL},
	{"mitigations", NULL, 0, NULL},
};

static void check_fact(struct doctor *doctor, const struct noise *noise, const json_t *value)
{
	const char *text = json_string_value(value);
	bool noisy = text ? noise->quiet && strcmp(text, noise->quiet) != 0
			  : noise->most > 0 && json_number_value(value) > noise->most;

	if (!noisy || !noise->warning)
		return;
	char number[NUMBER_BYTES];
	cleanup_free char *warning = str_printf("%s %s: %s", noise->key,
		text ? text : number_short(json_number_value(value), number), noise->warning);
	add_warning(doctor, warning);
}

/* What affects the CPUs, one a row; the others are counted. */
static void add_mitigations(struct table *table, const json_t *mitigations)
{
	const char *key;
	json_t *item;
	size_t unaffected = 0;

	table_add_cell(table, TONE_PLAIN, "mitigations");
	table_add_cell(table, TONE_PLAIN, "");
	json_object_foreach((json_t *)mitigations, key, item)
	{
		const char *text = json_string_value(item);
		if (!text || strcmp(text, "Not affected") == 0) {
			unaffected++;
			continue;
		}
		cleanup_free char *name = str_printf("· %s", key);
		table_add_cell(table, TONE_PLAIN, name);
		table_add_cell(table, TONE_PLAIN, text);
	}
	cleanup_free char *others = str_printf("%zu others: not affected", unaffected);
	table_add_cell(table, TONE_PLAIN, "");
	table_add_cell(table, TONE_PLAIN, others);
}

static void add_fact(struct table *table, const struct noise *noise, const json_t *value)
{
	if (json_is_object(value)) {
		add_mitigations(table, value);
		return;
	}
	char number[NUMBER_BYTES];
	const char *text = !value ? "unknown"
			   : json_is_string(value)
				   ? json_string_value(value)
				   : number_format(json_number_value(value), number);
	table_add_cell(table, TONE_PLAIN, noise->key);
	table_add_cell(table, TONE_PLAIN, text);
}

/* The same facts that are stored with every machine of a campaign, by the same program. Caller
 * frees. */
static json_t *read_facts(struct error *e)
{
	cleanup_free char *path = program_own("tare-agent", e), *text = NULL;
	cleanup_argv struct argv argv = {0};

	if (!path)
		return NULL;
	argv_add(&argv, path);
	struct agent *agent = agent_spawn("this host", &argv, NULL, e);
	if (!agent)
		return NULL;
	int status = agent_hello(agent, 10, e) < 0 || agent_facts(agent, 10, &text, e) < 0 ? -1 : 0;
	agent_free(agent);
	json_t *facts = status == 0 ? json_loads(text, 0, NULL) : NULL;
	if (status == 0 && !facts)
		error_set(e, "the agent's facts are not JSON");
	return facts;
}

static int print_noise(struct doctor *doctor, struct error *e)
{
	static const char *const columns[] = {"", ""};
	struct sections sections = {0};
	json_t *facts = read_facts(e);

	if (!facts)
		return -1;
	struct table *table = new_table(
		&sections, "host, and what makes it noisy:", columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < ARRAY_COUNT(noises); i++) {
		const json_t *value = json_object_get(facts, noises[i].key);
		add_fact(table, &noises[i], value);
		check_fact(doctor, &noises[i], value);
	}
	show_table(doctor, &sections);
	json_decref(facts);
	return 0;
}

/* --- the verdict ------------------------------------------------------------------------------ */

static void print_verdict(struct doctor *doctor, const char *no_image)
{
	cleanup_text struct text line = {0}, out = {0};
	size_t count = doctor->warnings.count;

	text_add(&out, count ? "warnings:\n" : "");
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *warning = str_printf("- %s", doctor->warnings.words[i]);
		text_table_add_lines(&out, warning, doctor->width);
	}
	if (doctor->ready.count)
		text_addf(&line, "ready: %s", doctor->ready.bytes);
	else
		text_addf(&line, "not ready: %s",
			no_image[0] ? no_image : "no target can run here; above is why");
	text_addf(&line, "; %zu warning%s", count, count == 1 ? "" : "s");
	text_add(&out, count ? "\n" : "");
	text_table_add_lines(&out, line.bytes, doctor->width);
	show(&out);
}

static void print_image(const struct doctor *doctor, const char *image)
{
	cleanup_text struct text out = {0};

	text_addf(&out, "tare %s\nimage:\n", TARE_VERSION);
	text_table_add_lines(&out, image, doctor->width);
	text_add(&out, "\n");
	show(&out);
}

int cmd_doctor(const struct arguments *arguments, struct error *e)
{
	struct doctor doctor = {.width = terminal_columns(STDOUT_FILENO)};
	struct error no_image = {""};

	if (flag_given(arguments, 's'))
		return site_doctor(arguments, e);
	struct image *image = common_image(&no_image);
	print_image(&doctor, image ? image->digest : no_image.text);
	print_targets(&doctor, image, no_image.text);
	print_tools(&doctor);
	print_topology(&doctor);
	int status = print_noise(&doctor, e);
	if (status == 0)
		print_verdict(&doctor, no_image.text);
	bool ready = status == 0 && doctor.ready.count;
	text_free(&doctor.ready);
	argv_free(&doctor.warnings);
	image_free(image);
	return ready ? EXIT_OK : EXIT_SOME_FAILED;
}
