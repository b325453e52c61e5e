/* Go-back-N over frames. */
#include "agent/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"

enum { OUT_BYTES = 64 * 1024, READ_BYTES = 64 * 1024, COMPRESS_FROM_BYTES = 1024 };

#define PROBE_FIRST_NS INT64_C(1000000000)
#define PROBE_MOST_NS INT64_C(4000000000)
#define GAP_AGAIN_NS INT64_C(100000000)
/* A frame without further bytes for so long has lost some: what follows is a new frame. */
#define STALL_NS INT64_C(500000000)

struct packet {
	struct packet *next;
	uint32_t sequence, crc;
	uint16_t job;
	uint8_t type, flags;
	bool sent;
	size_t length;
	uint8_t payload[];
};

static void take_stream(struct link *link, int in_fd, int out_fd)
{
	link->in_fd = in_fd;
	link->out_fd = out_fd;
	fcntl(in_fd, F_SETFL, fcntl(in_fd, F_GETFL) | O_NONBLOCK);
	fcntl(out_fd, F_SETFL, fcntl(out_fd, F_GETFL) | O_NONBLOCK);
}

void link_init(struct link *link, int in_fd, int out_fd)
{
	*link = (struct link){.tail = &link->oldest,
		.probe_wait_ns = PROBE_FIRST_NS,
		.received_ns = clock_monotonic_ns()};
	take_stream(link, in_fd, out_fd);
}

void link_set_stream(struct link *link, int in_fd, int out_fd)
{
	take_stream(link, in_fd, out_fd);
	link->dead = false;
	link->error = 0;
	if (frames_incomplete(&link->frames))
		frames_give_up(&link->frames);
	link->out.count = link->out_sent = 0;
	link->next = link->oldest;
	link->flying_bytes = 0;
	link->probing = false;
}

static void packets_free(struct link *link)
{
	while (link->oldest) {
		struct packet *packet = link->oldest;

		link->oldest = packet->next;
		free(packet);
	}
	link->next = NULL;
	link->tail = &link->oldest;
	link->queued_bytes = link->flying_bytes = 0;
}

void link_free(struct link *link)
{
	packets_free(link);
	frames_free(&link->frames);
	text_free(&link->out);
}

/* A partly written frame stays: the other end would take what follows for its rest. */
void link_reset(struct link *link, uint16_t session)
{
	packets_free(link);
	link->session = session;
	link->next_sequence = link->expected = 0;
	link->probing = link->ack_due = link->gap_due = link->answer_due = false;
	link->gap_noticed_ns = 0;
	link->probe_wait_ns = PROBE_FIRST_NS;
}

/* --- sending ----------------------------------------------------------------------------- */

static void frame_write(
	struct link *link, struct frame frame, const void *payload, uint32_t payload_crc)
{
	uint8_t header[FRAME_HEADER_BYTES];

	frame.version = PROTOCOL_VERSION;
	frame.session = link->session;
	frame.ack = link->expected;
	if (link->gap_due)
		frame.flags |= FRAME_GAP;
	frame_header(header, &frame, payload_crc);
	text_add_bytes(&link->out, header, sizeof(header));
	if (frame.length)
		text_add_bytes(&link->out, payload, frame.length);
	link->ack_due = link->gap_due = false;
}

void link_send(struct link *link, uint8_t type, uint16_t job, const void *payload, size_t length)
{
	struct text compressed = {0};
	uint8_t flags = FRAME_SEQUENCED;

	if (length >= COMPRESS_FROM_BYTES && payload_compress(&compressed, payload, length)) {
		flags |= FRAME_COMPRESSED;
		payload = compressed.bytes;
		length = compressed.count;
	}
	struct packet *packet = mem_new(1, sizeof(*packet) + length);
	packet->sequence = link->next_sequence++;
	packet->crc = frame_crc(payload, length);
	packet->job = job;
	packet->type = type;
	packet->flags = flags;
	packet->length = length;
	if (length)
		memcpy(packet->payload, payload, length);
	text_free(&compressed);
	*link->tail = packet;
	link->tail = &packet->next;
	if (!link->next)
		link->next = packet;
	link->queued_bytes += FRAME_HEADER_BYTES + length;
}

void link_send_once(struct link *link, uint8_t type, const void *payload, size_t length)
{
	struct frame frame = {.type = type, .length = length};

	frame_write(link, frame, payload, frame_crc(payload, length));
}

bool link_room(const struct link *link)
{
	return link->queued_bytes < LINK_WINDOW_BYTES;
}

/* Puts the frames that the window allows into the out buffer. */
static void out_fill(struct link *link)
{
	while (link->next && link->out.count < OUT_BYTES &&
		link->flying_bytes < LINK_WINDOW_BYTES) {
		struct packet *packet = link->next;
		struct frame frame = {
			.type = packet->type,
			.flags = packet->flags,
			.job = packet->job,
			.sequence = packet->sequence,
			.length = packet->length,
		};

		if (!link->flying_bytes)
			link->probe_at_ns = clock_monotonic_ns() + link->probe_wait_ns;
		frame_write(link, frame, packet->payload, packet->crc);
		link->resent += packet->sent;
		packet->sent = true;
		link->flying_bytes += FRAME_HEADER_BYTES + packet->length;
		link->next = packet->next;
	}
	if (link->answer_due)
		frame_write(link,
			(struct frame){
				.type = FRAME_ACK, .flags = FRAME_ANSWER, .sequence = link->answer},
			NULL, frame_crc(NULL, 0));
	else if (link->ack_due || link->gap_due)
		link_send_once(link, FRAME_ACK, NULL, 0);
	link->answer_due = false;
}

/* A stream whose reader has closed it must not end this process, whatever its signal dispositions:
 * the signal that this write raises is consumed. */
