/* Changes of a domain's XML by the user, and what they must leave. */
#ifndef TARE_DRIVERS_DOMAIN_CHANGE_H
#define TARE_DRIVERS_DOMAIN_CHANGE_H

#include "drivers/domain.h"

/* The domain's XML, changed by the options: with what the template has, and by the stylesheet,
 * last. NULL on an error, which says which part that tare needs is missing in the result. The
 * caller frees. */
char *domain_changed_xml(const struct domain *domain, struct error *e);
/* Whether the changed domain has as many CPUs as the machine: results say nothing of others. */
int domain_check_size(const struct domain *domain, const char *xml, struct error *e);
/* A domain of the options with names and paths that stand for those of a machine. */
struct domain domain_example(const struct libvirt_options *options, unsigned cpus);

#endif
