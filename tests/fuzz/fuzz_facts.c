/* What machines say of themselves, in every report. The input is JSON texts with a NUL between: the
 * facts that an agent sent of the one machine, those of its driver, and the texts of the campaign's
 * events. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/published.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/written.h"

/* A campaign to hang them on. */
static const char measured[] = "target,benchmark,metric,unit,better,block,run,value\n"
			       "native,cpu,rate,1/s,higher,0,0,1\n"
			       "kvm-virtio,cpu,rate,1/s,higher,0,0,2\n"
			       "native,cpu,rate,1/s,higher,1,0,1.5\n"
			       "kvm-virtio,cpu,rate,1/s,higher,1,0,2.5\n";

static const char *const kinds[] = {"machines", "environment", "prepared", "stopped", "started",
	"finished", "interrupted", "continued"};

/* The next text; NULL after the last. */
static char *next_text(const uint8_t **at, size_t *left)
{
	if (!*left)
		return NULL;
	const uint8_t *end = memchr(*at, '\0', *left);
	size_t length = end ? (size_t)(end - *at) : *left;
	char *text = mem_new(length + 1, 1);
	memcpy(text, *at, length);
	*at += length;
	*left -= length;
	if (end) {
		(*at)++;
		(*left)--;
	}
	return text;
}

static void add_machine(struct store_data *data, char *facts, char *driver)
{
	data->machines = mem_new(1, sizeof(*data->machines));
	data->machine_count = 1;
	data->machines[0] = (struct data_machine){.id = 1,
		.target_index = 1,
		.name = str_dup("kvm-virtio-1"),
		.host = str_dup("here"),
		.cpus = 1,
		.memory_bytes = 1 << 28,
		.start_s = 1,
		.facts_json = facts,
		.driver_json = driver};
}

static void add_event(struct store_data *data, size_t number, char *text)
{
	size_t capacity = data->event_count;

	array_reserve(&data->events, &capacity, data->event_count + 1);
	data->events[data->event_count++] =
		(struct data_event){.time_ns = (int64_t)(number + 1) * 1000000000,
			.kind = str_dup(kinds[number % ARRAY_COUNT(kinds)]),
			.text = text};
}

static void remove_all(struct store_data *data)
{
	struct data_machine *machine = data->machines;

	free(machine->name);
	free(machine->host);
	free(machine->facts_json);
	free(machine->driver_json);
	free(machine);
	data->machines = NULL;
	data->machine_count = 0;
	for (size_t i = 0; i < data->event_count; i++) {
		free(data->events[i].kind);
		free(data->events[i].text);
	}
	free(data->events);
	data->events = NULL;
	data->event_count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static struct store_data *data; /* the same for all inputs */
	struct error e = {""};
	unsigned choice = written_choice(bytes, count);
	char *text;

	if (!data &&
		report_published_read(input_file(measured, sizeof(measured) - 1), &data, &e) < 0)
		abort();
	char *facts = next_text(&bytes, &count);
	add_machine(data, facts, next_text(&bytes, &count));
	for (size_t i = 0; i < 64 && (text = next_text(&bytes, &count)); i++)
		add_event(data, i, text);
	written_check(data, choice);
	remove_all(data);
	return 0;
}
