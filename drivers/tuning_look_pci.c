/* How a running guest of QEMU shows the PCI devices that it has of the host. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "drivers/tuning_look.h"

#define SOURCE "/domain/devices/hostdev[%zu]/source/address/@%s"

/* "0000:01:00.0" of the number-th device; NULL: there is none. Caller frees. */
static char *address_of(const struct tuning_view *view, size_t number)
{
	static const char *const parts[] = {"domain", "bus", "slot", "function"};
	unsigned values[ARRAY_COUNT(parts)];

	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		cleanup_free char *path = str_printf(SOURCE, number, parts[i]);
		cleanup_free char *text = xml_text(view->xml, path);
		if (!text || !text[0])
			return NULL;
		values[i] = (unsigned)strtoul(text, NULL, 0);
	}
	return str_printf("%04x:%02x:%02x.%x", values[0], values[1], values[2], values[3]);
}

char *tuning_look_hostdev(const struct tuning_view *view, const char *asked)
{
	struct text list = {0};
	char *address;

	(void)asked;
	for (size_t number = 1; (address = address_of(view, number)); number++) {
		text_addf(&list, "%s%s", list.count ? "," : "", address);
		free(address);
	}
	return list.count ? text_take(&list) : NULL;
}
