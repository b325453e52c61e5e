/* By libvirt's domain capabilities. */
#include "drivers/capabilities.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/connection.h"
#include "drivers/tuning.h"
#include "drivers/xml.h"

/* CPU models that libvirt has modes for. */
static const struct mode {
	const char *cpu, *name;
} modes[] = {
	{"host-passthrough", "host-passthrough"}, {"host-model", "host-model"}, {"max", "maximum"}};

static bool holds(xmlXPathContextPtr context, const char *condition)
{
	cleanup_free char *path = str_printf("string(boolean(%s))", condition);
	cleanup_free char *value = xml_text(context, path);

	return value && strcmp(value, "true") == 0;
}

static int check_mode(xmlXPathContextPtr context, const char *cpu, const char *mode, bool emulated,
	struct error *why_not)
{
	xml_set_variable(context, "mode", mode);
	if (holds(context, "//cpu/mode[@name = $mode][@supported = 'yes']"))
		return 0;
	return error_set(why_not, "cpu: this host has no %s%s", cpu,
		emulated ? " for emulated guests: max, or a model's name" : "");
}

static int check_cpu(
	xmlXPathContextPtr context, const char *cpu, bool emulated, struct error *why_not)
{
	if (!cpu || !cpu[0] || strcmp(cpu, "auto") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		if (strcmp(cpu, modes[i].cpu) == 0)
			return check_mode(context, cpu, modes[i].name, emulated, why_not);
	}
	xml_set_variable(context, "cpu", cpu);
	if (holds(context, "//cpu/mode[@name = 'custom']/model[. = $cpu]"))
		return 0;
	return error_set(
		why_not, "cpu: QEMU has no model \"%s\"; virsh domcapabilities lists them", cpu);
}

/* libvirt has no list of the features that it knows, but refuses to compare a CPU that has another.
 * The model is one that every libvirt knows. */
static int check_feature(
	virConnectPtr connection, const char *emulator, const char *name, struct error *why_not)
{
	cleanup_text struct text cpu = {0};

	text_add(&cpu, "<cpu mode='custom' match='exact'><model>qemu64</model>"
		       "<feature policy='require' name='");
	text_add_xml(&cpu, name);
	text_add(&cpu, "'/></cpu>");
	if (virConnectCompareHypervisorCPU(connection, emulator, "x86_64", NULL, NULL, cpu.bytes,
		    0) != VIR_CPU_COMPARE_ERROR)
		return 0;
	cleanup_free char *what = str_printf("features: CPU feature %s", name);
	return connection_error(why_not, what);
}

static int check_features(
	virConnectPtr connection, const char *emulator, const char *list, struct error *why_not)
{
	char name[64], sign;

	while (list && ((sign = tuning_next_feature(&list, name)) == '+' || sign == '-')) {
		if (check_feature(connection, emulator, name, why_not) < 0)
			return -1;
	}
	return 0;
}

int capabilities_check(virConnectPtr connection, const struct libvirt_options *o,
	const char *emulator, bool emulated, struct error *why_not)
{
	const char *type = emulated ? "qemu" : "kvm";
	bool is_own = o->emulator && o->emulator[0];
	cleanup_free char *xml =
		virConnectGetDomainCapabilities(connection, emulator, "x86_64", NULL, type, 0);

	if (!xml && is_own)
		connection_error(why_not, "emulator: it does not answer as QEMU does");
	else if (!xml)
		connection_error(why_not, emulator);
	if (!xml)
		return -1;
	if (o->machine && o->machine[0]) {
		cleanup_free char *of_machine = virConnectGetDomainCapabilities(
			connection, emulator, "x86_64", o->machine, type, 0);
		if (!of_machine)
			return connection_error(why_not, "machine");
	}
	xmlXPathContextPtr context = xml_context_new(xml_parse(xml, "capabilities", why_not));
	int status = context ? check_cpu(context, o->cpu, emulated, why_not) : -1;
	xml_context_free(context);
	return status < 0 ? -1 : check_features(connection, emulator, o->features, why_not);
}
