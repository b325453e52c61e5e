/* Whatever bytes come, in whatever portions: the decoder of frames and the readers of payloads
 * stay in their bounds. The first byte of the input is the size of the portions, and the flags. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "agent/protocol.h"
#include "agent/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void payload_read(const struct frame *frame)
{
	struct unpack in = {.at = frame->payload, .left = frame->length};
	struct unpack again = in, third = in;
	struct wire_job job;
	struct wire_end end;

	if (wire_job_unpack(&in, &job)) {
		struct text packed = {0};

		wire_job_pack(&packed, &job);
		if (packed.count > 2 * FRAME_PAYLOAD_MAX)
			abort();
		text_free(&packed);
		wire_job_free(&job);
	}
	if (wire_end_unpack(&again, &end))
		free(end.reason);
	free(unpack_string(&third));
	unpack_u64(&third);
	size_t rest;
	unpack_rest(&third, &rest);
	if (rest > frame->length)
		abort();
}

/* The input as it is: most of it is no frame. */
static void feed_raw(const uint8_t *bytes, size_t count, size_t portion)
{
	struct frames frames = {0};
	struct frame frame;

	for (size_t at = 0; at < count; at += portion) {
		frames_feed(&frames, bytes + at, count - at < portion ? count - at : portion);
		while (frames_next(&frames, &frame))
			payload_read(&frame);
	}
	while (frames_incomplete(&frames)) {
		frames_give_up(&frames);
		while (frames_next(&frames, &frame))
			payload_read(&frame);
	}
	if (frames.skipped_bytes > count)
		abort();
	frames_free(&frames);
}

/* The input as the payload of a frame whose checksums are right. */
static void feed_wrapped(const uint8_t *bytes, size_t count, uint8_t flags)
{
	struct frame frame = {.version = PROTOCOL_VERSION, .flags = flags, .length = count};
	struct frames frames = {0};
	uint8_t header[FRAME_HEADER_BYTES];

	if (count > FRAME_PAYLOAD_MAX)
		return;
	frame_header(header, &frame, frame_crc(bytes, count));
	frames_feed(&frames, header, sizeof(header));
	frames_feed(&frames, bytes, count);
	if (frames_next(&frames, &frame)) {
		if (frame.length > FRAME_PAYLOAD_MAX)
			abort();
		payload_read(&frame);
	} else if (!(flags & FRAME_COMPRESSED)) {
		abort(); /* it was a good one */
	}
	frames_free(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (!count)
		return 0;
	feed_raw(bytes + 1, count - 1, bytes[0] ? bytes[0] : 4096);
	feed_wrapped(bytes + 1, count - 1, bytes[0]);
	return 0;
}
