/* Relax NG by libxml2, as libvirt itself does it. */
#include "drivers/schema.h"

#include <libxml/relaxng.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/xml.h"

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"

static void add_reason(void *context, const xmlError *error)
{
	struct text *reasons = context;

	if (!error->message)
		return;
	text_addf(reasons, "%s%.*s", reasons->count ? "; " : "", (int)strcspn(error->message, "\n"),
		error->message);
}

static int check(xmlRelaxNGPtr schema, xmlDocPtr document, struct error *e)
{
	xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(schema);
	cleanup_text struct text reasons = {0};

	/* Since libxml2 2.12 the error that it hands over is const. */
	xmlRelaxNGSetValidStructuredErrors(context, (xmlStructuredErrorFunc)add_reason, &reasons);
	bool accepted = xmlRelaxNGValidateDoc(context, document) == 0;
	xmlRelaxNGFreeValidCtxt(context);
	if (accepted)
		return 0;
	text_one_line(reasons.bytes);
	return error_set(e, "libvirt's schema refuses the result: %s", reasons.bytes);
}

int schema_check(const char *xml, struct error *e)
{
	if (!file_exists(SCHEMA))
		return 0;
	xmlDocPtr document = xml_parse(xml, "the domain", e);
	xmlRelaxNGParserCtxtPtr parser = document ? xmlRelaxNGNewParserCtxt(SCHEMA) : NULL;
	xmlRelaxNGPtr schema = parser ? xmlRelaxNGParse(parser) : NULL;
	int status = !document ? -1 : schema ? check(schema, document, e) : 0;

	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(parser);
	xmlFreeDoc(document);
	return status;
}
