/* Frames between the orchestrator and an agent: the format on the wire. Both ends share this file;
 * it is independent of descriptors, jobs and clocks.
 *
 * A frame is a header of 32 bytes and a payload, integers little-endian:
 *
 *   0  mark       4 bytes A7 74 61 E5
 *   4  version    u8, PROTOCOL_VERSION
 *   5  type       u8, enum frame_type
 *   6  flags      u8, enum frame_flag
 *   7  zero       u8
 *   8  session    u16, chosen by the orchestrator in its HELLO
 *  10  job        u16, the job, or the number of the request
 *  12  sequence   u32, of this frame among the FRAME_SEQUENCED ones of its direction
 *  16  ack        u32, the next sequence number that the sender of this frame expects
 *  20  length     u32, of the payload on the wire, at most FRAME_PAYLOAD_MAX
 *  24  payload's CRC-32
 *  28  header's CRC-32, over bytes 0–27
 *
 * A FRAME_COMPRESSED payload is u32 raw length and a zlib stream. */
#ifndef TARE_AGENT_PROTOCOL_H
#define TARE_AGENT_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	PROTOCOL_VERSION = 2,
	FRAME_HEADER_BYTES = 32,
	FRAME_PAYLOAD_MAX = 1 << 20,
	/* What bulk data is cut into: a serial line of 115200 baud carries one in 0.36 s. */
	FRAME_CHUNK_BYTES = 4096,
};

enum frame_flag {
	FRAME_SEQUENCED = 1 << 0, /* delivered exactly once and in order, or sent again */
	FRAME_COMPRESSED = 1 << 1,
	FRAME_GAP = 1 << 2, /* frames from `ack` on were lost: send them again at once */
	FRAME_PROBE = 1 << 3, /* of an ACK: what has come? answer with an ACK, this sequence … */
	FRAME_ANSWER = 1 << 4, /* … and this flag: all that was sent before the probe and is not
				* acknowledged here, is lost */
};

enum frame_type {
	/* not sequenced */
	FRAME_ACK = 1,
	FRAME_HELLO, /* → u8 protocol version, string version of tare; begins a session */
	FRAME_WELCOME, /* ← the same, and u8 1: it knows FRAME_KERNEL_FILES */
	FRAME_GOODBYE, /* → and answered by the same, before everything is ended */
	/* requests; `job` is the request's number. Answered by REPLY: u8 ok, then the answer or a
	 * string telling the error */
	FRAME_FACTS = 16, /* → (empty); answer: string JSON */
	FRAME_NETWORK, /* → string interface ("" any), string address/prefix, u32 MTU (0: as it is);
			* answer: empty */
	FRAME_PUT, /* → string path, u32 mode, u64 offset, u8 last, bytes; last is answered */
	FRAME_CLOCK, /* → (empty); answer: i64 realtime ns, i64 monotonic ns */
	FRAME_REPLY, /* ← */
	FRAME_KERNEL_FILES, /* → (empty); answer: see kernel_files.h, to its end */
	/* jobs; `job` is the job's number */
	FRAME_JOB_SPEC = 32, /* → see wire_spec_pack */
	FRAME_JOB_FILE, /* → string name, u64 offset, bytes */
	FRAME_JOB_START, /* → (empty) */
	FRAME_JOB_GO, /* → (empty) */
	FRAME_JOB_KILL, /* → (empty) */
	FRAME_JOB_HELD, /* ← (empty) */
	FRAME_JOB_STARTED, /* ← i64 monotonic ns at exec */
	FRAME_JOB_OUTPUT, /* ← u8 enum job_stream, bytes */
	FRAME_JOB_COLLECT, /* ← u16 index of the file, bytes; the first one of a file is empty */
	FRAME_JOB_END, /* ← see wire_end_pack */
};

enum job_stream { STREAM_OUTPUT, STREAM_ERRORS, STREAM_COUNT };

struct frame {
	uint8_t version, type, flags;
	uint16_t session, job;
	uint32_t sequence, ack;
	const uint8_t *payload; /* owned by the decoder until its next call */
	size_t length;
};

uint32_t frame_crc(const void *bytes, size_t count);
/* Writes the header of frame, whose payload has that CRC. */
void frame_header(
	uint8_t header[FRAME_HEADER_BYTES], const struct frame *frame, uint32_t payload_crc);

/* The incremental decoder. Zero-initialised is ready. Bytes that are not part of a good frame are
 * skipped and counted. */
struct frames {
	uint8_t *bytes;
	size_t start, end, capacity;
	bool header_known; /* a whole good one begins at start; it is not checked again */
	uint8_t *raw; /* the last decompressed payload */
	size_t raw_capacity;
	unsigned bad_in_a_row;
	uint64_t skipped_bytes; /* outside of good frames */
	uint64_t bad_frames; /* a good header whose payload was not */
};

/* Appends bytes. Call frames_next until it returns false before the next feed: memory then
 * stays below one largest frame and one feed. */
void frames_feed(struct frames *frames, const void *bytes, size_t count);
/* The next whole and checked frame; false if there is none yet. */
bool frames_next(struct frames *frames, struct frame *out);
/* Whether a frame has begun and not ended. */
bool frames_incomplete(const struct frames *frames);
/* Gives up the frame that has begun: its rest was lost. The bytes received of it are searched for
 * further frames. */
void frames_give_up(struct frames *frames);
void frames_free(struct frames *frames);

/* Payloads are built in a struct text … */
void pack_u8(struct text *out, uint8_t value);
void pack_u16(struct text *out, uint16_t value);
void pack_u32(struct text *out, uint32_t value);
void pack_u64(struct text *out, uint64_t value);
void pack_i64(struct text *out, int64_t value);
void pack_f64(struct text *out, double value);
void pack_string(struct text *out, const char *string); /* NULL is sent as "" */
/* … and read with bounds: after the first value that is not there, everything reads as 0, NULL
 * or empty and failed is set. */
struct unpack {
	const uint8_t *at;
	size_t left;
	bool failed;
};

uint8_t unpack_u8(struct unpack *in);
uint16_t unpack_u16(struct unpack *in);
uint32_t unpack_u32(struct unpack *in);
uint64_t unpack_u64(struct unpack *in);
int64_t unpack_i64(struct unpack *in);
double unpack_f64(struct unpack *in);
/* Caller frees. A string with a NUL inside is refused. */
char *unpack_string(struct unpack *in);
/* All that is left, in place. */
const uint8_t *unpack_rest(struct unpack *in, size_t *count);
/* Whether everything could be read and nothing is left. */
bool unpack_done(const struct unpack *in);

/* zlib level 1. Appends the FRAME_COMPRESSED form of bytes to out if that is shorter; false and
 * nothing appended if not. */
bool payload_compress(struct text *out, const void *bytes, size_t count);

#endif
