/* What tare and tare-host exchange, as JSON. */
#include "hosts/wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

enum { MOST_CPUS = 65536 };

json_t *wire_options(const struct driver *driver, const void *options)
{
	json_t *object = json_object();

	for (const struct option_row *row = driver->options; options && row && row->name; row++) {
		cleanup_free char *text = option_text(row, options);
		if (text[0])
			json_object_set_new(object, row->name, json_string(text));
	}
	return object;
}

void *wire_options_read(const struct driver *driver, const json_t *object, struct error *e)
{
	void *options = options_new(driver->options, driver->options_size);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		const struct option_row *row = option_find(driver->options, name);
		if (!row || !json_is_string(value)) {
			error_set(e, "driver %s has no option %s", driver->name, name);
		} else if (option_set(row, options, json_string_value(value), e) == 0) {
			continue;
		}
		options_free(driver->options, options);
		return NULL;
	}
	return options;
}

json_t *wire_facts(const struct host_facts *facts)
{
	json_t *object = json_pack("{s:s, s:s, s:s*, s:s*, s:i, s:i, s:I, s:b, s:b}", "kernel",
		facts->kernel, "hypervisor", facts->hypervisor, "hypervisor_version",
		facts->hypervisor_version, "boot_id", facts->boot_id, "cpus", (int)facts->cpus,
		"cpu_end", (int)facts->cpu_end, "memory_bytes", (json_int_t)facts->memory_bytes,
		"capacity_known", facts->capacity_known, "emulated", facts->emulated);

	if (facts->uncleaned)
		json_object_set_new(
			object, "uncleaned", wire_text(facts->uncleaned, strlen(facts->uncleaned)));
	return object;
}

int wire_facts_read(const json_t *object, struct host_facts *facts, struct error *e)
{
	const char *kernel, *hypervisor, *version = NULL, *boot_id = NULL, *uncleaned = NULL;
	json_int_t memory_bytes;
	int cpus, cpu_end, capacity_known, emulated;

	if (json_unpack((json_t *)object, "{s:s, s:s, s?:s, s?:s, s:i, s:i, s:I, s:b, s:b, s?:s}",
		    "kernel", &kernel, "hypervisor", &hypervisor, "hypervisor_version", &version,
		    "boot_id", &boot_id, "cpus", &cpus, "cpu_end", &cpu_end, "memory_bytes",
		    &memory_bytes, "capacity_known", &capacity_known, "emulated", &emulated,
		    "uncleaned", &uncleaned) < 0 ||
		cpus < 1 || cpus > MOST_CPUS || cpu_end < cpus || cpu_end > MOST_CPUS ||
		memory_bytes < 0)
		return error_set(e, "the host's facts are invalid; check what its reach leads to");
	*facts = (struct host_facts){.kernel = str_dup(kernel),
		.hypervisor = str_dup(hypervisor),
		.hypervisor_version = str_dup(version),
		.boot_id = str_dup(boot_id),
		.cpus = (unsigned)cpus,
		.cpu_end = (unsigned)cpu_end,
		.memory_bytes = (uint64_t)memory_bytes,
		.capacity_known = capacity_known,
		.emulated = emulated,
		.uncleaned = str_dup(uncleaned)};
	return 0;
}

void wire_facts_free(struct host_facts *facts)
{
	free(facts->kernel);
	free(facts->hypervisor);
	free(facts->hypervisor_version);
	free(facts->boot_id);
	free(facts->uncleaned);
	*facts = (struct host_facts){0};
}

json_t *wire_network(const struct network *network)
{
	return json_pack("{s:s, s:s*, s:s*, s:s, s:i, s:i}", "name", network->name,
		"namespace_path", network->namespace_path, "bridge", network->bridge,
		"host_address", network->host_address, "prefix", (int)network->prefix, "mtu",
		(int)network->mtu);
}

int wire_network_read(const json_t *object, struct network **out, struct error *e)
{
	const char *name, *path = NULL, *bridge = NULL, *address;
	struct in_addr in;
	int prefix, mtu;

	if (json_unpack((json_t *)object, "{s:s, s?:s, s?:s, s:s, s:i, s:i}", "name", &name,
		    "namespace_path", &path, "bridge", &bridge, "host_address", &address, "prefix",
		    &prefix, "mtu", &mtu) < 0 ||
		prefix < 1 || prefix > 32 || mtu < 1 || mtu > UINT16_MAX ||
		inet_pton(AF_INET, address, &in) != 1)
		return error_set(e, "the host's network is invalid");
	struct network *network = mem_new(1, sizeof(*network));
	network->name = str_dup(name);
	network->namespace_path = str_dup(path);
	network->bridge = str_dup(bridge);
	network->host_address = str_dup(address);
	network->prefix = (unsigned)prefix;
	network->mtu = (unsigned)mtu;
	*out = network;
	return 0;
}

