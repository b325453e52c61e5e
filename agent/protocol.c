/* Encoding, decoding and resynchronisation of frames. */
#include "agent/protocol.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/array.h"

static const uint8_t MARK[4] = {0xa7, 0x74, 0x61, 0xe5};

/* Looking for a frame inside a bad one costs a checksum per candidate; a hostile sender could nest
 * thousands of them. After so many bad frames in a row, bad frames are skipped as a whole. */
enum { BAD_FRAMES_SEARCHED = 64 };

static void put_le(uint8_t *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *from, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << (8 * i);
	return value;
}

uint32_t frame_crc(const void *bytes, size_t count)
{
	return (uint32_t)crc32_z(0, bytes, count);
}

void frame_header(
	uint8_t header[FRAME_HEADER_BYTES], const struct frame *frame, uint32_t payload_crc)
{
	memcpy(header, MARK, sizeof(MARK));
	header[4] = frame->version;
	header[5] = frame->type;
	header[6] = frame->flags;
	header[7] = 0;
	put_le(header + 8, frame->session, 2);
	put_le(header + 10, frame->job, 2);
	put_le(header + 12, frame->sequence, 4);
	put_le(header + 16, frame->ack, 4);
	put_le(header + 20, frame->length, 4);
	put_le(header + 24, payload_crc, 4);
	put_le(header + 28, frame_crc(header, 28), 4);
}

/* --- decoder ----------------------------------------------------------------------------- */

void frames_feed(struct frames *frames, const void *bytes, size_t count)
{
	if (!count)
		return;
	if (frames->start) {
		memmove(frames->bytes, frames->bytes + frames->start, frames->end - frames->start);
		frames->end -= frames->start;
		frames->start = 0;
	}
	array_reserve(&frames->bytes, &frames->capacity, frames->end + count);
	memcpy(frames->bytes + frames->end, bytes, count);
	frames->end += count;
}

static void skip(struct frames *frames, size_t count)
{
	frames->start += count;
	frames->skipped_bytes += count;
	frames->header_known = false;
}

static bool header_good(const uint8_t *header)
{
	return get_le(header + 28, 4) == frame_crc(header, 28) &&
	       get_le(header + 20, 4) <= FRAME_PAYLOAD_MAX;
}

/* Moves start to the next possible header; true if a whole good one lies there. */
static bool header_find(struct frames *frames)
{
	while (frames->end > frames->start && !frames->header_known) {
		const uint8_t *at = frames->bytes + frames->start;
		size_t left = frames->end - frames->start;
		const uint8_t *mark = memchr(at, MARK[0], left);

		if (mark != at) {
			skip(frames, mark ? (size_t)(mark - at) : left);
			continue;
		}
		if (memcmp(at, MARK, left < sizeof(MARK) ? left : sizeof(MARK)) != 0) {
			skip(frames, 1);
			continue;
		}
		if (left < FRAME_HEADER_BYTES)
			return false;
		frames->header_known = header_good(at);
		if (!frames->header_known)
			skip(frames, 1);
	}
	return frames->header_known;
}

/* Replaces a compressed payload by its raw form. */
static bool payload_inflate(struct frames *frames, struct frame *frame)
{
	uLongf length;

	if (frame->length < 4)
		return false;
	length = get_le(frame->payload, 4);
	if (length > FRAME_PAYLOAD_MAX)
		return false;
	uLongf expected = length;
	array_reserve(&frames->raw, &frames->raw_capacity, expected + 1);
	if (uncompress(frames->raw, &length, frame->payload + 4, frame->length - 4) != Z_OK ||
		length != expected)
		return false;
	frame->payload = frames->raw;
	frame->length = length;
	frame->flags &= (uint8_t)~FRAME_COMPRESSED;
	return true;
}

static struct frame header_read(const uint8_t *header)
{
	return (struct frame){
		.version = header[4],
		.type = header[5],
		.flags = header[6],
		.session = (uint16_t)get_le(header + 8, 2),
		.job = (uint16_t)get_le(header + 10, 2),
		.sequence = (uint32_t)get_le(header + 12, 4),
		.ack = (uint32_t)get_le(header + 16, 4),
		.length = get_le(header + 20, 4),
		.payload = header + FRAME_HEADER_BYTES,
	};
}

bool frames_next(struct frames *frames, struct frame *out)
{
	while (header_find(frames)) {
		const uint8_t *header = frames->bytes + frames->start;
		struct frame frame = header_read(header);
		size_t size = FRAME_HEADER_BYTES + frame.length;

		if (frames->end - frames->start < size)
			return false;
		if (frame_crc(frame.payload, frame.length) == get_le(header + 24, 4) &&
			(!(frame.flags & FRAME_COMPRESSED) || payload_inflate(frames, &frame))) {
			frames->start += size;
			frames->header_known = false;
			frames->bad_in_a_row = 0;
			*out = frame;
			return true;
		}
		frames->bad_frames++;
		skip(frames, ++frames->bad_in_a_row > BAD_FRAMES_SEARCHED ? size : 1);
	}
	return false;
}

