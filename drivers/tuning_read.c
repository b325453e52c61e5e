/* Compares what a running guest has with what was asked for. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/connection.h"
#include "drivers/local.h"
#include "drivers/tuning_look.h"

static char *effective_text(
	const struct tuning_view *view, const struct tuning_row *row, const char *asked)
{
	if (row->look)
		return row->look(view, asked);
	return row->path ? xml_text(view->xml, row->path) : NULL;
}

/* One option: its effective value to the object; an error where it is not what was set. */
static int read_row(const struct tuning_view *view, const struct tuning_row *row, json_t *effective,
	struct error *e)
{
	const struct option_row *option = option_find(libvirt_rows, row->option);
	const struct libvirt_options *options = view->domain->options;
	cleanup_free char *asked = option_text(option, options);
	cleanup_free char *found = effective_text(view, row, asked);
	bool is_set = libvirt_option_is_set(options, option);

	/* The files that tare itself gives to every guest are not worth a fact. */
	if (found && found[0] && (is_set || found[0] != '/'))
		json_object_set_new(effective, row->option, json_string(found));
	if (!is_set || (!row->look && !row->path) || (found && strcmp(found, asked) == 0))
		return 0;
	/* A machine type is a family's name, and its newest member is what runs. */
	if (strcmp(row->option, "machine") == 0 && found && strstr(found, asked))
		return 0;
	return error_set(e, "%s: %s was asked for, but the running guest has %s", row->option,
		asked, found && found[0] ? found : "none of it");
}

static void set_variables(struct tuning_view *view)
{
	cleanup_free char *disk = domain_disk_name(view->domain, 1);

	xml_set_variable(view->xml, "disk", disk ? disk : "");
	xml_set_variable(view->xml, "nic", view->domain->mac ? view->domain->mac : "");
}

int tuning_read(virDomainPtr running, const struct domain *domain, json_t *facts, struct error *e)
{
	json_t *effective = json_object();
	cleanup_free char *word = str_printf("guest=%s,", domain->name);
	cleanup_free char *text = virDomainGetXMLDesc(running, 0);
	struct tuning_view view = {
		.running = running, .domain = domain, .pid = program_pid(program_has_word, word)};
	int status = 0;

	json_object_set_new(facts, "options", effective);
	if (!text)
		return connection_error(e, domain->name);
	view.xml = xml_context_new(xml_parse(text, "the running domain", e));
	if (!view.xml)
		return -1;
	set_variables(&view);
	cleanup_free char *version = tuning_look_version(&view);
	if (version)
		json_object_set_new(facts, "hypervisor_version", json_string(version));
	for (const struct tuning_row *row = tuning_rows; status == 0 && row->option; row++)
		status = read_row(&view, row, effective, e);
	xml_context_free(view.xml);
	return status;
}
