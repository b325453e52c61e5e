/* Frames and payloads: what is packed is unpacked, and what is damaged is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "agent/protocol.h"
#include "agent/wire.h"
#include "base/array.h"

static void frame_add(
	struct text *out, uint16_t job, const void *payload, size_t length, uint8_t flags)
{
	uint8_t header[FRAME_HEADER_BYTES];
	struct frame frame = {.version = PROTOCOL_VERSION,
		.type = FRAME_JOB_OUTPUT,
		.flags = flags,
		.session = 0x1234,
		.job = job,
		.sequence = 0x89abcdef,
		.ack = 0xfedcba98,
		.length = length};

	frame_header(header, &frame, frame_crc(payload, length));
	text_add_bytes(out, header, sizeof(header));
	if (length)
		text_add_bytes(out, payload, length);
}

/* Feeds bytes in steps and returns the jobs of the frames that came, as text "1 2 3 ". */
static char *decode(struct frames *frames, const void *bytes, size_t count, size_t step)
{
	struct text jobs = {0};
	struct frame frame;

	for (size_t at = 0; at < count; at += step) {
		size_t part = count - at < step ? count - at : step;

		frames_feed(frames, (const char *)bytes + at, part);
		while (frames_next(frames, &frame))
			text_addf(&jobs, "%u ", frame.job);
	}
	return text_take(&jobs);
}

static void header_is_fixed(void **state)
{
	static const uint8_t EXPECTED[] = {0xa7, 0x74, 0x61, 0xe5, 1, 34, 1, 0, 0x34, 0x12, 2, 0,
		0xef, 0xcd, 0xab, 0x89, 0x98, 0xba, 0xdc, 0xfe, 3, 0, 0, 0,
		/* CRC-32 of "abc" */ 0xc2, 0x41, 0x24, 0x35};
	uint8_t header[FRAME_HEADER_BYTES];
	struct frame frame = {.version = 1,
		.type = 34,
		.flags = FRAME_SEQUENCED,
		.session = 0x1234,
		.job = 2,
		.sequence = 0x89abcdef,
		.ack = 0xfedcba98,
		.length = 3};

	(void)state;
	frame_header(header, &frame, frame_crc("abc", 3));
	assert_memory_equal(header, EXPECTED, sizeof(EXPECTED));
}

static void frames_round_trip(void **state)
{
	static const size_t STEPS[] = {1, 3, 31, 32, 33, 4096, 100000};
	struct text stream = {0};
	char *large = mem_new(50000, 1);

	(void)state;
	memset(large, 0xa7, 50000);
	frame_add(&stream, 1, NULL, 0, 0);
	frame_add(&stream, 2, "hello", 5, 0);
	frame_add(&stream, 3, large, 50000, FRAME_SEQUENCED);
	frame_add(&stream, 4, "x", 1, 0);
	for (size_t i = 0; i < ARRAY_COUNT(STEPS); i++) {
		struct frames frames = {0};
		char *jobs = decode(&frames, stream.bytes, stream.count, STEPS[i]);

		assert_string_equal(jobs, "1 2 3 4 ");
		assert_int_equal(frames.skipped_bytes, 0);
		assert_false(frames_incomplete(&frames));
		free(jobs);
		frames_free(&frames);
	}
	free(large);
	text_free(&stream);
}

static void contents_survive(void **state)
{
	struct text stream = {0};
	struct frames frames = {0};
	struct frame frame;

	(void)state;
	frame_add(&stream, 7, "payload", 7, FRAME_SEQUENCED);
	frames_feed(&frames, stream.bytes, stream.count);
	assert_true(frames_next(&frames, &frame));
	assert_int_equal(frame.version, PROTOCOL_VERSION);
	assert_int_equal(frame.type, FRAME_JOB_OUTPUT);
	assert_int_equal(frame.flags, FRAME_SEQUENCED);
	assert_int_equal(frame.session, 0x1234);
	assert_int_equal(frame.sequence, 0x89abcdef);
	assert_int_equal(frame.ack, 0xfedcba98);
	assert_int_equal(frame.length, 7);
	assert_memory_equal(frame.payload, "payload", 7);
	assert_false(frames_next(&frames, &frame));
	frames_free(&frames);
	text_free(&stream);
}

