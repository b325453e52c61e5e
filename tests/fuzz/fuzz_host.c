/* tare's end of the lines from a remote host, which is hostile: answers to requests, and what every
 * answer says. Each line of the input is one that tare-host sent; the requests have the numbers 1
 * and on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "hosts/private.h"
#include "hosts/wire.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"

enum { CALLS = 4 };

static void read_machine(struct host *host, const json_t *object)
{
	struct host_machine *machine = remote_machine(host, driver_find("fake"), "name", object);

	if (!machine)
		return;
	free(machine->state->name);
	free(machine->state->address);
	free(machine->state->scratch_dir);
	free(machine->state->facts_json);
	free(machine->state);
	free(machine);
}

static void read_options(const json_t *object)
{
	static const char *const names[] = {
		"fake", "native", "container", "kvm", "xen", "uml", "command", "lxc"};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const struct driver *driver = driver_find(names[i]);
		struct error e = {""};
		void *options = driver ? wire_options_read(driver, object, &e) : NULL;

		if (!options)
			continue;
		json_decref(wire_options(driver, options));
		options_free(driver->options, options);
	}
}

/* Every reader takes every answer. */
static void read_all(struct host *host, const json_t *object)
{
	struct host_facts facts;
	struct network *network;
	struct storage_counters counters;
	struct counter_list list = {0};
	struct machine_spec spec = {0};
	unsigned *pin = NULL;
	struct error e = {""};

	if (wire_facts_read(object, &facts, &e) == 0) {
		json_decref(wire_facts(&facts));
		wire_facts_free(&facts);
	}
	if (wire_network_read(object, &network, &e) == 0) {
		json_decref(wire_network(network));
		wire_network_free(network);
	}
	if (wire_counters_read(object, &counters, &e) == 0)
		json_decref(wire_counters(&counters));
	if (wire_counters_list_read(json_object_get(object, "counters"), &list, &e) == 0)
		json_decref(wire_counters_list(&list));
	counter_list_free(&list);
	if (wire_spec_read(object, &spec, &pin, &e) == 0)
		json_decref(wire_spec(&spec));
	free(pin);
	read_machine(host, object);
	read_options(object);
	if (json_is_string(object)) {
		const char *text = json_string_value(object);

		json_decref(wire_text(text, strlen(text)));
		wire_image_word_valid(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static const struct argv no_reach;
	struct host_spec spec = {.name = "fuzzed", .reach = &no_reach, .interrupt_fd = -1};
	struct call calls[CALLS] = {0}, *waited[CALLS];
	struct host *host = host_new(&spec);

	host->is_remote = host->connected = true;
	input_file(bytes, count);
	host->service = (struct reached){.to = OUTPUT_FD, .from = INPUT_FD};
	host->lines = (struct lines){.fd = host->service.from};
	for (int i = 0; i < CALLS; i++) {
		call_begin(&calls[i], host, "facts", NULL, 10);
		waited[i] = &calls[i];
	}
	calls_wait(waited, CALLS, false);
	for (int i = 0; i < CALLS; i++) {
		if (calls[i].result)
			read_all(host, calls[i].result);
		else if (!error_is_set(&calls[i].error) || strpbrk(calls[i].error.text, "\n\x1b"))
			abort();
		call_end(&calls[i]);
	}
	if (host->connected)
		host_lose(host, "the input ended");
	host_free(host);
	return 0;
}
