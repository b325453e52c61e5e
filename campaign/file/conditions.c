/* Network conditions: the commands that set them on an interface and take them back. */
#include "campaign/file/conditions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define IP "/sbin/ip"
#define TC "/sbin/tc"

enum { QUEUE_PACKETS = 1000, PACKET_BITS = 1500 * 8 };
static const double unlimited_bit_s = 10e9, delay_max_s = 60, rate_min_bit_s = 1000,
		    rate_max_bit_s = 1e12;

static const struct {
	const char *name;
	double bit_s;
} rate_units[] = {{"bit", 1}, {"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}};

int conditions_parse_rate(const char *text, double *bit_s, struct error *e)
{
	char *unit;
	double value = strtod(text, &unit);

	for (size_t i = 0; unit != text && i < ARRAY_COUNT(rate_units); i++) {
		size_t length = strlen(rate_units[i].name);
		if (strncmp(unit, rate_units[i].name, length) != 0 ||
			(unit[length] && strcmp(unit + length, "/s") != 0))
			continue;
		value *= rate_units[i].bit_s;
		if (!(value >= rate_min_bit_s && value <= rate_max_bit_s))
			return error_set(
				e, "expected a rate from 1kbit to 1000Gbit, not \"%s\"", text);
		*bit_s = value;
		return 0;
	}
	return error_set(e, "expected a rate such as 100Mbit or 1.5Gbit, not \"%s\"", text);
}

int conditions_check(const struct conditions *c, struct error *e)
{
	if (c->delay_s > delay_max_s)
		return error_set(e, "delay must be at most %g s", delay_max_s);
	if (c->jitter_s > c->delay_s)
		return error_set(e, "jitter must not exceed delay, about which it varies");
	if (!(c->delay_s > 0) && !(c->loss > 0) && !(c->rate_bit_s > 0))
		return error_set(e, "expected delay, jitter, loss or rate; `network: none` leaves "
				    "the network as it is");
	return 0;
}

static void add_time(struct text *text, const char *name, double seconds)
{
	if (!(seconds > 0))
		return;
	bool sub_ms = seconds < 1e-3, sub_s = seconds < 1;
	text_addf(text, "%s%s %.9g%s", text->count ? " " : "", name,
		seconds * (sub_ms         ? 1e6
				  : sub_s ? 1e3
					  : 1),
		sub_ms  ? "us"
		: sub_s ? "ms"
			: "s");
}

char *conditions_text(const struct conditions *c)
{
	struct text text = {0};

	add_time(&text, "delay", c->delay_s);
	add_time(&text, "jitter", c->jitter_s);
	if (c->loss > 0)
		text_addf(&text, "%sloss %.9g%%", text.count ? " " : "", c->loss * 100);
	if (c->rate_bit_s > 0) {
		size_t unit = ARRAY_COUNT(rate_units) - 1;
		while (c->rate_bit_s < rate_units[unit].bit_s)
			unit--;
		text_addf(&text, "%srate %.9g%s", text.count ? " " : "",
			c->rate_bit_s / rate_units[unit].bit_s, rate_units[unit].name);
	}
	return text_take(&text);
}

void conditions_add_argv(const struct conditions *c, const char *interface, struct argv *argv)
{
	double bit_s = c->rate_bit_s > 0 ? c->rate_bit_s : unlimited_bit_s;

	argv_add_all(argv, TC, "qdisc", "replace", "dev", interface, "root", "netem", NULL);
	argv_add(argv, "limit");
	argv_addf(argv, "%.0f",
		ceil((c->delay_s + c->jitter_s) * bit_s / PACKET_BITS) + QUEUE_PACKETS);
	if (c->delay_s > 0) {
		argv_add(argv, "delay");
		argv_addf(argv, "%.0fus", c->delay_s * 1e6);
		if (c->jitter_s > 0)
			argv_addf(argv, "%.0fus", c->jitter_s * 1e6);
	}
	if (c->loss > 0) {
		argv_add_all(argv, "loss", "random", NULL);
		argv_addf(argv, "%.9g%%", c->loss * 100);
	}
	if (c->rate_bit_s > 0) {
		argv_add(argv, "rate");
		argv_addf(argv, "%.0fbit", c->rate_bit_s);
	}
}

void conditions_remove_argv(const char *interface, struct argv *argv)
{
	argv_add_all(argv, TC, "qdisc", "del", "dev", interface, "root", NULL);
}

void conditions_segments_argv(const char *interface, unsigned segments, struct argv *argv)
{
	argv_add_all(argv, IP, "link", "set", "dev", interface, "gso_max_segs", NULL);
	argv_addf(argv, "%u", segments);
}
