/* The orchestrator's end of a stream: the files in which a machine's kernel counts. */
#include <stdlib.h>

#include "agent/client.h"
#include "agent/client_private.h"
#include "base/array.h"

void agent_kernel_files_begin(struct agent *agent)
{
	if (agent->has_kernel_files)
		agent_request_send(agent, FRAME_KERNEL_FILES, &(struct text){0});
}

int agent_kernel_files_end(struct agent *agent, double timeout_s, struct kernel_file **out,
	size_t *count, struct error *e)
{
	size_t capacity = 0;
	struct unpack in;

	*out = NULL;
	*count = 0;
	if (!agent->has_kernel_files)
		return error_set(e,
			"%s: its agent is of an earlier build; make its image again with tare "
			"image",
			agent->name);
	if (agent_request_wait(agent, agent_deadline_ns(timeout_s), &in, e) < 0)
		return -1;
	while (in.left && !in.failed) {
		array_reserve(out, &capacity, *count + 1);
		struct kernel_file *file = &(*out)[(*count)++];
		file->path = unpack_string(&in);
		file->found = unpack_u8(&in);
		file->text = unpack_string(&in);
	}
	if (unpack_done(&in))
		return 0;
	kernel_files_free(*out, *count);
	*out = NULL;
	*count = 0;
	return error_set(e, "%s: the agent sent an invalid answer", agent->name);
}

void kernel_files_free(struct kernel_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(files[i].path);
		free(files[i].text);
	}
	free(files);
}