static void resynchronises(void **state)
{
	enum { FRAME_2_AT = FRAME_HEADER_BYTES + 5, FRAME_2_BYTES = FRAME_HEADER_BYTES + 100 };
	struct text good = {0};
	char payload[100];

	(void)state;
	memset(payload, 'p', sizeof(payload));
	frame_add(&good, 1, "first", 5, 0);
	frame_add(&good, 2, payload, sizeof(payload), 0);
	frame_add(&good, 3, "third", 5, 0);
	frame_add(&good, 4, payload, sizeof(payload), 0);
	/* Every single byte of the second frame lost, doubled, or wrong. */
	for (size_t at = FRAME_2_AT; at < FRAME_2_AT + FRAME_2_BYTES; at++) {
		for (int damage = 0; damage < 3; damage++) {
			struct text bad = {0};
			struct frames frames = {0};
			size_t rest = at + 1;

			text_add_bytes(&bad, good.bytes, at);
			if (damage == 1) {
				text_add_bytes(&bad, good.bytes + at, 1);
				rest = at;
			} else if (damage == 2) {
				char wrong = (char)(good.bytes[at] ^ 0x10);

				text_add_bytes(&bad, &wrong, 1);
			}
			text_add_bytes(&bad, good.bytes + rest, good.count - rest);
			char *jobs = decode(&frames, bad.bytes, bad.count, 17);
			/* A doubled first byte of the mark damages nothing. */
			if (strcmp(jobs, "1 3 4 ") != 0 && strcmp(jobs, "1 2 3 4 ") != 0)
				fail_msg("byte %zu, damage %d: frames %s", at, damage, jobs);
			if (damage != 1)
				assert_string_equal(jobs, "1 3 4 ");
			assert_true(frames.skipped_bytes > 0);
			free(jobs);
			text_free(&bad);
			frames_free(&frames);
		}
	}
	text_free(&good);
}

static void skips_kernel_messages(void **state)
{
	struct text stream = {0};
	struct frames frames = {0};

	(void)state;
	text_add(&stream, "[    0.000000] Linux version 6.1\r\n\xa7\xa7ta");
	frame_add(&stream, 1, "one", 3, 0);
	text_add(&stream, "[    1.2] panic\r\n\xa7ta");
	frame_add(&stream, 2, "two", 3, 0);
	char *jobs = decode(&frames, stream.bytes, stream.count, 1);
	assert_string_equal(jobs, "1 2 ");
	free(jobs);
	text_free(&stream);
	frames_free(&frames);
}

static void gives_up_a_torn_frame(void **state)
{
	struct text stream = {0}, next = {0};
	struct frames frames = {0};
	char payload[1000] = "";

	(void)state;
	frame_add(&stream, 1, payload, sizeof(payload), 0);
	frame_add(&next, 2, "two", 3, 0);
	char *jobs = decode(&frames, stream.bytes, 200, 200);
	assert_string_equal(jobs, "");
	free(jobs);
	assert_true(frames_incomplete(&frames));
	frames_give_up(&frames);
	jobs = decode(&frames, next.bytes, next.count, 10);
	assert_string_equal(jobs, "2 ");
	free(jobs);
	text_free(&stream);
	text_free(&next);
	frames_free(&frames);
}

/* A header that is right in itself, with a length that is not allowed. */
static void refuses_huge_lengths(void **state)
{
	uint8_t header[FRAME_HEADER_BYTES];
	struct frame frame = {.version = 1, .type = 1, .length = FRAME_PAYLOAD_MAX + 1};
	struct frames frames = {0};
	struct text stream = {0};

	(void)state;
	frame_header(header, &frame, 0);
	text_add_bytes(&stream, header, sizeof(header));
	frame_add(&stream, 5, "ok", 2, 0);
	char *jobs = decode(&frames, stream.bytes, stream.count, 64);
	assert_string_equal(jobs, "5 ");
	free(jobs);
	text_free(&stream);
	frames_free(&frames);
}

static void nested_bad_frames_are_cheap(void **state)
{
	enum { COUNT = 3 * FRAME_PAYLOAD_MAX / FRAME_HEADER_BYTES };
	struct frame frame = {.version = 1, .type = 1, .length = FRAME_PAYLOAD_MAX};
	struct frames frames = {0};
	struct frame out;
	uint8_t header[FRAME_HEADER_BYTES];

	(void)state;
	frame_header(header, &frame, 12345);
	for (int i = 0; i < COUNT; i++) {
		frames_feed(&frames, header, sizeof(header));
		assert_false(frames_next(&frames, &out));
	}
	/* Searched a limited number of times; then skipped whole. */
	assert_true(frames.bad_frames < 100);
	frames_free(&frames);
}

static void compresses_and_bounds(void **state)
{
	struct text payload = {0}, stream = {0};
	struct frames frames = {0};
	struct frame frame;
	char zeros[20000] = "", noise[64];

	(void)state;
	assert_true(payload_compress(&payload, zeros, sizeof(zeros)));
	assert_true(payload.count < 200);
	frame_add(&stream, 1, payload.bytes, payload.count, FRAME_COMPRESSED);
	frames_feed(&frames, stream.bytes, stream.count);
	assert_true(frames_next(&frames, &frame));
	assert_int_equal(frame.flags, 0);
	assert_int_equal(frame.length, sizeof(zeros));
	assert_memory_equal(frame.payload, zeros, sizeof(zeros));
	/* A raw length that is too small, too large, or beyond the limit. */
	for (int wrong = 0; wrong < 3; wrong++) {
		static const uint8_t LENGTHS[3][4] = {
			{0x1f, 0x4e, 0, 0}, {0x21, 0x4e, 0, 0}, {0xff, 0xff, 0xff, 0xff}};

		stream.count = 0;
		memcpy(payload.bytes, LENGTHS[wrong], 4);
		frame_add(&stream, 1, payload.bytes, payload.count, FRAME_COMPRESSED);
		frames_feed(&frames, stream.bytes, stream.count);
		assert_false(frames_next(&frames, &frame));
	}
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 37);
	payload.count = 0;
	assert_false(payload_compress(&payload, noise, sizeof(noise)));
	assert_int_equal(payload.count, 0);
	text_free(&payload);
	text_free(&stream);
	frames_free(&frames);
}

