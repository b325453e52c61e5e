/* Source "xen": the CPU time of Xen's domains, from libvirt (virDomainGetInfo): the run's guests,
 * the control domain that serves their disks and networks, and other guests. */
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/array.h"
#include "base/clock.h"
#include "counters/source.h"

static const double ns_per_s = 1e9;
enum { CONTROL_DOMAIN = 0 };

struct domain_sums {
	double read_s; /* by CLOCK_MONOTONIC */
	double own_ns, control_ns, other_ns;
	size_t own, others;
	bool has_control;
};

/* The errors are this source's to tell. */
static void say_nothing(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

/* The connection is kept from edge to edge, unless its daemon has ended. */
static virConnectPtr connect_to(struct counters *counters, struct error *why)
{
	virConnectPtr connection = counters->hypervisor;

	if (connection && virConnectIsAlive(connection) == 1)
		return connection;
	xen_close(counters);
	connection = virConnectOpenReadOnly(counters->hypervisor_uri);
	if (!connection) {
		error_set(why, "libvirt: %s", virGetLastErrorMessage());
		return NULL;
	}
	virConnSetErrorFunc(connection, NULL, say_nothing);
	counters->hypervisor = connection;
	return connection;
}

void xen_close(struct counters *counters)
{
	if (counters->hypervisor)
		virConnectClose(counters->hypervisor);
	counters->hypervisor = NULL;
}

static void keep_domain(struct counters *counters, unsigned number)
{
	array_reserve(&counters->own_domains, &counters->own_domain_capacity,
		counters->own_domain_count + 1);
	counters->own_domains[counters->own_domain_count++] = number;
}

/* A domain that has just ended has no time any more: the run's other ones have. */
static void add_domain(struct counters *counters, virDomainPtr domain, struct domain_sums *sums)
{
	const char *name = virDomainGetName(domain);
	virDomainInfo info;

	if (!name || virDomainGetInfo(domain, &info) < 0)
		return;
	if (virDomainGetID(domain) == CONTROL_DOMAIN) {
		sums->control_ns += (double)info.cpuTime;
		sums->has_control = true;
	} else if (strstr(name, counters->campaign_id)) {
		sums->own_ns += (double)info.cpuTime;
		sums->own++;
		keep_domain(counters, virDomainGetID(domain));
	} else {
		sums->other_ns += (double)info.cpuTime;
		sums->others++;
	}
}

static void add_sums(struct reading *reading, const struct domain_sums *sums)
{
	reading_add(reading, "clock", "s", COUNTER_TOTAL, sums->read_s);
	reading_add(reading, "guests", "s", COUNTER_TOTAL, sums->own_ns / ns_per_s);
	reading_add(reading, "guest_count", "1", COUNTER_LEVEL, (double)sums->own);
	reading_add(reading, "others", "s", COUNTER_TOTAL, sums->other_ns / ns_per_s);
	reading_add(reading, "other_count", "1", COUNTER_LEVEL, (double)sums->others);
	if (sums->has_control)
		reading_add(
			reading, "control_domain", "s", COUNTER_TOTAL, sums->control_ns / ns_per_s);
	else
		reading_add_gap(reading, "control_domain", "s", COUNTER_TOTAL,
			"libvirt does not list the control domain");
}

static int read_domains(struct reading *reading, struct error *why)
{
	struct counters *counters = reading->counters;
	const char *type = counters_file(counters, "sys/hypervisor/type", NULL);
	struct domain_sums sums = {.read_s = clock_monotonic_s()};
	virDomainPtr *domains;

	counters->own_domain_count = 0;
	if (!type || strncmp(type, "xen", 3) != 0)
		return error_set(why, "this host does not run under Xen");
	virSetErrorFunc(NULL, say_nothing);
	virConnectPtr connection = connect_to(counters, why);
	if (!connection)
		return -1;
	int count = virConnectListAllDomains(connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	if (count < 0)
		return error_set(why, "libvirt: %s", virGetLastErrorMessage());
	for (int i = 0; i < count; i++) {
		add_domain(counters, domains[i], &sums);
		virDomainFree(domains[i]);
	}
	free(domains);
	add_sums(reading, &sums);
	return 0;
}

static int xen_read(struct reading *reading, struct error *why)
{
	int status = read_domains(reading, why);

	reading->counters->no_domains = status < 0 ? *why : (struct error){""};
	return status;
}

const struct counter_source source_xen = {
	.name = "xen",
	.where = "Xen hosts, as root, with libvirt",
	.read = xen_read,
};
