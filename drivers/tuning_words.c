/* Values of options that are more than one word. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "drivers/tuning.h"

bool tuning_parse_topology(const char *text, unsigned out[3])
{
	char rest;

	return sscanf(text, "%4ux%4ux%4u%c", &out[0], &out[1], &out[2], &rest) == 3 && out[0] &&
	       out[1] && out[2];
}

char tuning_next_feature(const char **list, char name[64])
{
	const char *at = *list + strspn(*list, ", ");
	size_t length = strcspn(*at ? at + 1 : at, ", ");

	if (!*at)
		return 0;
	if ((*at != '+' && *at != '-') || length == 0 || length > 63)
		return '?';
	memcpy(name, at + 1, length);
	name[length] = '\0';
	*list = at + 1 + length;
	return *at;
}

unsigned tuning_taker(const struct hypervisor *hypervisor)
{
	static const struct {
		const char *name;
		unsigned taker;
	} rows[] = {{"kvm", TAKER_KVM}, {"xen-pv", TAKER_XEN_PV}, {"xen-pvh", TAKER_XEN_PVH},
		{"xen-hvm", TAKER_XEN_HVM}};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (strcmp(rows[i].name, hypervisor->name) == 0)
			return rows[i].taker;
	}
	return 0;
}
