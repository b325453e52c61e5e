/* The agent's event loop: handles frames, signals and jobs. */
#include "agent/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/boot.h"
#include "agent/facts.h"
#include "agent/kernel_files.h"
#include "agent/link.h"
#include "agent/netdev.h"
#include "agent/task.h"
#include "agent/workdir.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"

enum { FIXED_FDS = 3, RECONNECT_MS = 100 };

struct server {
	struct link link;
	struct tasks tasks;
	int signal_fd;
	bool guest;
	bool leaving; /* after a goodbye or a signal */
};

static void signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

void server_signals(void)
{
	sigset_t set;

	signal_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* --- requests ---------------------------------------------------------------------------- */

static int answer_facts(struct unpack *in, struct text *answer, struct error *e)
{
	cleanup_free char *json = facts_json();

	(void)in;
	(void)e;
	pack_string(answer, json);
	return 0;
}

static int answer_network(struct unpack *in, struct text *answer, struct error *e)
{
	cleanup_free char *interface = unpack_string(in);
	cleanup_free char *address = unpack_string(in);
	uint32_t mtu = unpack_u32(in);

	(void)answer;
	if (!unpack_done(in))
		return error_set(e, "the agent could not read the request");
	return netdev_configure(interface, address, mtu, e);
}

static int answer_clock(struct unpack *in, struct text *answer, struct error *e)
{
	(void)in;
	(void)e;
	pack_i64(answer, clock_realtime_ns());
	pack_i64(answer, clock_monotonic_ns());
	return 0;
}

static int answer_kernel_files(struct unpack *in, struct text *answer, struct error *e)
{
	(void)in;
	(void)e;
	kernel_files_pack(answer);
	return 0;
}

static const struct {
	uint8_t type;
	int (*answer)(struct unpack *in, struct text *answer, struct error *e);
} REQUESTS[] = {
	{FRAME_FACTS, answer_facts},
	{FRAME_NETWORK, answer_network},
	{FRAME_CLOCK, answer_clock},
	{FRAME_KERNEL_FILES, answer_kernel_files},
};

static void reply(struct server *server, uint16_t request, int result, const struct text *answer,
	const struct error *e)
{
	cleanup_text struct text payload = {0};

	pack_u8(&payload, result == 0);
	if (result < 0)
		pack_string(&payload, e->text);
	else if (answer->count)
		text_add_bytes(&payload, answer->bytes, answer->count);
	link_send(&server->link, FRAME_REPLY, request, payload.bytes, payload.count);
}

/* A file comes in many frames; only the last one, or the first failure, is answered. */
static void put(struct server *server, const struct frame *frame)
{
	struct unpack in = {.at = frame->payload, .left = frame->length};
	struct error e = {0};
	cleanup_free char *path = unpack_string(&in);
	mode_t mode = unpack_u32(&in);
	uint64_t offset = unpack_u64(&in);
	bool last = unpack_u8(&in);
	size_t count;
	const uint8_t *bytes = unpack_rest(&in, &count);
	int result = in.failed ? error_set(&e, "the agent could not read the request")
			       : workdir_put_file(path, mode, offset, bytes, count, last, &e);

	if (result < 0 || last)
		reply(server, frame->job, result, &(struct text){0}, &e);
}

static void request(struct server *server, const struct frame *frame)
{
	for (size_t i = 0; i < ARRAY_COUNT(REQUESTS); i++) {
		struct unpack in = {.at = frame->payload, .left = frame->length};
		struct error e = {0};
		cleanup_text struct text answer = {0};

		if (REQUESTS[i].type != frame->type)
			continue;
		int result = REQUESTS[i].answer(&in, &answer, &e);
		reply(server, frame->job, result, &answer, &e);
	}
}

static void welcome(struct server *server)
{
	cleanup_text struct text payload = {0};

	pack_u8(&payload, PROTOCOL_VERSION);
	pack_string(&payload, TARE_VERSION);
	pack_u8(&payload, 1);
	link_send_once(&server->link, FRAME_WELCOME, payload.bytes, payload.count);
}

/* A hello with a new session number comes from a new orchestrator: all jobs of an earlier one end.
 * The same number again means that our welcome was lost or slow. */
static void hello(struct server *server, const struct frame *frame)
{
	if (frame->session != server->link.session) {
		tasks_end(&server->tasks);
		link_reset(&server->link, frame->session);
	}
	welcome(server);
}

static void goodbye(struct server *server)
{
	link_send_once(&server->link, FRAME_GOODBYE, NULL, 0);
	link_flush(&server->link);
	server->leaving = true;
}

static void frames_handle(struct server *server)
{
	struct frame frame;

	while (link_next(&server->link, &frame)) {
		if (frame.type == FRAME_HELLO)
			hello(server, &frame);
		else if (frame.type == FRAME_GOODBYE)
			goodbye(server);
		else if (frame.type == FRAME_PUT)
			put(server, &frame);
		else if (frame.type < FRAME_JOB_SPEC)
			request(server, &frame);
		else
			tasks_frame(&server->tasks, &frame);
	}
}

/* --- the loop ---------------------------------------------------------------------------- */

static void signals_handle(struct server *server)
{
	struct signalfd_siginfo info;

	while (read(server->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD && !server->guest)
			server->leaving = true;
	}
	tasks_reap(&server->tasks);
}

/* Sleeps until something happens, for as long as nothing is due. */
static void wait_for_events(struct server *server, struct pollfd *fds)
{
	int64_t due_ns = link_deadline_ns(&server->link);
	int64_t task_ns = tasks_deadline_ns(&server->tasks);
	struct timespec timeout, *limit = NULL;
	size_t count = FIXED_FDS;

	if (task_ns < due_ns)
		due_ns = task_ns;
	if (due_ns != INT64_MAX) {
		int64_t left_ns = due_ns - clock_monotonic_ns();

		if (left_ns < 0)
			left_ns = 0;
		timeout = (struct timespec){
			.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
		limit = &timeout;
	}
	fds[0] = (struct pollfd){.fd = server->link.in_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = server->signal_fd, .events = POLLIN};
	fds[2] = (struct pollfd){
		.fd = link_blocked(&server->link) ? server->link.out_fd : -1, .events = POLLOUT};
	count += tasks_poll_fds(&server->tasks, fds + FIXED_FDS);
	if (ppoll(fds, count, limit, NULL) < 0)
		fds[0].revents = fds[1].revents = 0;
}

/* The host has closed its end of the guest's channel. */
static void reconnect(struct server *server)
{
	int in_fd = server->link.in_fd, out_fd = server->link.out_fd;

	tasks_end(&server->tasks);
	link_free(&server->link);
	clock_sleep_s(RECONNECT_MS / 1000.0);
	link_init(&server->link, in_fd, out_fd);
}

/* After a guest was saved or migrated: its jobs and the session continue. */
static bool resume(struct server *server)
{
	int fd = boot_channel_again(server->link.in_fd);

	if (fd < 0)
		return false;
	link_set_stream(&server->link, fd, fd);
	return true;
}

void server_run(int in_fd, int out_fd, bool guest)
{
	struct server server = {.guest = guest};
	cleanup_free struct pollfd *fds =
		mem_new(FIXED_FDS + TASKS_MAX * TASK_POLL_FDS, sizeof(*fds));
	sigset_t set;

	signal_set(&set);
	server.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	server.tasks.link = &server.link;
	link_init(&server.link, in_fd, out_fd);
	/* Unrequested: an orchestrator that waits for the machine to boot sends its hello at
	 * once. */
	welcome(&server);
	while (!server.leaving) {
		link_flush(&server.link);
		if (server.link.dead) {
			if (!guest)
				break;
			if (!resume(&server))
				reconnect(&server);
			continue;
		}
		wait_for_events(&server, fds);
		if (fds[1].revents)
			signals_handle(&server);
		if (fds[0].revents && link_receive(&server.link) > 0)
			frames_handle(&server);
		tasks_serve(&server.tasks);
	}
	tasks_end(&server.tasks);
	link_free(&server.link);
	close(server.signal_fd);
}
