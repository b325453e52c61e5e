/* The hosts of a site, for `tare doctor --site` and `tare clean --site`. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "campaign/fleet/visit.h"
#include "cli/verbs.h"
#include "drivers/driver.h"

static const double answer_timeout_s = 60;

/* Targets that can run on the host as it is booted now. */
static void tell_targets(struct host *host, struct text *out)
{
	for (const struct target *t = targets; t->name; t++) {
		const struct driver *driver = driver_find(t->driver);
		void *options = target_options(t);
		struct error why_not = {""};
		int status = host_probe(host, driver, options, &why_not);
		text_addf(out, "  %-16s %-4s %s\n", t->name, status < 0 ? "no" : "yes",
			error_is_set(&why_not) ? why_not.text : t->summary);
		options_free(driver->options, options);
	}
}

struct visits {
	struct image *image; /* NULL: none is there */
	atomic_bool any_left; /* on some host something could not be cleaned */
};

static void tell_host(void *context, const struct site_host *site_host, struct host *host,
	const char *failure, struct text *out)
{
	char memory[UNIT_TEXT_BYTES];
	const struct visits *visits = context;
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
	if (visits->image && host_stage_image(host, &e) < 0)
		text_addf(out, "  %s\n", e.text);
	else
		tell_targets(host, out);
}

static void tell_cleaned(void *context, const struct site_host *site_host, struct host *host,
	const char *failure, struct text *out)
{
	struct visits *visits = context;
	const char *left = failure ? NULL : host_facts(host)->uncleaned;
	if (left) {
		atomic_store(&visits->any_left, true);
		text_addf(out, "%s: not clean: %s\n", site_host->name, left);
	} else {
		text_addf(out, "%s: %s\n", site_host->name, failure ? failure : "clean");
	}
}

static void print(const char *text)
{
	fputs(text, stdout);
}

static int visit_hosts(const struct arguments *arguments, site_visitor *visitor, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(flag_value(arguments, 's'), &mistakes);
	if (common_print_mistakes(&mistakes) < 0)
		return EXIT_USAGE;
	struct visits visits = {.image = common_image(NULL)};
	cleanup_free char *agent = program_own("tare-agent", e);
	int missing = agent ? site_visit(site, visits.image, agent, answer_timeout_s, visitor,
				      &visits, print, e)
			    : -1;
	image_free(visits.image);
	site_free(site);
	if (missing < 0)
		return EXIT_USAGE;
	return missing > 0 || visits.any_left ? EXIT_SOME_FAILED : EXIT_OK;
}

int site_doctor(const struct arguments *arguments, struct error *e)
{
	return visit_hosts(arguments, tell_host, e);
}

int site_clean(const struct arguments *arguments, struct error *e)
{
	return visit_hosts(arguments, tell_cleaned, e);
}
