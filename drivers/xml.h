/* XML documents of libvirt, and values of them by XPath. */
#ifndef TARE_DRIVERS_XML_H
#define TARE_DRIVERS_XML_H

#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "base/error.h"

/* Parses a text; what names it in the error, which has libxml2's reason and its line. NULL on an
 * error. Nothing is read from elsewhere: entities of other files and networks are refused. The
 * caller frees with xmlFreeDoc. */
xmlDocPtr xml_parse(const char *text, const char *what, struct error *e);
/* The same document with an element a line, two blanks for each level. NULL on an error. The caller
 * frees. */
char *xml_indented(const char *text, struct error *e);
/* A context for xml_text; xml_context_free frees it with its document. NULL for no document. */
xmlXPathContextPtr xml_context_new(xmlDocPtr document);
void xml_context_free(xmlXPathContextPtr context);
/* The text of an expression: of the first node, or of a string; NULL where there is no such node.
 * Caller frees. */
char *xml_text(xmlXPathContextPtr context, const char *path);
/* Defines $name of later expressions as a string. */
void xml_set_variable(xmlXPathContextPtr context, const char *name, const char *value);

#endif
