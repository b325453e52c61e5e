/* Compares a guest's domain with the usual one of its target, without names of this one guest. */
#include "drivers/difference.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "drivers/xml_diff.h"

/* Every occurrence of a name replaced by what stands for it. The caller frees. */
static char *replaced(const char *text, const char *name, const char *stand_in)
{
	cleanup_text struct text escaped = {0};
	struct text out = {0};
	const char *at = text;

	text_add_xml(&escaped, name);
	for (const char *found; (found = strstr(at, escaped.bytes)); at = found + escaped.count) {
		text_addf(&out, "%.*s", (int)(found - at), at);
		text_add(&out, stand_in);
	}
	text_add(&out, at);
	return text_take(&out);
}

/* NULL: the scratch disk is none. */
static const char *loop_device(const struct preparation *p)
{
	bool is_spare = p->options->device && p->options->device[0];

	return p->domain.scratch_device && !is_spare ? p->domain.scratch_disk : NULL;
}

/* The work directory's path has the campaign's id in it, and so comes before it. */
static char *without_names(const struct preparation *p, const char *xml)
{
	const struct machine_spec *spec = p->spec;
	bool is_partition = p->options->storage == STORAGE_PARTITION;
	const struct {
		const char *name, *stand_in;
	} names[] = {
		{spec->work_dir, "/work"},
		{spec->image->directory, "/image"},
		{spec->campaign_id, "ID"},
		{loop_device(p), is_partition ? "/dev/loopNp1" : "/dev/loopN"},
	};
	char *text = str_dup(xml);

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (!names[i].name)
			continue;
		cleanup_free char *before = text;
		text = replaced(before, names[i].name, names[i].stand_in);
	}
	return text;
}

json_t *difference_lines(const struct preparation *p, struct error *e)
{
	cleanup_free char *usual_xml = prepare_usual_xml(p);
	cleanup_free char *usual = without_names(p, usual_xml);
	cleanup_free char *own = without_names(p, p->xml);

	if (strcmp(usual, own) == 0)
		return NULL;
	return xml_diff(p->spec->work_dir, usual, own, e);
}
