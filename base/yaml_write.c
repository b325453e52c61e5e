/* Writes trees of nodes as YAML, by libyaml. */
#include "base/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/error.h"

static int append(void *context, unsigned char *bytes, size_t count)
{
	text_add_bytes(context, bytes, count);
	return 1;
}

static int emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
	return made && yaml_emitter_emit(emitter, event) ? 0 : -1;
}

static int emit_scalar(yaml_emitter_t *emitter, const struct yaml_node *node)
{
	/* The emitter quotes plain ones where they need it. */
	yaml_scalar_style_t style =
		node->quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
	yaml_event_t event;

	return emit(emitter, &event,
		yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)node->text,
			(int)strlen(node->text), !node->quoted, 1, style));
}

static int emit_node(yaml_emitter_t *emitter, const struct yaml_node *node)
{
	size_t items = node->kind == YAML_MAP ? 2 * node->count : node->count;
	yaml_event_t event;
	int status;

	if (node->kind == YAML_SCALAR)
		return emit_scalar(emitter, node);
	status = emit(emitter, &event,
		node->kind == YAML_MAP ? yaml_mapping_start_event_initialize(
						 &event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE)
				       : yaml_sequence_start_event_initialize(
						 &event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
	for (size_t i = 0; status == 0 && i < items; i++)
		status = emit_node(emitter, &node->items[i]);
	if (status < 0)
		return -1;
	return emit(emitter, &event,
		node->kind == YAML_MAP ? yaml_mapping_end_event_initialize(&event)
				       : yaml_sequence_end_event_initialize(&event));
}

static int emit_document(yaml_emitter_t *emitter, const struct yaml_node *root)
{
	yaml_event_t event;

	if (emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) <
			0 ||
		emit(emitter, &event,
			yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) < 0 ||
		emit_node(emitter, root) < 0)
		return -1;
	if (emit(emitter, &event, yaml_document_end_event_initialize(&event, 1)) < 0)
		return -1;
	return emit(emitter, &event, yaml_stream_end_event_initialize(&event));
}

int yaml_write(const struct yaml_node *root, struct text *out, struct error *e)
{
	yaml_emitter_t emitter;

	if (!yaml_emitter_initialize(&emitter))
		return error_set(e, "cannot write YAML: out of memory");
	yaml_emitter_set_output(&emitter, append, out);
	yaml_emitter_set_unicode(&emitter, 1);
	int status = emit_document(&emitter, root);
	if (status < 0)
		error_set(e, "cannot write YAML: %s",
			emitter.problem ? emitter.problem : "no reason");
	yaml_emitter_delete(&emitter);
	return status;
}