static ssize_t write_quietly(int fd, const void *bytes, size_t count)
{
	sigset_t pipe_signal, before;
	ssize_t written;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	written = write(fd, bytes, count);
	int error = errno;
	if (written < 0 && error == EPIPE && !sigismember(&before, SIGPIPE))
		sigtimedwait(&pipe_signal, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return written;
}

static void go_back(struct link *link)
{
	link->next = link->oldest;
	link->flying_bytes = 0;
}

static void probe_if_due(struct link *link)
{
	if (!link->flying_bytes || clock_monotonic_ns() < link->probe_at_ns)
		return;
	link->probe_at_ns = clock_monotonic_ns() + link->probe_wait_ns;
	if (link->out_sent < link->out.count)
		return; /* the line is slow: that does not mean that something was lost */
	if (link->probe_wait_ns < PROBE_MOST_NS)
		link->probe_wait_ns *= 2;
	link->probing = true;
	link->probe_limit = link->next ? link->next->sequence : link->next_sequence;
	frame_write(link,
		(struct frame){.type = FRAME_ACK, .flags = FRAME_PROBE, .sequence = ++link->probe},
		NULL, frame_crc(NULL, 0));
}

void link_flush(struct link *link)
{
	probe_if_due(link);
	while (!link->dead) {
		if (link->out_sent == link->out.count) {
			link->out.count = link->out_sent = 0;
			out_fill(link);
		}
		if (!link->out.count)
			return;
		ssize_t written = write_quietly(link->out_fd, link->out.bytes + link->out_sent,
			link->out.count - link->out_sent);
		if (written > 0) {
			link->out_sent += (size_t)written;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			link->dead = true;
			link->error = errno;
		}
	}
}

bool link_blocked(const struct link *link)
{
	return !link->dead && link->out_sent < link->out.count;
}

int64_t link_deadline_ns(const struct link *link)
{
	return link->flying_bytes && !link->dead ? link->probe_at_ns : INT64_MAX;
}

/* --- receiving --------------------------------------------------------------------------- */

int link_receive(struct link *link)
{
	uint8_t bytes[READ_BYTES];
	ssize_t count = link->dead ? 0 : read(link->in_fd, bytes, sizeof(bytes));
	int64_t now = clock_monotonic_ns();

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (count <= 0) {
		if (!link->dead)
			link->error = count < 0 ? errno : 0;
		link->dead = true;
		return -1;
	}
	if (frames_incomplete(&link->frames) && now - link->received_ns > STALL_NS)
		frames_give_up(&link->frames);
	link->received_ns = now;
	frames_feed(&link->frames, bytes, (size_t)count);
	return 1;
}

static void acknowledged(struct link *link, uint32_t ack)
{
	if ((int32_t)(ack - link->next_sequence) > 0)
		return; /* of frames that were never sent */
	while (link->oldest && (int32_t)(ack - link->oldest->sequence) > 0) {
		struct packet *packet = link->oldest;
		size_t size = FRAME_HEADER_BYTES + packet->length;

		if (!packet->sent)
			break;
		if (link->next == packet)
			link->next = packet->next;
		link->flying_bytes -= link->flying_bytes < size ? link->flying_bytes : size;
		link->queued_bytes -= size;
		link->oldest = packet->next;
		if (!link->oldest)
			link->tail = &link->oldest;
		free(packet);
		link->probe_wait_ns = PROBE_FIRST_NS;
		link->probe_at_ns = clock_monotonic_ns() + PROBE_FIRST_NS;
	}
}

/* Requests what is missing; not again for every frame that was sent after it. */
static void gap_notice(struct link *link)
{
	int64_t now = clock_monotonic_ns();

	if (link->gap_noticed_ns && now - link->gap_noticed_ns < GAP_AGAIN_NS)
		return;
	link->gap_due = true;
	link->gap_noticed_ns = now;
}

/* Whether a sequenced frame is the expected one. */
static bool in_order(struct link *link, uint32_t sequence)
{
	link->ack_due = true;
	if (sequence == link->expected) {
		link->expected++;
		link->gap_noticed_ns = 0;
		return true;
	}
	if ((int32_t)(sequence - link->expected) > 0)
		gap_notice(link);
	return false;
}

/* A damaged frame is requested again at once. */
static void damage_notice(struct link *link)
{
	if (link->frames.bad_frames == link->bad_frames_seen)
		return;
	link->bad_frames_seen = link->frames.bad_frames;
	gap_notice(link);
}

/* Whether frame answers our probe, and some of what was sent before the probe is lost. */
static bool loss_answered(struct link *link, const struct frame *frame)
{
	if (frame->type != FRAME_ACK || !(frame->flags & FRAME_ANSWER) || !link->probing ||
		frame->sequence != link->probe)
		return false;
	link->probing = false;
	link->probe_wait_ns = PROBE_FIRST_NS;
	return link->oldest && (int32_t)(link->oldest->sequence - link->probe_limit) < 0;
}

bool link_next(struct link *link, struct frame *out)
{
	while (frames_next(&link->frames, out)) {
		if (out->type == FRAME_HELLO || out->type == FRAME_WELCOME)
			return true;
		if (out->version != PROTOCOL_VERSION || out->session != link->session) {
			link->ignored++;
			continue;
		}
		acknowledged(link, out->ack);
		if ((out->flags & FRAME_GAP) || loss_answered(link, out))
			go_back(link);
		if (out->type == FRAME_ACK && (out->flags & FRAME_PROBE)) {
			link->answer_due = true;
			link->answer = out->sequence;
		}
		if (out->flags & FRAME_SEQUENCED ? in_order(link, out->sequence)
						 : out->type != FRAME_ACK)
			return true;
	}
	damage_notice(link);
	return false;
}
