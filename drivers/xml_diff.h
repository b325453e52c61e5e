/* What two XML documents differ in. */
#ifndef TARE_DRIVERS_XML_DIFF_H
#define TARE_DRIVERS_XML_DIFF_H

#include <jansson.h>

#include "base/error.h"

/* The lines of a unified diff of both, indented anew so that only content counts, without the names
 * of files above it: an array of texts, empty where nothing differs. Made by diff, with files in
 * the given directory. NULL with the error. The caller owns it. */
json_t *xml_diff(const char *directory, const char *before, const char *after, struct error *e);

#endif
