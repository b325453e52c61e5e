/* How a running guest of QEMU shows the directory that it shares: by its XML and its virtiofsd. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "drivers/domain_private.h"
#include "drivers/tuning_look.h"
#include "drivers/virtiofsd.h"

#define SHARE "/domain/devices/filesystem[target/@dir='" DOMAIN_SHARE_TAG "']"

char *tuning_look_share(const struct tuning_view *view, const char *asked)
{
	cleanup_free char *count = xml_text(view->xml, "string(count(" SHARE "))");
	cleanup_free char *driver = xml_text(view->xml, SHARE "/driver/@type");

	(void)asked;
	if (!count || strcmp(count, "0") == 0)
		return str_dup("none");
	return str_dup(driver && strcmp(driver, "virtiofs") == 0 ? "virtiofs" : "9p");
}

/* Without a word virtiofsd does as its own default says, which is called auto as well. */
char *tuning_look_share_cache(const struct tuning_view *view, const char *asked)
{
	static const char key[] = ",cache=";
	const char *share = domain_share(view->domain);

	(void)asked;
	if (!share || strcmp(share, "virtiofs") != 0)
		return NULL;
	cleanup_free char *words = virtiofsd_words(view->domain->share_dir);
	const char *value = words ? strstr(words, key) : NULL;
	if (!value)
		return words ? str_dup("auto") : NULL;
	value += strlen(key);
	return str_printf("%.*s", (int)strcspn(value, ","), value);
}

/* The guest mounts with this size, or does not start (agent/boot.c). */
char *tuning_look_share_msize(const struct tuning_view *view, const char *asked)
{
	static const char key[] = " tare.share=9p:";
	cleanup_free char *line = xml_text(view->xml, "concat(/domain/os/cmdline, ' ')");
	const char *value = line ? strstr(line, key) : NULL;
	char buffer[UNIT_TEXT_BYTES];

	(void)asked;
	return value ? str_dup(size_format(strtoll(value + strlen(key), NULL, 10), buffer)) : NULL;
}
