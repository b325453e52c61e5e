/* Connecting to a remote host: starting tare-host there, reading its first line, and
 * disconnecting. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "hosts/private.h"
#include "hosts/wire.h"

/* A host that loses the copied programs (it reboots meanwhile) gets them again, at most this
 * often. */
enum { MOTD_LIMIT_BYTES = 64 * 1024, COPIES_MAX = 3 };

static const double retry_s = 2, hello_timeout_s = 120, facts_timeout_s = 120, copy_timeout_s = 120,
		    leave_timeout_s = 60, least_s = 2, answer_timeout_s = 30;

enum hello {
	HELLO_YES,
	HELLO_NO_PROGRAM, /* tare-host is not there, or is of another build */
	HELLO_NONE, /* not reached, or no answer: the host may still be booting */
	HELLO_REFUSED, /* it told why it cannot */
};

/* Checks the line that begins like a hello. */
static enum hello check_hello(
	const struct host *host, const char *line, const char *digest, struct error *e)
{
	json_t *hello = json_loads(line, 0, NULL);
	const char *why = json_string_value(json_object_get(hello, "error"));
	const char *theirs = json_string_value(json_object_get(hello, "digest"));
	json_int_t protocol = json_integer_value(json_object_get(hello, "protocol"));
	enum hello is = HELLO_YES;

	if (why) {
		error_set(e, "%s: %s", host->spec.name, why);
		is = HELLO_REFUSED;
	} else if (!theirs || strcmp(theirs, digest) != 0 || protocol != WIRE_PROTOCOL) {
		error_set(e,
			"%s: tare-host on the host is of a different build and could not be "
			"replaced; "
			"remove %s there",
			host->spec.name, host->program);
		is = HELLO_NO_PROGRAM;
	}
	json_decref(hello);
	return is;
}

/* What comes before tare-host's first line, such as a message of the day, is skipped. */
static enum hello await_hello(
	struct host *host, const char *digest, double timeout_s, struct error *e)
{
	double begun_s = clock_monotonic_s(), deadline_s = begun_s + timeout_s;
	size_t skipped = 0;

	for (;;) {
		const char *line;
		int ready = lines_await(host->service.from, host->spec.interrupt_fd,
			deadline_s - clock_monotonic_s());
		if (ready < 0)
			host->interrupted = true;
		if (ready <= 0) {
			error_set(e, "%s: %s", host->spec.name,
				ready < 0 ? "interrupted"
					  : "tare-host did not answer in time; check that the "
					    "site's reach runs commands on the host");
			return HELLO_NONE;
		}
		int status = lines_receive(&host->lines);
		host->answered |= status > 0;
		while ((line = lines_next(&host->lines))) {
			if (strncmp(line, WIRE_HELLO, strlen(WIRE_HELLO)) == 0)
				return check_hello(host, line, digest, e);
			skipped += strlen(line) + 1;
			/* A heartbeat: tare-host is cleaning up what earlier campaigns left. */
			if (!line[0])
				deadline_s =
					fmax(deadline_s, fmin(clock_monotonic_s() + 2 * HEARTBEAT_S,
								 begun_s + hello_timeout_s));
		}
		if (skipped + host->lines.end > MOTD_LIMIT_BYTES) {
			error_set(e,
				"%s: unexpected output before tare-host's answer; the reach may "
				"print at most 64 KiB of its own, such as a message of the day",
				host->spec.name);
			return HELLO_NONE;
		}
		if (status < 0)
			return HELLO_NO_PROGRAM; /* or not reached: copying it will show */
	}
}

/* One try. */
static enum hello say_hello(
	struct host *host, const char *digest, double timeout_s, struct error *e)
{
	cleanup_argv struct argv argv = {0};
	struct error last = {""};

	reach_argv(
		&host->reach, &argv, host->program, "serve", host->id, host->spec.work_dir, NULL);
	if (host->spec.pulse)
		argv_add(&argv, SERVE_PULSE);
	if (host->spec.host_network)
		argv_add(&argv, SERVE_HOST_NETWORK);
	if (reach_start(&host->reach, &argv, &host->service, e) < 0)
		return HELLO_REFUSED;
	host->lines = (struct lines){.fd = host->service.from};
	enum hello is = await_hello(host, digest, timeout_s, e);
	if (is == HELLO_YES)
		return is;
	int status = reach_stop(&host->reach, &host->service, 2, &last);
	lines_free(&host->lines);
	if (!error_is_set(e))
		error_set(e,
			"%s: tare-host cannot run on the host (exit status %d%s%s; docs/hosts.md "
			"lists what a host needs)",
			host->spec.name, status, error_is_set(&last) ? ": " : "", last.text);
	return is;
}

