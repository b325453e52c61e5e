/* How long a guest with every option that this host can give takes from start() until its agent
 * answers, against the same guest without any. In turns, the order changing from pair to pair.
 *     guest_options PAIRS
 * Prints a line "WITH_S WITHOUT_S" per pair. */
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "tests/perf/machine.h"

static const double limit_s = 120;

/* What needs neither hardware nor reserved memory; the stylesheet's path is added. */
static const char *const settings[] = {"machine=q35", "firmware=qboot", "cache=none", "io=io_uring",
	"iothreads=2", "disk_queues=1", "discard=unmap", "packed=true", "net_queues=1", "vhost=off",
	"topology=1x1x1", "numa=-1", "ksm=off", "balloon=virtio", "mitigations=nosmt"};

static const char sheet[] =
	"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>"
	"<xsl:template match='@*|node()'><xsl:copy><xsl:apply-templates select='@*|node()'/>"
	"</xsl:copy></xsl:template></xsl:stylesheet>";

static double time_start(struct perf_host *host, const char *const *options, struct error *e)
{
	double began_s, took_s = -1;
	struct machine *machine = perf_start_with(host, "kvm-virtio", options, 1, &began_s, e);

	if (machine && agent_hello(machine->agent, limit_s, e) == 0)
		took_s = clock_monotonic_s() - began_s;
	machine_stop(machine);
	return took_s;
}

static int measure(struct perf_host *host, const char *const *options, int pairs, struct error *e)
{
	/* libvirt asks QEMU what it can do, and files are read for the first time. */
	if (time_start(host, NULL, e) < 0)
		return -1;
	for (int i = 0; i < pairs; i++) {
		double with_s = -1, without_s = -1;

		for (int turn = 0; turn < 2; turn++) {
			double *took_s = (turn + i) % 2 ? &with_s : &without_s;
			*took_s = time_start(host, (turn + i) % 2 ? options : NULL, e);
			if (*took_s < 0)
				return -1;
		}
		printf("%.4f %.4f\n", with_s, without_s);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *options[ARRAY_COUNT(settings) + 2] = {NULL};
	struct perf_host host;
	struct error e = {""};

	if (argc != 2) {
		fprintf(stderr, "usage: guest_options PAIRS\n");
		return 2;
	}
	int status = perf_open(&host, "/var/tmp", true, &e);
	cleanup_free char *path = str_printf("%s/sheet.xsl", host.work_dir);
	cleanup_free char *xslt = str_printf("xslt=%s", path);
	for (size_t i = 0; i < ARRAY_COUNT(settings); i++)
		options[i] = settings[i];
	options[ARRAY_COUNT(settings)] = xslt;
	if (status == 0)
		status = file_write(path, sheet, sizeof(sheet) - 1, &e);
	if (status == 0)
		status = measure(&host, options, atoi(argv[1]), &e);
	perf_close(&host);
	if (status < 0)
		fprintf(stderr, "guest_options: %s\n", e.text);
	return status < 0;
}
