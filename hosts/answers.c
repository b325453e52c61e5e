/* What "tare-host serve" writes to the orchestrator: one line an answer, and empty lines as a
 * heartbeat. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "hosts/lines.h"
#include "hosts/service.h"
#include "hosts/wire.h"

/* An orchestrator that cannot be answered is lost: the reader leaves, as for any end. */
static void leave_soon(struct service *service)
{
	pthread_mutex_lock(&service->mutex);
	bool serves = service->serves;
	pthread_mutex_unlock(&service->mutex);
	if (serves)
		kill(getpid(), SIGTERM);
}

static int send_line(struct service *service, const json_t *object)
{
	cleanup_free char *line = json_dumps(object, JSON_COMPACT);

	if (!line)
		return -1;
	size_t length = strlen(line);
	line[length] = '\n';
	pthread_mutex_lock(&service->out_mutex);
	int status = lines_write_by(service->out_fd, line, length + 1, SILENCE_S, -1);
	pthread_mutex_unlock(&service->out_mutex);
	if (status < 0)
		leave_soon(service);
	return status;
}

void service_answer(struct service *service, json_int_t id, json_t *result, const struct error *why)
{
	json_t *reply = json_pack("{s:I}", "id", id);

	if (result)
		json_object_set_new(reply, "ok", result);
	else
		json_object_set_new(reply, "error", wire_text(why->text, strlen(why->text)));
	send_line(service, reply);
	json_decref(reply);
}

void service_heartbeat(struct service *service)
{
	if (pthread_mutex_trylock(&service->out_mutex) != 0)
		return;
	(void)!write(service->out_fd, "\n", 1);
	pthread_mutex_unlock(&service->out_mutex);
}

int service_hello(struct service *service, const struct error *why)
{
	json_t *hello = json_pack("{s:s}", "tare-host", TARE_VERSION);

	json_object_set_new(hello, "protocol", json_integer(WIRE_PROTOCOL));
	if (service->digest)
		json_object_set_new(hello, "digest", json_string(service->digest));
	if (why)
		json_object_set_new(hello, "error", wire_text(why->text, strlen(why->text)));
	int status = send_line(service, hello);
	json_decref(hello);
	return status;
}