/* At most most_s, and at most least_s past the deadline. */
static double within(double most_s, double deadline_s)
{
	double left_s = deadline_s - clock_monotonic_s();

	left_s = left_s < least_s ? least_s : left_s;
	return left_s < most_s ? left_s : most_s;
}

/* Whether the host runs commands at all. The exit statuses of reaches are not standardized, so
 * nothing else distinguishes a host that is down from one that lacks something. */
static bool runs_commands(struct host *host)
{
	cleanup_argv struct argv argv = {0};

	reach_argv(&host->reach, &argv, "true", NULL);
	return reach_run(&host->reach, &argv, NULL, 0, answer_timeout_s, NULL, NULL) == 0;
}

/* Tries until the deadline. */
static int reach_service(struct host *host, double deadline_s, struct error *e)
{
	cleanup_free char *digest = remote_programs_digest(host, e);
	bool is_last = false;
	unsigned copies = 0;

	if (!digest)
		return -1;
	remote_programs_place(host, host->own_programs, digest);
	for (;;) {
		*e = (struct error){""};
		host->answered = false;
		enum hello is = say_hello(host, digest, within(hello_timeout_s, deadline_s), e);
		if (is == HELLO_YES)
			return 0;
		if (is == HELLO_REFUSED || (is == HELLO_NO_PROGRAM && copies == COPIES_MAX))
			return -1;
		/* An existing copy may be in use by another campaign, so it is not replaced at
		 * first; it is replaced if tare-host still fails after a copy. */
		if (is == HELLO_NO_PROGRAM && remote_programs_copy(host, digest, copies > 0,
						      within(copy_timeout_s, deadline_s), e) == 0) {
			copies++;
			continue;
		}
		double left_s = deadline_s - clock_monotonic_s();
		if (host->interrupted || lines_await(-1, host->spec.interrupt_fd,
						 fmin(fmax(left_s, 0), retry_s)) < 0)
			return -1;
		if (left_s > 0)
			continue;
		if (is == HELLO_NO_PROGRAM && !host->answered && !is_last && runs_commands(host)) {
			is_last = true; /* the host may have come up just now */
			continue;
		}
		host->seems_down = !host->answered && !is_last;
		return -1;
	}
}

int remote_connect(struct host *host, double timeout_s, struct error *e)
{
	double deadline_s = clock_monotonic_s() + timeout_s;
	json_t *facts = NULL;
	struct error why = {""};

	if (reach_init(&host->reach, host->spec.reach, host->spec.name, host->spec.address, e) < 0)
		return -1;
	if (!reach_word_is_plain(host->spec.work_dir) || host->spec.work_dir[0] != '/')
		return error_set(e,
			"%s: work_dir \"%s\": expected an absolute path of letters, digits and "
			"._-+/ only; correct the site's work_dir",
			host->spec.name, host->spec.work_dir);
	host->interrupted = host->seems_down = false;
	if (reach_service(host, deadline_s, &why) < 0) {
		if (e)
			*e = why;
		return -1;
	}
	host->connected = true;
	host->lost = (struct error){""};
	host->generation++;
	host->heard_s = clock_monotonic_s();
	host->heartbeat.fd = host->service.to;
	host->heartbeat.period_s = host->spec.pulse ? PULSE_S : HEARTBEAT_S;
	reach_thread_add_heartbeat(&host->heartbeat);
	int status =
		call_do(host, "facts", json_pack("{s:b}", "qemu", host->spec.wants_qemu_version),
			within(facts_timeout_s, deadline_s), &facts, e);
	if (status == 0) {
		wire_facts_free(&host->facts);
		status = wire_facts_read(facts, &host->facts, e);
		json_decref(facts);
	}
	if (status < 0) /* it cannot be trusted to end by itself */
		host_lose(host, "%s", e ? e->text : "no facts");
	return status;
}

/* Closing its stdin makes tare-host stop everything; the end of its stdout shows that it has. */
void remote_disconnect(struct host *host)
{
	double deadline_s = clock_monotonic_s() + leave_timeout_s;

	if (!host->connected)
		return;
	host->connected = false;
	reach_thread_remove_heartbeat(&host->heartbeat);
	close(take_fd(&host->service.to));
	while (clock_monotonic_s() < deadline_s) {
		if (lines_await(host->service.from, -1, deadline_s - clock_monotonic_s()) <= 0 ||
			lines_receive(&host->lines) < 0)
			break;
		while (lines_next(&host->lines))
			;
		if (host->lines.overlong)
			break;
	}
	reach_stop(&host->reach, &host->service, 2, NULL);
	lines_free(&host->lines);
	error_set(&host->lost, "%s was disconnected", host->spec.name);
	while (host->calls) {
		struct call *call = host->calls;
		host->calls = call->next;
		call->error = host->lost;
		call->done = true;
	}
}
