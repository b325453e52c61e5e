/* Whatever bytes come, in whatever portions: the decoder of frames and the readers of payloads
 * stay in their bounds, and their accounts of bytes agree. The first byte of the input is the
 * size of the portions. */
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct frames frames = {0};
	struct frame frame;
	size_t portion = count && bytes[0] ? bytes[0] : 4096;
	uint64_t fed = 0;

	for (size_t at = count ? 1 : 0; at < count; at += portion) {
		size_t part = count - at < portion ? count - at : portion;

		frames_feed(&frames, bytes + at, part);
		fed += part;
		while (frames_next(&frames, &frame)) {
			if (frame.length > FRAME_PAYLOAD_MAX)
				abort();
			payload_read(&frame);
		}
	}
	while (frames_incomplete(&frames)) {
		frames_give_up(&frames);
		while (frames_next(&frames, &frame))
			payload_read(&frame);
	}
	if (frames.skipped_bytes > fed)
		abort();
	frames_free(&frames);
	return 0;
}
