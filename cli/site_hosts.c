/* The hosts of a site, for `tare doctor --site` and `tare clean --site`. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "campaign/fleet/each_host.h"
#include "cli/verbs.h"
#include "drivers/driver.h"

static const double answer_timeout_s = 60;

enum { TARGETS_MAX = 64 };

struct site_hosts {
	struct image *image; /* NULL: none is there */
	atomic_bool any_unclean; /* on some host something could not be cleaned */
	atomic_uint ready[TARGETS_MAX]; /* per target: hosts that it can run on */
};

/* Targets that can run on the host as it is booted now. */
static void add_targets(struct site_hosts *hosts, struct host *host, struct text *out)
{
	for (const struct target *t = targets; t->name; t++) {
		const struct driver *driver = driver_find(t->driver);
		void *options = target_options(t);
		struct error why_not = {""};
		int status = host_probe(host, driver, options, &why_not);
		text_addf(out, "  %-16s %-4s %s\n", t->name, status < 0 ? "no" : "yes",
			error_is_set(&why_not) ? why_not.text : t->summary);
		if (status == 0 && t - targets < TARGETS_MAX)
			atomic_fetch_add(&hosts->ready[t - targets], 1);
		options_free(driver->options, options);
	}
}

static void add_host(void *context, const struct site_host *site_host, struct host *host,
	const char *failure, struct text *out)
{
	char memory[UNIT_TEXT_BYTES];
	struct site_hosts *hosts = context;
	struct error e = {""};

	if (failure) {
		text_addf(out, "%s: %s\n", site_host->name, failure);
		return;
	}
	const struct host_facts *facts = host_facts(host);
	text_addf(out, "%s: kernel %s, hypervisor %s%s%s, %u CPUs, %s%s\n", site_host->name,
		facts->kernel, facts->hypervisor, facts->hypervisor_version ? " " : "",
		facts->hypervisor_version ? facts->hypervisor_version : "", facts->cpus,
		size_format((int64_t)(facts->memory_bytes >> 20 << 20), memory),
		facts->emulated ? ", emulated" : "");
	if (hosts->image && host_stage_image(host, &e) < 0)
		text_addf(out, "  %s\n", e.text);
	else
		add_targets(hosts, host, out);
}

static void add_cleaned(void *context, const struct site_host *site_host, struct host *host,
	const char *failure, struct text *out)
{
	struct site_hosts *hosts = context;
	const char *left = failure ? NULL : host_facts(host)->uncleaned;

	if (left) {
		atomic_store(&hosts->any_unclean, true);
		text_addf(out, "%s: not clean: %s\n", site_host->name, left);
	} else {
		text_addf(out, "%s: %s\n", site_host->name, failure ? failure : "clean");
	}
}

static void print(const char *text)
{
	fputs(text, stdout);
}

/* "ready: native, container (1 of 2 hosts); all 2 hosts answer" */
static void print_verdict(const struct site_hosts *hosts, size_t count, size_t missing)
{
	const char *separator = "ready: ";

	for (size_t t = 0; t < TARGETS_MAX && targets[t].name; t++) {
		unsigned ready = atomic_load(&hosts->ready[t]);
		if (ready == 0 || !(driver_find(targets[t].driver)->caps & CAP_NEEDS_IMAGE))
			continue;
		printf("%s%s", separator, targets[t].name);
		if (ready < count)
			printf(" (%u of %zu hosts)", ready, count);
		separator = ", ";
	}
	if (separator[0] == 'r')
		printf("not ready: no target can run on any host");
	if (missing)
		printf("; %zu of %zu hosts do not answer\n", missing, count);
	else
		printf("; every host answers\n");
}

static int do_each(
	const struct arguments *arguments, each_host_work *work, bool verdict, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(flag_value(arguments, 's'), &mistakes);

	if (common_print_mistakes(&mistakes) < 0)
		return EXIT_USAGE;
	struct site_hosts hosts = {.image = common_image(NULL)};
	cleanup_free char *agent = program_own("tare-agent", e);
	int missing = agent ? each_host(site, hosts.image, agent, answer_timeout_s, work, &hosts,
				      print, e)
			    : -1;
	if (missing >= 0 && verdict)
		print_verdict(&hosts, site->host_count, (size_t)missing);
	image_free(hosts.image);
	site_free(site);
	if (missing < 0)
		return EXIT_USAGE;
	return missing > 0 || hosts.any_unclean ? EXIT_SOME_FAILED : EXIT_OK;
}

int site_doctor(const struct arguments *arguments, struct error *e)
{
	return do_each(arguments, add_host, true, e);
}

int site_clean(const struct arguments *arguments, struct error *e)
{
	return do_each(arguments, add_cleaned, false, e);
}
