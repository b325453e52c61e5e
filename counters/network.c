/* Source "network": what the host's interfaces carried, from /proc/net/dev (proc_pid_net(5)):
 * cards, and what is made by software (bridges, taps, veth), each kind together. Those in other
 * network namespaces, such as a campaign's own data network, are not among them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "counters/source.h"

enum { CARDS, VIRTUAL, LOOPBACK, KINDS };

struct traffic {
	double received_bytes, received, sent_bytes, sent, dropped;
};

static int kind_of(const struct counters *counters, const char *name)
{
	char path[128];

	if (strcmp(name, "lo") == 0)
		return LOOPBACK;
	snprintf(path, sizeof(path), "sys/class/net/%s/device", name);
	return !strchr(name, '/') && counters_exists(counters, path) ? CARDS : VIRTUAL;
}

/* "eth0: BYTES PACKETS errs DROPPED fifo frame compressed multicast BYTES PACKETS errs DROPPED" */
static void add_line(const struct counters *counters, const char *line, struct traffic *sums)
{
	unsigned long long bytes, packets, dropped, sent_bytes, sent, sent_dropped;
	char name[32];

	if (sscanf(line, " %31[^: ]: %llu %llu %*u %llu %*u %*u %*u %*u %llu %llu %*u %llu", name,
		    &bytes, &packets, &dropped, &sent_bytes, &sent, &sent_dropped) != 7)
		return;
	struct traffic *sum = &sums[kind_of(counters, name)];
	sum->received_bytes += (double)bytes;
	sum->received += (double)packets;
	sum->sent_bytes += (double)sent_bytes;
	sum->sent += (double)sent;
	sum->dropped += (double)dropped + (double)sent_dropped;
}

static void add_kind(struct reading *reading, const char *kind, const struct traffic *sum)
{
	const struct {
		const char *name, *unit;
		double value;
	} rows[] = {
		{"received", "bytes", sum->received_bytes},
		{"packets_received", "1", sum->received},
		{"sent", "bytes", sum->sent_bytes},
		{"packets_sent", "1", sum->sent},
		{"packets_dropped", "1", sum->dropped},
	};
	char name[48];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		snprintf(name, sizeof(name), "%s_%s", kind, rows[i].name);
		reading_add(reading, name, rows[i].unit, COUNTER_TOTAL, rows[i].value);
	}
}

static int network_read(struct reading *reading, struct error *why)
{
	static const char *const kinds[KINDS] = {"card", "virtual", "loopback"};
	const char *text = counters_file(reading->counters, "proc/net/dev", why);
	struct traffic sums[KINDS] = {{0}};

	if (!text)
		return -1;
	while (*text) {
		add_line(reading->counters, text, sums);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	for (size_t i = 0; i < KINDS; i++)
		add_kind(reading, kinds[i], &sums[i]);
	return 0;
}

const struct counter_source source_network = {
	.name = "network",
	.where = "Linux hosts; of the network namespace that tare runs in",
	.read = network_read,
};
