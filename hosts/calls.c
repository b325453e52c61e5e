/* Requests to remote hosts, many in flight at once: one line of JSON each, and one line back with
 * the same id. The remote end is not trusted. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "hosts/private.h"

static const double send_timeout_s = 60;

static void call_done(struct call *call, json_t *result)
{
	struct call **at = &call->host->calls;

	while (*at && *at != call)
		at = &(*at)->next;
	if (*at)
		*at = call->next;
	call->result = result;
	call->done = true;
}

void host_lose(struct host *host, const char *format, ...)
{
	struct error last = {""};
	va_list args;

	if (!host->connected)
		return;
	va_start(args, format);
	cleanup_text struct text why = {0};
	text_addv(&why, format, args);
	va_end(args);
	host->connected = false;
	reach_thread_remove_heartbeat(&host->heartbeat);
	int status = reach_stop(&host->reach, &host->service, 1, &last);
	lines_free(&host->lines);
	if (error_is_set(&last))
		error_set(
			&host->lost, "%s is lost: %s (%s)", host->spec.name, why.bytes, last.text);
	else if (status > 0)
		error_set(&host->lost, "%s is lost: %s (exit status %d)", host->spec.name,
			why.bytes, status);
	else
		error_set(&host->lost, "%s is lost: %s", host->spec.name, why.bytes);
	while (host->calls) {
		host->calls->error = host->lost;
		call_done(host->calls, NULL);
	}
}

static bool send_line(struct host *host, json_t *request)
{
	cleanup_free char *line = json_dumps(request, JSON_COMPACT);
	size_t length = strlen(line);

	line[length] = '\n'; /* in the terminator's place */
	pthread_mutex_lock(&host->heartbeat.mutex);
	int status = lines_write_by(host->service.to, line, length + 1, send_timeout_s, -1);
	int error = errno;
	pthread_mutex_unlock(&host->heartbeat.mutex);
	if (status < 0)
		host_lose(host, "cannot send a request: %s", strerror(error));
	return status == 0;
}

void call_begin(
	struct call *call, struct host *host, const char *verb, json_t *arguments, double timeout_s)
{
	*call = (struct call){.host = host, .timeout_s = timeout_s};
	call->deadline_s = clock_monotonic_s() + timeout_s;
	if (!host->connected) {
		json_decref(arguments);
		call->done = true;
		if (error_is_set(&host->lost))
			call->error = host->lost;
		else
			error_set(&call->error, "%s is not connected", host->spec.name);
		return;
	}
	call->id = ++host->last_id;
	call->next = host->calls;
	host->calls = call;
	json_t *request = arguments ? arguments : json_object();
	json_object_set_new(request, "id", json_integer(call->id));
	json_object_set_new(request, "do", json_string(verb));
	send_line(host, request);
	json_decref(request);
}

/* false: the line is no valid answer. */
static bool handle_line(struct host *host, const char *line)
{
	if (!line[0])
		return true; /* a heartbeat */
	json_t *reply = json_loads(line, 0, NULL);
	const json_t *id = json_object_get(reply, "id"), *ok = json_object_get(reply, "ok");
	const char *why = json_string_value(json_object_get(reply, "error"));
	struct call *call = host->calls;

	while (call && call->id != json_integer_value(id))
		call = call->next;
	bool sane = json_is_integer(id) && json_integer_value(id) > 0 &&
		    json_integer_value(id) <= host->last_id && (ok || why);
	if (sane && call) {
		if (!ok)
			error_set(&call->error, "%s",
				why[0] ? why : "failed without giving a reason");
		call_done(call, json_incref((json_t *)ok));
	}
	json_decref(reply);
	return sane; /* an answer whose call has timed out is valid */
}

static void host_receive(struct host *host)
{
	int status = lines_receive(&host->lines);
	char *line;

	if (status < 0) {
		host_lose(host, "the stream ended");
		return;
	}
	if (status > 0)
		host->heard_s = clock_monotonic_s();
	while (host->connected && (line = lines_next(&host->lines))) {
		if (!handle_line(host, line))
			host_lose(host, "invalid answer: %.60s", line);
	}
	if (host->connected && host->lines.overlong)
		host_lose(host, "it sent a line of more than %d bytes", LINE_LIMIT_BYTES);
}

