/* Reliable delivery over an unreliable stream: go-back-N over frames, the same at both ends. It
 * handles descriptors and time, but neither requests nor jobs.
 *
 * Frames sent with link_send arrive exactly once and in order as long as the stream carries
 * anything at all: every frame acknowledges what has been received (cumulatively); an end that
 * misses a frame requests it at once (FRAME_GAP); if no acknowledgement comes, the sender asks
 * (FRAME_PROBE), and only the answer, which follows everything in transit, shows what is lost: so a
 * slow line is never loaded further. At most LINK_WINDOW_BYTES are in transit. While nothing is
 * unacknowledged there is no timer, so an idle link costs nothing. */
#ifndef TARE_AGENT_LINK_H
#define TARE_AGENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol.h"
#include "base/text.h"

enum { LINK_WINDOW_BYTES = 256 * 1024 };

struct packet;

struct link {
	int in_fd, out_fd; /* nonblocking; the owner closes them */
	struct frames frames;
	uint16_t session;
	bool dead; /* end of file, or an error */
	int error; /* errno of it, or 0 for end of file */

	struct text out; /* whole frames on their way to the kernel */
	size_t out_sent;

	struct packet *oldest, *next, **tail; /* unacknowledged; next one to transmit */
	uint32_t next_sequence;
	size_t queued_bytes, flying_bytes;
	uint32_t probe; /* number of the last one */
	uint32_t probe_limit; /* sequence of the first frame that was sent behind it */
	bool probing; /* its answer is outstanding */
	int64_t probe_at_ns, probe_wait_ns;

	uint32_t expected;
	bool ack_due, gap_due, answer_due;
	uint32_t answer; /* number of the probe to be answered */
	int64_t gap_noticed_ns; /* when gap_due was last set for `expected`, or 0 */
	uint64_t bad_frames_seen;
	int64_t received_ns; /* CLOCK_MONOTONIC when bytes came last */
	uint64_t ignored; /* frames of other sessions */
	uint64_t resent; /* frames sent again */
};

/* Makes the descriptors nonblocking. */
void link_init(struct link *link, int in_fd, int out_fd);
void link_free(struct link *link);
/* Continues the session over another stream: what was in transit in the old one may be lost, so all
 * that is not acknowledged is sent again, and the other end drops duplicates. */
void link_set_stream(struct link *link, int in_fd, int out_fd);
/* Begins a session: forgets what is unsent or unacknowledged. */
void link_reset(struct link *link, uint16_t session);

/* Queues a sequenced frame (bulk payloads are compressed). */
void link_send(struct link *link, uint8_t type, uint16_t job, const void *payload, size_t length);
/* Writes an unsequenced frame, not repeated by the link, as soon as the kernel takes it. */
void link_send_once(struct link *link, uint8_t type, const void *payload, size_t length);
/* Whether another chunk of bulk data may be queued. */
bool link_room(const struct link *link);

/* Reads what is there, once. -1 when the stream is at its end (dead is set), 0 if there was
 * nothing, else 1: then call link_next until it returns false. */
int link_receive(struct link *link);
/* The next frame for the upper layer. */
bool link_next(struct link *link, struct frame *out);
/* Writes what is due, as far as the kernel takes it. Call it after everything else, before
 * poll. */
void link_flush(struct link *link);
/* Whether poll should wait for out_fd. */
bool link_blocked(const struct link *link);
/* When link_flush has to be called at the latest (CLOCK_MONOTONIC, ns); INT64_MAX: never. */
int64_t link_deadline_ns(const struct link *link);

#endif
