/* Writes the first inputs of the protocol's corpus: good frames of every kind, which the fuzzer
 * could hardly find by itself (two checksums), and some damage. Usage: make-protocol-corpus DIR */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/protocol.h"
#include "agent/wire.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

static void frame_add(struct text *out, uint8_t type, uint8_t flags, const struct text *payload)
{
	uint8_t header[FRAME_HEADER_BYTES];
	struct frame frame = {.version = PROTOCOL_VERSION,
		.type = type,
		.flags = flags,
		.session = 0x1234,
		.job = 1,
		.sequence = 5,
		.ack = 3,
		.length = payload->count};

	frame_header(header, &frame, frame_crc(payload->bytes, payload->count));
	text_add_bytes(out, header, sizeof(header));
	if (payload->count)
		text_add_bytes(out, payload->bytes, payload->count);
}

static void job_payload(struct text *out)
{
	unsigned cpus[] = {0, 1};
	struct wire_job job = {.directory = (char *)"/tmp/work",
		.cpus = cpus,
		.cpu_count = 2,
		.timeout_s = 30,
		.output_limit = 1 << 20};

	argv_add_all(&job.argv, "/bin/echo", "a", "b c", NULL);
	argv_add(&job.env, "NAME=value");
	argv_add(&job.collect, "result");
	wire_job_pack(out, &job);
	argv_free(&job.argv);
	argv_free(&job.env);
	argv_free(&job.collect);
}

static void end_payload(struct text *out)
{
	struct wire_end end = {.exit_status = 1, .reason = (char *)"why", .user_s = 0.5};

	wire_end_pack(out, &end);
}

static void bulk_payload(struct text *out)
{
	char raw[3000];

	memset(raw, 'r', sizeof(raw));
	payload_compress(out, raw, sizeof(raw));
}

static void empty_payload(struct text *out)
{
	(void)out;
}

static const struct {
	const char *name;
	uint8_t type, flags;
	void (*payload)(struct text *out);
	const char *before, *after; /* noise */
	uint8_t portion;
	bool bare; /* the payload without a frame */
} INPUTS[] = {
	{"job", FRAME_JOB_SPEC, FRAME_SEQUENCED, job_payload, "", "", 0, false},
	{"job-bytewise", FRAME_JOB_SPEC, FRAME_SEQUENCED, job_payload, "", "", 1, false},
	{"end", FRAME_JOB_END, FRAME_SEQUENCED, end_payload, "", "", 7, false},
	{"bulk", FRAME_JOB_OUTPUT, FRAME_SEQUENCED | FRAME_COMPRESSED, bulk_payload, "", "", 0,
		false},
	{"ack", FRAME_ACK, FRAME_GAP, empty_payload, "", "", 0, false},
	{"noise", FRAME_JOB_END, 0, end_payload, "[ 0.1] kernel: \xa7ta", "\xa7ta\xe5rest", 3,
		false},
	{"bare-job", 0, 0, job_payload, "", "", 0, true},
	{"bare-end", 0, 0, end_payload, "", "", 0, true},
	{"bare-bulk", 0, 0, bulk_payload, "", "", FRAME_COMPRESSED, true},
};

int main(int argc, char **argv)
{
	struct error e = {0};

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < ARRAY_COUNT(INPUTS); i++) {
		cleanup_text struct text input = {0}, payload = {0};
		cleanup_free char *path = str_printf("%s/%s", argv[1], INPUTS[i].name);

		INPUTS[i].payload(&payload);
		pack_u8(&input, INPUTS[i].portion);
		text_add(&input, INPUTS[i].before);
		if (INPUTS[i].bare) {
			text_add_bytes(&input, payload.bytes, payload.count);
		} else {
			frame_add(&input, INPUTS[i].type, INPUTS[i].flags, &payload);
			frame_add(&input, INPUTS[i].type, INPUTS[i].flags, &payload);
		}
		text_add(&input, INPUTS[i].after);
		if (file_write(path, input.bytes, input.count, &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			return 1;
		}
	}
	return 0;
}
