/* libvirt's schema of domains, which it holds the XML of every guest against. */
#ifndef TARE_DRIVERS_SCHEMA_H
#define TARE_DRIVERS_SCHEMA_H

#include "base/error.h"

/* Whether the schema that this host's libvirt brings accepts a domain's XML. The error has
 * libxml2's reasons. 0 where the host has no schema: libvirt itself says what is wrong when the
 * guest starts. */
int schema_check(const char *xml, struct error *e);

#endif