bool frames_incomplete(const struct frames *frames)
{
	return frames->end > frames->start;
}

void frames_give_up(struct frames *frames)
{
	if (frames_incomplete(frames)) {
		frames->bad_frames++;
		skip(frames, 1);
	}
}

void frames_free(struct frames *frames)
{
	free(frames->bytes);
	free(frames->raw);
	*frames = (struct frames){0};
}

/* --- payloads ---------------------------------------------------------------------------- */

static void pack(struct text *out, uint64_t value, size_t bytes)
{
	uint8_t buffer[8];

	put_le(buffer, value, bytes);
	text_add_bytes(out, buffer, bytes);
}

void pack_u8(struct text *out, uint8_t value)
{
	pack(out, value, 1);
}

void pack_u16(struct text *out, uint16_t value)
{
	pack(out, value, 2);
}

void pack_u32(struct text *out, uint32_t value)
{
	pack(out, value, 4);
}

void pack_u64(struct text *out, uint64_t value)
{
	pack(out, value, 8);
}

void pack_i64(struct text *out, int64_t value)
{
	pack(out, (uint64_t)value, 8);
}

void pack_f64(struct text *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	pack(out, bits, 8);
}

void pack_string(struct text *out, const char *string)
{
	size_t length = string ? strlen(string) : 0;

	pack_u32(out, (uint32_t)length);
	if (length)
		text_add_bytes(out, string, length);
}

static const uint8_t *unpack(struct unpack *in, size_t bytes)
{
	const uint8_t *at = in->at;

	if (in->failed || in->left < bytes) {
		in->failed = true;
		in->left = 0;
		return NULL;
	}
	in->at += bytes;
	in->left -= bytes;
	return at;
}

static uint64_t unpack_le(struct unpack *in, size_t bytes)
{
	const uint8_t *at = unpack(in, bytes);

	return at ? get_le(at, bytes) : 0;
}

uint8_t unpack_u8(struct unpack *in)
{
	return (uint8_t)unpack_le(in, 1);
}

uint16_t unpack_u16(struct unpack *in)
{
	return (uint16_t)unpack_le(in, 2);
}

uint32_t unpack_u32(struct unpack *in)
{
	return (uint32_t)unpack_le(in, 4);
}

uint64_t unpack_u64(struct unpack *in)
{
	return unpack_le(in, 8);
}

int64_t unpack_i64(struct unpack *in)
{
	return (int64_t)unpack_le(in, 8);
}

double unpack_f64(struct unpack *in)
{
	uint64_t bits = unpack_le(in, 8);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

char *unpack_string(struct unpack *in)
{
	size_t length = unpack_u32(in);
	const uint8_t *at = unpack(in, length);
	char *copy;

	if (!at)
		return NULL;
	if (length && memchr(at, '\0', length)) {
		in->failed = true;
		in->left = 0;
		return NULL;
	}
	copy = mem_new(length + 1, 1);
	memcpy(copy, at, length);
	return copy;
}

const uint8_t *unpack_rest(struct unpack *in, size_t *count)
{
	*count = in->failed ? 0 : in->left;
	return unpack(in, *count);
}

bool unpack_done(const struct unpack *in)
{
	return !in->failed && !in->left;
}

/* A window as large as a chunk is enough, and small tables are set up much faster than the
 * default ones: there is one stream per payload. */
enum { COMPRESS_LEVEL = 1, COMPRESS_WINDOW_BITS = 12, COMPRESS_MEMORY_LEVEL = 6 };

bool payload_compress(struct text *out, const void *bytes, size_t count)
{
	z_stream stream = {.next_in = (z_const Bytef *)bytes, .avail_in = (uInt)count};
	uint8_t *buffer;
	bool shorter;

	if (count <= 4 || count > FRAME_PAYLOAD_MAX ||
		deflateInit2(&stream, COMPRESS_LEVEL, Z_DEFLATED, COMPRESS_WINDOW_BITS,
			COMPRESS_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	/* Room for less than the raw form: what does not fit is not wanted. */
	buffer = mem_new(count, 1);
	put_le(buffer, count, 4);
	stream.next_out = buffer + 4;
	stream.avail_out = (uInt)(count - 4);
	shorter = deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_out;
	if (shorter)
		text_add_bytes(out, buffer, count - stream.avail_out);
	deflateEnd(&stream);
	free(buffer);
	return shorter;
}
