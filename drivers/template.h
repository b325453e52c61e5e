/* A guest that the user has, as the template of those that are measured: its devices and tuning are
 * taken over, its disks, addresses and name are not. The user's guest itself is only read. */
#ifndef TARE_DRIVERS_TEMPLATE_H
#define TARE_DRIVERS_TEMPLATE_H

#include "drivers/domain.h"
#include "drivers/libvirt_options.h"

/* The domain's XML as it is defined: of a file where the name is a full path, such as of `virsh
 * dumpxml`, otherwise of the domain of that name at the libvirt connection. NULL on an error.
 * Caller frees. */
char *template_read(const char *uri, const char *name, struct error *e);
/* A copy of the options, with the values that the domain has for those that are not set. Caller
 * frees with options_free. NULL on an error. */
struct libvirt_options *template_options(
	const struct libvirt_options *options, const char *xml, struct error *e);
/* The XML of a guest with the template's elements for which there is no option: its CPU, clock,
 * features and memory policy, unless options of the guest say what these are. NULL on an error.
 * Caller frees. */
char *template_graft(
	const char *guest_xml, const struct domain *domain, const char *xml, struct error *e);
/* Calls report for every part of the domain: what it is, its value ("" where it has none), and
 * what becomes of it. */
int template_list(const char *xml,
	void (*report)(void *context, const char *part, const char *value, const char *becomes),
	void *context, struct error *e);

#endif