static void give_up(struct call *call, const char *why)
{
	error_set(&call->error, "%s: %s", call->host->spec.name, why);
	call_done(call, NULL);
}

/* Ends the calls that are due; returns when the next one will be. */
static double check_deadlines(struct call *const *calls, size_t count)
{
	double now_s = clock_monotonic_s(), next_s = INFINITY;

	for (size_t i = 0; i < count; i++) {
		struct call *call = calls[i];
		if (!call || call->done)
			continue;
		double silent_s = call->host->heard_s + SILENCE_S;
		if (now_s >= silent_s) {
			host_lose(call->host, "no answer for %d s", SILENCE_S);
			continue;
		}
		if (now_s >= call->deadline_s) {
			cleanup_free char *why =
				str_printf("no answer within %g s", call->timeout_s);
			give_up(call, why);
			continue;
		}
		next_s = fmin(next_s, fmin(silent_s, call->deadline_s));
	}
	return next_s;
}

/* Hosts with pending calls, each once. */
static size_t pending_hosts(struct call *const *calls, size_t count, struct host **hosts)
{
	size_t host_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (!calls[i] || calls[i]->done)
			continue;
		bool known = false;
		/* Calls to one host are adjacent in the array, or a host has few of them. */
		for (size_t j = host_count; j > 0 && j + 8 > host_count && !known; j--)
			known = hosts[j - 1] == calls[i]->host;
		if (!known)
			hosts[host_count++] = calls[i]->host;
	}
	return host_count;
}

static void interrupt_calls(struct call *const *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!calls[i] || calls[i]->done)
			continue;
		calls[i]->host->interrupted = true;
		give_up(calls[i], "interrupted");
	}
}

void calls_wait(struct call *const *calls, size_t count, bool urgent)
{
	cleanup_free struct host **hosts = mem_new(count + 1, sizeof(*hosts));
	cleanup_free struct pollfd *fds = mem_new(2 * count + 1, sizeof(*fds));
	double begun_s = clock_monotonic_s();

	/* What arrived since the last wait has not been read yet: silence counts from now. */
	for (size_t i = 0; i < count; i++) {
		if (calls[i] && !calls[i]->done)
			calls[i]->host->heard_s = begun_s;
	}
	for (;;) {
		double next_s = check_deadlines(calls, count);
		size_t host_count = pending_hosts(calls, count, hosts);
		if (host_count == 0)
			return;
		for (size_t i = 0; i < host_count; i++) {
			int interrupt_fd = urgent ? -1 : hosts[i]->spec.interrupt_fd;
			fds[2 * i] =
				(struct pollfd){.fd = hosts[i]->service.from, .events = POLLIN};
			fds[2 * i + 1] = (struct pollfd){.fd = interrupt_fd, .events = POLLIN};
		}
		double left_s = next_s - clock_monotonic_s();
		if (poll(fds, 2 * host_count, left_s > 0 ? (int)(left_s * 1e3) + 1 : 0) <= 0)
			continue;
		for (size_t i = 0; i < host_count; i++) {
			if (fds[2 * i].revents && hosts[i]->connected)
				host_receive(hosts[i]);
			if (fds[2 * i + 1].revents)
				interrupt_calls(calls, count);
		}
	}
}

void call_forget(struct call *call)
{
	if (!call->done)
		call_done(call, NULL);
}

void call_end(struct call *call)
{
	if (call->result)
		json_decref(call->result);
	call->result = NULL;
}

int call_do(struct host *host, const char *verb, json_t *arguments, double timeout_s,
	json_t **result, struct error *e)
{
	struct call call = {0}, *calls[] = {&call};

	call_begin(&call, host, verb, arguments, timeout_s);
	calls_wait(calls, 1, false);
	if (!call.result) {
		if (e)
			*e = call.error;
		return -1;
	}
	if (result)
		*result = take_ptr(call.result);
	call_end(&call);
	return 0;
}
