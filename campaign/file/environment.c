/* Whether a host runs what an environment of the site says, and has what the site file says. */
#include "campaign/file/environment.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* "6.1" begins "6.1.0-56" and not "6.12": a number is not a part of another. */
static bool begins(const char *text, const char *with)
{
	size_t length = strlen(with);

	if (!text || strncmp(text, with, length) != 0)
		return false;
	return length == 0 || !isdigit((unsigned char)with[length - 1]) ||
	       !isdigit((unsigned char)text[length]);
}

bool environment_tells(const struct environment *environment)
{
	return environment->hypervisor || environment->hypervisor_version || environment->kernel;
}

int environment_check(
	const struct environment *environment, const struct host_facts *facts, struct error *e)
{
	const char *version = facts->hypervisor_version;

	if (environment->hypervisor && strcmp(environment->hypervisor, facts->hypervisor) != 0)
		return error_set(e, "it runs hypervisor %s; %s needs hypervisor %s",
			facts->hypervisor, environment->name, environment->hypervisor);
	if (environment->hypervisor_version && !begins(version, environment->hypervisor_version))
		return error_set(e, "its hypervisor has version %s; %s needs %s…",
			version ? version : "unknown", environment->name,
			environment->hypervisor_version);
	if (environment->kernel && !begins(facts->kernel, environment->kernel))
		return error_set(e, "it runs kernel %s; %s needs %s…", facts->kernel,
			environment->name, environment->kernel);
	return 0;
}

/* Both say it, and no text begins with both. */
static bool contradict(const char *a, const char *b)
{
	return a && b && !begins(a, b) && !begins(b, a);
}

bool environments_overlap(const struct environment *a, const struct environment *b)
{
	bool other_hypervisor =
		a->hypervisor && b->hypervisor && strcmp(a->hypervisor, b->hypervisor) != 0;

	return environment_tells(a) && environment_tells(b) && !other_hypervisor &&
	       !contradict(a->hypervisor_version, b->hypervisor_version) &&
	       !contradict(a->kernel, b->kernel);
}

const struct environment *environment_recognise(
	const struct site *site, const struct host_facts *facts)
{
	for (size_t i = 0; i < site->environment_count; i++)
		if (environment_tells(&site->environments[i]) &&
			environment_check(&site->environments[i], facts, NULL) == 0)
			return &site->environments[i];
	return NULL;
}

int environment_entered(const struct environment *environment, const struct host_facts *facts,
	const char *boot_before, struct error *e)
{
	if (environment_check(environment, facts, e) < 0)
		return -1;
	/* Without a check, only a reboot shows it. */
	if (!environment_tells(environment) && boot_before && facts->boot_id &&
		strcmp(boot_before, facts->boot_id) == 0)
		return error_set(e,
			"it has not rebooted; if entering %s needs no reboot, give that "
			"environment "
			"a check (hypervisor, hypervisor_version or kernel)",
			environment->name);
	if (!facts->capacity_known)
		return error_set(e,
			"its libvirtd does not answer, and only that knows the CPUs and "
			"memory under Xen; start it with: systemctl enable --now libvirtd");
	return 0;
}

/* "0-3,8". */
static char *cpu_ranges(const struct site_host *host)
{
	struct text text = {0};

	for (size_t i = 0; i < host->cpu_count;) {
		size_t last = i;
		while (last + 1 < host->cpu_count && host->cpus[last + 1] == host->cpus[last] + 1)
			last++;
		text_addf(&text, "%s%u", i ? "," : "", host->cpus[i]);
		if (last > i)
			text_addf(&text, "-%u", host->cpus[last]);
		i = last + 1;
	}
	return text_take(&text);
}

int environment_check_capacity(
	const struct site_host *host, const struct host_facts *facts, struct error *e)
{
	char has[UNIT_TEXT_BYTES], listed[UNIT_TEXT_BYTES];

	if (!facts->capacity_known)
		return 0;
	for (size_t i = 0; i < host->cpu_count; i++) {
		if (host->cpus[i] < facts->cpu_end)
			continue;
		cleanup_free char *ranges = cpu_ranges(host);
		return error_set(e,
			"%s has %u CPUs; the site file has %s: correct the cpus of %s in it",
			host->name, facts->cpus, ranges, host->name);
	}
	if (host->memory_bytes <= facts->memory_bytes)
		return 0;
	size_format((int64_t)(facts->memory_bytes >> 20 << 20), has);
	size_format((int64_t)host->memory_bytes, listed);
	return error_set(e,
		"%s has %s of memory; the site file has %s: correct the memory of %s "
		"in it",
		host->name, has, listed, host->name);
}
