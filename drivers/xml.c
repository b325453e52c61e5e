/* XML by libxml2, which libvirt itself uses. */
#include "drivers/xml.h"

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

xmlDocPtr xml_parse(const char *text, const char *what, struct error *e)
{
	xmlDocPtr document = xmlReadMemory(text, (int)strlen(text), what, NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const xmlError *error = xmlGetLastError();

	if (document)
		return document;
	cleanup_free char *words = str_dup(error && error->message ? error->message : "no XML");
	words[strcspn(words, "\n")] = '\0';
	error_set(e, "%s:%d: %s", what, error ? error->line : 0, words);
	return NULL;
}

char *xml_indented(const char *text, struct error *e)
{
	xmlDocPtr document = xmlReadMemory(text, (int)strlen(text), NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlChar *bytes = NULL;
	int count = 0;

	if (!document) {
		error_set(e, "no XML");
		return NULL;
	}
	xmlDocDumpFormatMemory(document, &bytes, &count, 1);
	char *copy = str_dup((const char *)bytes);
	xmlFree(bytes);
	xmlFreeDoc(document);
	return copy;
}

xmlXPathContextPtr xml_context_new(xmlDocPtr document)
{
	return document ? xmlXPathNewContext(document) : NULL;
}

void xml_context_free(xmlXPathContextPtr context)
{
	xmlDocPtr document = context ? context->doc : NULL;

	xmlXPathFreeContext(context);
	xmlFreeDoc(document);
}

char *xml_text(xmlXPathContextPtr context, const char *path)
{
	xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST path, context);
	bool is_empty = !found ||
			(found->type == XPATH_NODESET && xmlXPathNodeSetIsEmpty(found->nodesetval));
	xmlChar *text = is_empty ? NULL : xmlXPathCastToString(found);
	char *copy = str_dup((const char *)text);

	xmlFree(text);
	xmlXPathFreeObject(found);
	return copy;
}

void xml_set_variable(xmlXPathContextPtr context, const char *name, const char *value)
{
	xmlXPathRegisterVariable(context, BAD_CAST name, xmlXPathNewString(BAD_CAST value));
}
