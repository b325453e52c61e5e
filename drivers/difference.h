/* In what a guest differs from one that its target makes without options. */
#ifndef TARE_DRIVERS_DIFFERENCE_H
#define TARE_DRIVERS_DIFFERENCE_H

#include <jansson.h>

#include "drivers/prepare.h"

/* The lines of a unified diff of both domains' XML (xml_diff.h). What differs between two guests
 * of one target is replaced: the machine's work directory by "/work", the image's by "/image", the
 * campaign's id by "ID" and a loop device's name by "/dev/loopN". NULL: they do not differ, or with
 * the error. The caller owns it. */
json_t *difference_lines(const struct preparation *preparation, struct error *e);

#endif