static void values_round_trip(void **state)
{
	struct text out = {0};

	(void)state;
	pack_u8(&out, 200);
	pack_u16(&out, 60000);
	pack_u32(&out, 4000000000u);
	pack_u64(&out, UINT64_C(18000000000000000000));
	pack_i64(&out, INT64_MIN);
	pack_f64(&out, -0.1);
	pack_string(&out, "text");
	pack_string(&out, NULL);
	struct unpack in = {.at = (const uint8_t *)out.bytes, .left = out.count};
	assert_int_equal(unpack_u8(&in), 200);
	assert_int_equal(unpack_u16(&in), 60000);
	assert_int_equal(unpack_u32(&in), 4000000000u);
	assert_true(unpack_u64(&in) == UINT64_C(18000000000000000000));
	assert_true(unpack_i64(&in) == INT64_MIN);
	assert_true(unpack_f64(&in) == -0.1);
	char *text = unpack_string(&in), *empty = unpack_string(&in);
	assert_string_equal(text, "text");
	assert_string_equal(empty, "");
	assert_true(unpack_done(&in));
	free(text);
	free(empty);
	/* Every shorter payload fails, at some value and for good. */
	for (size_t count = 0; count < out.count; count++) {
		in = (struct unpack){.at = (const uint8_t *)out.bytes, .left = count};
		unpack_u8(&in), unpack_u16(&in), unpack_u32(&in), unpack_u64(&in);
		unpack_i64(&in), unpack_f64(&in);
		free(unpack_string(&in));
		free(unpack_string(&in));
		assert_true(in.failed);
		assert_false(unpack_done(&in));
		assert_int_equal(unpack_u32(&in), 0);
		assert_null(unpack_string(&in));
	}
	text_free(&out);
}

static void hostile_strings(void **state)
{
	static const struct {
		uint8_t bytes[8];
		size_t count;
	} CASES[] = {
		{{0xff, 0xff, 0xff, 0xff, 'a'}, 5},
		{{2, 0, 0, 0, 'a', 0}, 6},
		{{3, 0, 0, 0, 'a', 'b'}, 6},
		{{0, 0, 0}, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(CASES); i++) {
		struct unpack in = {.at = CASES[i].bytes, .left = CASES[i].count};

		assert_null(unpack_string(&in));
		assert_true(in.failed);
	}
}

static void jobs_round_trip(void **state)
{
	struct text out = {0};
	unsigned cpus[] = {0, 5};
	struct wire_job job = {.directory = (char *)"/tmp/x",
		.cpus = cpus,
		.cpu_count = 2,
		.timeout_s = 1.5,
		.output_limit = 1 << 30,
		.hold = true};
	struct wire_job copy;

	(void)state;
	argv_add_all(&job.argv, "/bin/echo", "", "a b", NULL);
	argv_add(&job.env, "A=1");
	argv_add(&job.collect, "file");
	wire_job_pack(&out, &job);
	struct unpack in = {.at = (const uint8_t *)out.bytes, .left = out.count};
	assert_true(wire_job_unpack(&in, &copy));
	assert_int_equal(copy.argv.count, 3);
	assert_string_equal(copy.argv.words[2], "a b");
	assert_string_equal(copy.env.words[0], "A=1");
	assert_string_equal(copy.collect.words[0], "file");
	assert_string_equal(copy.directory, "/tmp/x");
	assert_int_equal(copy.cpu_count, 2);
	assert_int_equal(copy.cpus[1], 5);
	assert_true(copy.timeout_s == 1.5 && copy.output_limit == 1 << 30 && copy.hold);
	wire_job_free(&copy);
	for (size_t count = 0; count < out.count; count++) {
		in = (struct unpack){.at = (const uint8_t *)out.bytes, .left = count};
		assert_false(wire_job_unpack(&in, &copy));
	}
	argv_free(&job.argv);
	argv_free(&job.env);
	argv_free(&job.collect);
	text_free(&out);
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(header_is_fixed),
		cmocka_unit_test(frames_round_trip),
		cmocka_unit_test(contents_survive),
		cmocka_unit_test(resynchronises),
		cmocka_unit_test(skips_kernel_messages),
		cmocka_unit_test(gives_up_a_torn_frame),
		cmocka_unit_test(refuses_huge_lengths),
		cmocka_unit_test(nested_bad_frames_are_cheap),
		cmocka_unit_test(compresses_and_bounds),
		cmocka_unit_test(values_round_trip),
		cmocka_unit_test(hostile_strings),
		cmocka_unit_test(jobs_round_trip),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
