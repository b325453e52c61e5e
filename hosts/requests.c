/* The requests that tare-host answers, one row each. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hosts/here.h"
#include "hosts/receive.h"
#include "hosts/service.h"
#include "hosts/wire.h"

enum { MOST_FILES = 64 };

static json_t *do_facts(struct service *service, const json_t *request, struct error *e)
{
	struct host_facts facts;

	(void)e;
	here_facts(&facts, json_is_true(json_object_get(request, "qemu")));
	facts.uncleaned = str_dup(service->uncleaned);
	json_t *result = wire_facts(&facts);
	wire_facts_free(&facts);
	return result;
}

static json_t *do_ping(struct service *service, const json_t *request, struct error *e)
{
	(void)service;
	(void)request;
	(void)e;
	return json_object();
}

static json_t *do_clock(struct service *service, const json_t *request, struct error *e)
{
	(void)service;
	(void)request;
	(void)e;
	return json_pack("{s:I}", "realtime_ns", (json_int_t)clock_realtime_ns());
}

static json_t *do_count(struct service *service, const json_t *request, struct error *e)
{
	const json_t *list = json_object_get(request, "cpus");
	size_t count = json_array_size(list);
	cleanup_free unsigned *cpus = mem_new(count + 1, sizeof(*cpus));
	struct counter_list read = {0};
	const struct host_counting counting = {
		.cpus = cpus,
		.cpu_count = count,
		.exit_reasons = json_is_true(json_object_get(request, "exit_reasons")),
		.after = json_is_true(json_object_get(request, "after")),
		.counters = &read,
	};

	(void)e;
	for (size_t i = 0; i < count; i++)
		cpus[i] = (unsigned)json_integer_value(json_array_get(list, i));
	here_count(&service->counters, &counting, service->id);
	json_t *result = json_pack("{s:o}", "counters", wire_counters_list(&read));
	counter_list_free(&read);
	return result;
}

static int read_files(const json_t *list, struct staged_file *files, struct error *e)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_int_t size = 0;
		if (json_unpack(json_array_get(list, i), "{s:s, s:s, s:I}", "name", &files[i].name,
			    "sha256", &files[i].sha256, "size", &size) < 0 ||
			!wire_image_word_valid(files[i].name) || size < 0)
			return error_set(e, "the image's list of files is invalid");
		files[i].size = (uint64_t)size;
	}
	return 0;
}

static json_t *do_image(struct service *service, const json_t *request, struct error *e)
{
	const char *digest = json_string_value(json_object_get(request, "digest"));
	const json_t *list = json_object_get(request, "files");
	struct staged_file files[MOST_FILES];

	if (!digest || !wire_image_word_valid(digest) || json_array_size(list) > MOST_FILES ||
		read_files(list, files, e) < 0) {
		error_set(e, "the request for an image is invalid");
		return NULL;
	}
	json_t *missing = json_array();
	int status = image_check(digest, files, json_array_size(list), missing, e);
	if (status == 0 && json_array_size(missing) == 0) {
		image_free(service->image);
		service->image = NULL;
		status = image_open(digest, &service->image, e);
	}
	if (status == 0)
		return json_pack("{s:o}", "missing", missing);
	json_decref(missing);
	return NULL;
}

void requests_network_end(struct service *service)
{
	if (service->network_given)
		wire_network_free(service->network);
	else
		network_free(service->network);
	service->network = NULL;
}

static json_t *do_network(struct service *service, const json_t *request, struct error *e)
{
	const struct host_data data = {
		.own = json_is_true(json_object_get(request, "own")),
		.interface = json_string_value(json_object_get(request, "interface")),
		.bridge = json_string_value(json_object_get(request, "bridge")),
		.prefix = (unsigned)json_integer_value(json_object_get(request, "prefix")),
	};
	const char *address = json_string_value(json_object_get(request, "address"));

	requests_network_end(service);
	service->network_given = data.own || data.bridge;
	int status = here_network(service->id, &data, address, &service->network, e);
	return status < 0 ? NULL : wire_network(service->network);
}

static json_t *do_probe(struct service *service, const json_t *request, struct error *e)
{
	const char *name = json_string_value(json_object_get(request, "driver"));
	const struct driver *driver = name ? driver_find(name) : NULL;
	struct error remark = {""};

	if (!driver) {
		error_set(e, "no driver %s in this build", name ? name : "");
		return NULL;
	}
	void *options = wire_options_read(driver, json_object_get(request, "options"), e);
	if (!options)
		return NULL;
	int status = driver->probe(options, service->image, &remark);
	options_free(driver->options, options);
	if (status == 0)
		return json_pack("{s:o}", "remark", wire_text(remark.text, strlen(remark.text)));
	*e = remark;
	return NULL;
}

static const struct {
	const char *verb;
	json_t *(*handle)(struct service *service, const json_t *request, struct error *e);
} rows[] = {
	{"facts", do_facts},
	{"ping", do_ping},
	{"clock", do_clock},
	{"count", do_count},
	{"image", do_image},
	{"network", do_network},
	{"probe", do_probe},
	{"start", registry_start},
	{"save", registry_save},
	{"restore", registry_restore},
	{"receive", registry_receive},
	{"arrive", registry_arrive},
	{"migrate", registry_migrate},
	{"counters", registry_counters},
	{"log", registry_log},
};

void requests_do(struct service *service, const json_t *request)
{
	const char *verb = json_string_value(json_object_get(request, "do"));
	struct error e = {""};
	json_t *result = NULL;
	size_t i = 0;

	while (verb && i < ARRAY_COUNT(rows) && strcmp(rows[i].verb, verb) != 0)
		i++;
	if (!verb || i == ARRAY_COUNT(rows))
		error_set(&e, "unknown request %s", verb ? verb : "");
	else
		result = rows[i].handle(service, request, &e);
	service_answer(service, json_integer_value(json_object_get(request, "id")), result, &e);
}
