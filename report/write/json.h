/* JSON as every writer of it makes it. Not for other rooms. */
#ifndef TARE_REPORT_JSON_H
#define TARE_REPORT_JSON_H

#include <jansson.h>

#include "base/text.h"

/* null where it is not known: zero is a value. */
json_t *json_number(double value);
/* Text from elsewhere, made valid UTF-8; "" for NULL. */
json_t *json_clean(const char *text);
/* Adds the document, indented, with the digits that all of them have, and a newline. Takes root. */
void json_add(struct text *out, json_t *root);

#endif
