/* Mutates streams of frames by their structure: payloads and fields change under checksums that are
 * right, frames are added, repeated and removed, their numbers go on as a receiver expects them.
 * Without it nearly every mutation would end at the first checksum. The input's first byte is the
 * harness's own and stays. */
#include "mutate.h"

#include <stdbool.h>
#include <string.h>

#include "agent/protocol.h"
#include "base/array.h"

enum { FRAMES_MAX = 256 };

static const uint8_t types[] = {FRAME_ACK, FRAME_HELLO, FRAME_WELCOME, FRAME_GOODBYE, FRAME_FACTS,
	FRAME_NETWORK, FRAME_PUT, FRAME_CLOCK, FRAME_REPLY, FRAME_JOB_SPEC, FRAME_JOB_FILE,
	FRAME_JOB_START, FRAME_JOB_GO, FRAME_JOB_KILL, FRAME_JOB_HELD, FRAME_JOB_STARTED,
	FRAME_JOB_OUTPUT, FRAME_JOB_COLLECT, FRAME_JOB_END};

/* Offsets and sizes of a header's fields (protocol.h). */
static const struct {
	uint8_t at, bytes;
} fields[] = {{4, 1}, {5, 1}, {6, 1}, {8, 2}, {10, 2}, {12, 4}, {16, 4}, {20, 4}};

static uint32_t read_u32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void write_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* Finds what begins like a frame and is whole; returns how many. */
static size_t find_frames(const uint8_t *bytes, size_t count, size_t *places)
{
	static const uint8_t mark[] = {0xa7, 0x74, 0x61, 0xe5};
	size_t found = 0;

	for (size_t at = 1; at + FRAME_HEADER_BYTES <= count && found < FRAMES_MAX;) {
		const uint8_t *next = memmem(bytes + at, count - at, mark, sizeof(mark));

		if (!next)
			break;
		at = (size_t)(next - bytes);
		if (at + FRAME_HEADER_BYTES > count)
			break;
		size_t length = read_u32(bytes + at + 20);
		if (length > count - at - FRAME_HEADER_BYTES) {
			at++;
			continue;
		}
		places[found++] = at;
		at += FRAME_HEADER_BYTES + length;
	}
	return found;
}

static size_t frame_size(const uint8_t *frame)
{
	return FRAME_HEADER_BYTES + read_u32(frame + 20);
}

static void seal_header(uint8_t *frame)
{
	write_u32(frame + 28, frame_crc(frame, 28));
}

/* Makes the checksums right. */
static void seal(uint8_t *frame, size_t length)
{
	write_u32(frame + 20, (uint32_t)length);
	write_u32(frame + 24, frame_crc(frame + FRAME_HEADER_BYTES, length));
	seal_header(frame);
}

/* Makes room for `after` bytes where `before` are. False: it does not fit. */
static bool make_room(
	uint8_t *bytes, size_t *count, size_t most, size_t at, size_t before, size_t after)
{
	if (*count - before + after > most)
		return false;
	memmove(bytes + at + after, bytes + at + before, *count - at - before);
	*count = *count - before + after;
	return true;
}

static size_t change_payload(uint8_t *bytes, size_t count, size_t most, size_t at, uint64_t *random)
{
	static uint8_t payload[1 << 16];
	size_t length = frame_size(bytes + at) - FRAME_HEADER_BYTES, before = length;

	(void)random;
	if (length > sizeof(payload) / 2)
		return LLVMFuzzerMutate(bytes, count, most);
	memcpy(payload, bytes + at + FRAME_HEADER_BYTES, length);
	length = LLVMFuzzerMutate(payload, length, sizeof(payload) / 2);
	if (!make_room(bytes, &count, most, at + FRAME_HEADER_BYTES, before, length))
		return count;
	memcpy(bytes + at + FRAME_HEADER_BYTES, payload, length);
	seal(bytes + at, length);
	return count;
}

static size_t change_field(uint8_t *bytes, size_t count, size_t most, size_t at, uint64_t *random)
{
	size_t field = mutate_below(random, ARRAY_COUNT(fields));
	size_t length = frame_size(bytes + at) - FRAME_HEADER_BYTES;

	(void)most;
	for (unsigned i = 0; i < fields[field].bytes; i++)
		bytes[at + fields[field].at + i] = (uint8_t)mutate_below(random, i ? 2 : 256);
	if (fields[field].at == 5)
		bytes[at + 5] = types[mutate_below(random, ARRAY_COUNT(types))];
	if (fields[field].at == 20) /* a length that lies, under a checksum of the header */
		seal_header(bytes + at);
	else
		seal(bytes + at, length);
	return count;
}

static size_t repeat_frame(uint8_t *bytes, size_t count, size_t most, size_t at, uint64_t *random)
{
	size_t size = frame_size(bytes + at);

	if (make_room(bytes, &count, most, at, 0, size)) {
		memcpy(bytes + at, bytes + at + size, size);
		bytes[at + 5] = types[mutate_below(random, ARRAY_COUNT(types))];
		seal(bytes + at, size - FRAME_HEADER_BYTES);
	}
	return count;
}

static size_t remove_frame(uint8_t *bytes, size_t count, size_t most, size_t at, uint64_t *random)
{
	(void)random;
	make_room(bytes, &count, most, at, frame_size(bytes + at), 0);
	return count;
}

static size_t plain(uint8_t *bytes, size_t count, size_t most, size_t at, uint64_t *random)
{
	(void)at;
	(void)random;
	return LLVMFuzzerMutate(bytes, count, most);
}

static size_t (*const ways[])(uint8_t *bytes, size_t count, size_t most, size_t at,
	uint64_t *random) = {change_payload, change_payload, change_payload, change_field,
	change_field, repeat_frame, remove_frame, plain};

/* Sequence numbers as a receiver expects them, in the session of the first frame. */
static void renumber(uint8_t *bytes, size_t count)
{
	size_t places[FRAMES_MAX], found = find_frames(bytes, count, places);
	uint32_t sequence = 0;

	for (size_t i = 0; i < found; i++) {
		uint8_t *frame = bytes + places[i];

		memcpy(frame + 8, bytes + places[0] + 8, 2);
		if (frame[6] & FRAME_SEQUENCED)
			write_u32(frame + 12, sequence++);
		seal_header(frame);
	}
}

/* A frame without payload. */
static size_t new_frame(uint8_t *bytes, size_t count, size_t most, uint64_t *random)
{
	struct frame frame = {.version = PROTOCOL_VERSION,
		.type = types[mutate_below(random, ARRAY_COUNT(types))],
		.flags = FRAME_SEQUENCED,
		.session = 0x1234,
		.job = 1};

	if (!count || !make_room(bytes, &count, most, count, 0, FRAME_HEADER_BYTES))
		return count;
	frame_header(bytes + count - FRAME_HEADER_BYTES, &frame, frame_crc("", 0));
	return count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t most, unsigned seed)
{
	size_t places[FRAMES_MAX], found = find_frames(bytes, count, places);
	uint64_t random = seed;

	mutate_random(&random);
	if (!found || mutate_below(&random, 8) == 0)
		return count && mutate_below(&random, 2) ? new_frame(bytes, count, most, &random)
							 : LLVMFuzzerMutate(bytes, count, most);
	size_t at = places[mutate_below(&random, found)];
	count = ways[mutate_below(&random, ARRAY_COUNT(ways))](bytes, count, most, at, &random);
	if (mutate_below(&random, 2))
		renumber(bytes, count);
	return count;
}