void wire_network_free(struct network *network)
{
	if (!network)
		return;
	free(network->name);
	free(network->namespace_path);
	free(network->bridge);
	free(network->host_address);
	free(network);
}

static json_t *counts(const struct storage_counts *counts)
{
	return json_pack("{s:I, s:I, s:I}", "writes", (json_int_t)counts->writes, "written_bytes",
		(json_int_t)counts->written_bytes, "flushes", (json_int_t)counts->flushes);
}

static int counts_read(const json_t *object, struct storage_counts *out)
{
	json_int_t writes, bytes, flushes;

	if (json_unpack((json_t *)object, "{s:I, s:I, s:I}", "writes", &writes, "written_bytes",
		    &bytes, "flushes", &flushes) < 0)
		return -1;
	*out = (struct storage_counts){(uint64_t)writes, (uint64_t)bytes, (uint64_t)flushes};
	return 0;
}

json_t *wire_counters(const struct storage_counters *counters)
{
	return json_pack("{s:o, s:o, s:b, s:b}", "machine", counts(&counters->machine), "host",
		counts(&counters->host), "machine_known", counters->machine_known, "host_known",
		counters->host_known);
}

int wire_counters_read(const json_t *object, struct storage_counters *out, struct error *e)
{
	if (counts_read(json_object_get(object, "machine"), &out->machine) < 0 ||
		counts_read(json_object_get(object, "host"), &out->host) < 0)
		return error_set(e, "the storage counters are invalid");
	out->machine_known = json_is_true(json_object_get(object, "machine_known"));
	out->host_known = json_is_true(json_object_get(object, "host_known"));
	return 0;
}

json_t *wire_spec(const struct machine_spec *spec)
{
	json_t *pin = json_array();

	for (size_t i = 0; i < spec->pin_count; i++)
		json_array_append_new(pin, json_integer(spec->pin_cpus[i]));
	return json_pack("{s:s, s:i, s:i, s:I, s:I, s:o, s:s*, s:b}", "name", spec->name, "index",
		(int)spec->index, "cpus", (int)spec->cpus, "memory_bytes",
		(json_int_t)spec->memory_bytes, "scratch_bytes", (json_int_t)spec->scratch_bytes,
		"pin", pin, "address", spec->address, "migratable", spec->migratable);
}

int wire_spec_read(const json_t *object, struct machine_spec *spec, unsigned **pin, struct error *e)
{
	json_int_t memory_bytes, scratch_bytes;
	int index, cpus, migratable;
	json_t *list;

	if (json_unpack((json_t *)object, "{s:s, s:i, s:i, s:I, s:I, s:o, s?:s, s:b}", "name",
		    &spec->name, "index", &index, "cpus", &cpus, "memory_bytes", &memory_bytes,
		    "scratch_bytes", &scratch_bytes, "pin", &list, "address", &spec->address,
		    "migratable", &migratable) < 0)
		return error_set(e, "the request to start a machine is invalid");
	spec->index = (unsigned)index;
	spec->cpus = (unsigned)cpus;
	spec->memory_bytes = (uint64_t)memory_bytes;
	spec->scratch_bytes = (uint64_t)scratch_bytes;
	spec->migratable = migratable;
	spec->pin_count = json_array_size(list);
	*pin = mem_new(spec->pin_count + 1, sizeof(**pin));
	for (size_t i = 0; i < spec->pin_count; i++)
		(*pin)[i] = (unsigned)json_integer_value(json_array_get(list, i));
	spec->pin_cpus = *pin;
	return 0;
}

json_t *wire_text(const char *bytes, size_t count)
{
	/* JSON readers accept neither NUL nor invalid UTF-8. */
	json_t *string = memchr(bytes, '\0', count) ? NULL : json_stringn(bytes, count);
	if (string)
		return string;
	cleanup_free char *text = mem_new(count + 1, 1);
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)bytes[i];
		bool is_text = (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t' || c == '\r';
		text[i] = is_text ? bytes[i] : '?';
	}
	return json_string(text);
}

bool wire_image_word_valid(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 100 && text[0] != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       length;
}
