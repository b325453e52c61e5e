/* Reads YAML files into trees of nodes with their places. See yaml.h. */
#include "base/yaml.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/option.h"
#include "base/text.h"

enum { LARGEST_FILE_BYTES = 1 << 20, DEEPEST_NODE = 32, MOST_KEYS = 1000 };

/* ---- mistakes ---- */

/* The place that a line of these mistakes names; 0:0 where it names none. */
static void place_of(const char *line, const char *path, unsigned *line_number, unsigned *column)
{
	size_t path_count = strlen(path);
	char *end;

	*line_number = *column = 0;
	if (strncmp(line, path, path_count) != 0 || line[path_count] != ':' ||
		!isdigit((unsigned char)line[path_count + 1]))
		return;
	unsigned long first = strtoul(line + path_count + 1, &end, 10);
	if (*end != ':')
		return;
	*line_number = (unsigned)first;
	*column = (unsigned)strtoul(end + 1, NULL, 10);
}

/* Takes text. In the order of the places, because checks do not visit the file in its order. */
static void add_mistake(struct yaml_mistakes *mistakes, const char *path, char *text)
{
	unsigned line, column, other_line, other_column;
	size_t at;

	text_one_line(text);
	place_of(text, path, &line, &column);
	array_reserve(&mistakes->lines, &mistakes->capacity, mistakes->count + 1);
	for (at = mistakes->count; at > 0; at--) {
		place_of(mistakes->lines[at - 1], path, &other_line, &other_column);
		if (other_line < line || (other_line == line && other_column <= column))
			break;
		mistakes->lines[at] = mistakes->lines[at - 1];
	}
	mistakes->lines[at] = text;
	mistakes->count++;
}

static void mistake_at(struct yaml_mistakes *mistakes, const char *path, size_t line, size_t column,
	const char *message)
{
	add_mistake(mistakes, path, str_printf("%s:%zu:%zu: %s", path, line, column, message));
}

void yaml_mistake(struct yaml_mistakes *mistakes, const struct yaml_file *file,
	const struct yaml_node *at, const char *format, ...)
{
	cleanup_text struct text message = {0};
	va_list args;

	va_start(args, format);
	text_addv(&message, format, args);
	va_end(args);
	if (at && at->origin)
		add_mistake(mistakes, file->path, str_printf("%s: %s", at->origin, message.bytes));
	else if (at)
		mistake_at(mistakes, file->path, at->line, at->column, message.bytes);
	else
		add_mistake(mistakes, file->path, str_printf("%s: %s", file->path, message.bytes));
}

void yaml_mistakes_free(struct yaml_mistakes *mistakes)
{
	for (size_t i = 0; i < mistakes->count; i++)
		free(mistakes->lines[i]);
	free(mistakes->lines);
	*mistakes = (struct yaml_mistakes){0};
}

/* ---- reading ---- */

/* One file being read. Everything below returns -1 once a mistake was added: after the first one
 * the tree cannot be trusted. */
struct reader {
	yaml_parser_t parser;
	struct yaml_file *file;
	struct yaml_mistakes *mistakes;
};

static int refuse(struct reader *reader, const yaml_mark_t *mark, const char *message)
{
	mistake_at(reader->mistakes, reader->file->path, mark->line + 1, mark->column + 1, message);
	return -1;
}

/* Bytes that are not text are reported by libyaml with an offset only. */
static int refuse_bytes(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *line_start = reader->file->source;
	yaml_mark_t mark = {0};

	for (const char *at = line_start; mark.index < parser->problem_offset && *at; at++) {
		if (*at == '\n') {
			mark.line++;
			line_start = at + 1;
		}
		mark.index++;
	}
	mark.column = (size_t)(reader->file->source + mark.index - line_start);
	return refuse(reader, &mark, "this is not UTF-8 text");
}

static int refuse_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	cleanup_text struct text message = {0};
	size_t count = strlen(reader->file->source);

	if (parser->error == YAML_MEMORY_ERROR)
		return refuse(reader, &parser->mark, "not enough memory");
	if (parser->error == YAML_READER_ERROR)
		return refuse_bytes(reader);
	text_add(&message, parser->problem);
	if (parser->context)
		text_addf(&message, " %s that starts at line %zu", parser->context,
			parser->context_mark.line + 1);
	/* The mark counts characters: it is a byte offset only if all text before it is ASCII;
	 * otherwise this hint is missing. */
	if (parser->problem_mark.index < count &&
		reader->file->source[parser->problem_mark.index] == '\t')
		text_add(&message, "; indent with spaces, not with tabs");
	return refuse(reader, &parser->problem_mark, message.bytes);
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
	return yaml_parser_parse(&reader->parser, event) ? 0 : refuse_syntax(reader);
}

static void node_free(struct yaml_node *node)
{
	size_t items = node->kind == YAML_MAP ? 2 * node->count : node->count;

	for (size_t i = 0; i < items; i++)
		node_free(&node->items[i]);
	free(node->items);
	free(node->text);
}

static int read_node(
	struct reader *reader, const yaml_event_t *event, int depth, struct yaml_node *node);

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct yaml_node *node)
{
	const char *value = (const char *)event->data.scalar.value;

	if (strlen(value) != event->data.scalar.length)
		return refuse(reader, &event->start_mark, "a NUL byte cannot be used");
	node->kind = YAML_SCALAR;
	node->text = str_dup(value);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

/* Reads the content of a list or a map up to `end`; the node is whole (for node_free) at any
 * time, so a map's key counts only once its value is there. */
static int read_items(
	struct reader *reader, yaml_event_type_t end, int depth, struct yaml_node *node)
{
	size_t items = 0, capacity = 0;
	bool done = false;

	while (!done) {
		bool is_key = node->kind == YAML_MAP && items % 2 == 0;
		yaml_event_t event;
		int failed = 0;

		if (next_event(reader, &event) < 0)
			return -1;
		if (event.type == end) {
			done = true;
		} else if (is_key && event.type != YAML_SCALAR_EVENT) {
			failed = refuse(reader, &event.start_mark, "a key must be a single value");
		} else if (is_key && items / 2 >= MOST_KEYS) {
			/* Looking for duplicates takes quadratic time. */
			failed = refuse(reader, &event.start_mark, "too many keys in one map");
		} else {
			/* A spare pair: a key without its value must be freed, too. */
			array_reserve(&node->items, &capacity, items + 2);
			node->items[items] = (struct yaml_node){0};
			node->items[items + 1] = (struct yaml_node){0};
			node->count = node->kind == YAML_MAP ? items / 2 + 1 : items + 1;
			failed = read_node(reader, &event, depth + 1, &node->items[items++]);
		}
		yaml_event_delete(&event);
		if (failed)
			return -1;
	}
	return 0;
}

/* The anchor or tag of an event, if it has one. */
static const yaml_char_t *decoration(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	return anchor ? anchor : tag;
}

static int read_node(
	struct reader *reader, const yaml_event_t *event, int depth, struct yaml_node *node)
{
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	if (event->type == YAML_ALIAS_EVENT)
		return refuse(reader, &event->start_mark,
			"aliases (*name) cannot be used here: write the value again");
	if (decoration(event))
		return refuse(reader, &event->start_mark,
			"anchors (&name) and tags (!name) cannot be used here: leave it out");
	if (depth > DEEPEST_NODE)
		return refuse(reader, &event->start_mark, "lists or maps are nested too deeply");
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(reader, event, node);
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = YAML_LIST;
		return read_items(reader, YAML_SEQUENCE_END_EVENT, depth, node);
	}
	node->kind = YAML_MAP;
	return read_items(reader, YAML_MAPPING_END_EVENT, depth, node);
}

/* Reads one event, which must be of the type wanted. */
static int expect(struct reader *reader, yaml_event_type_t wanted, const char *otherwise)
{
	yaml_event_t event;
	int failed = 0;

	if (next_event(reader, &event) < 0)
		return -1;
	if (event.type != wanted)
		failed = refuse(reader, &event.start_mark, otherwise);
	yaml_event_delete(&event);
	return failed;
}

static int read_document(struct reader *reader)
{
	yaml_event_t event;
	int failed;

	if (expect(reader, YAML_STREAM_START_EVENT, "this is not YAML") < 0 ||
		expect(reader, YAML_DOCUMENT_START_EVENT, "the file is empty") < 0 ||
		next_event(reader, &event) < 0)
		return -1;
	reader->file->root = mem_new(1, sizeof(*reader->file->root));
	failed = read_node(reader, &event, 1, reader->file->root);
	yaml_event_delete(&event);
	if (failed || expect(reader, YAML_DOCUMENT_END_EVENT, "the document should end here") < 0)
		return -1;
	return expect(reader, YAML_STREAM_END_EVENT,
		"a second document (after ---) cannot be used: put it into a separate file");
}

/* Some editors begin UTF-8 files with one, and libyaml takes it for text. Returns the length. */
static size_t drop_byte_order_mark(char *text, size_t count)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t length = strlen(mark);

	if (count < length || memcmp(text, mark, length) != 0)
		return count;
	memmove(text, text + length, count - length + 1);
	return count - length;
}

struct yaml_file *yaml_load(const char *path, struct yaml_mistakes *mistakes)
{
	struct reader reader = {.mistakes = mistakes};
	struct error e;
	size_t count;
	int failed;

	reader.file = mem_new(1, sizeof(*reader.file));
	reader.file->path = str_dup(path);
	if (file_read(path, LARGEST_FILE_BYTES, &reader.file->source, &count, &e) < 0) {
		add_mistake(mistakes, path, str_dup(e.text));
		yaml_file_free(reader.file);
		return NULL;
	}
	if (!yaml_parser_initialize(&reader.parser)) {
		add_mistake(mistakes, path, str_printf("%s: not enough memory to read it", path));
		yaml_file_free(reader.file);
		return NULL;
	}
	count = drop_byte_order_mark(reader.file->source, count);
	yaml_parser_set_input_string(
		&reader.parser, (const unsigned char *)reader.file->source, count);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	failed = read_document(&reader);
	yaml_parser_delete(&reader.parser);
	if (failed) {
		yaml_file_free(reader.file);
		return NULL;
	}
	return reader.file;
}

void yaml_file_free(struct yaml_file *file)
{
	if (!file)
		return;
	if (file->root) {
		node_free(file->root);
		free(file->root);
	}
	for (size_t i = 0; i < file->origin_count; i++)
		free(file->origins[i]);
	free(file->origins);
	free(file->path);
	free(file->source);
	free(file);
}

const char *yaml_add_origin(struct yaml_file *file, const char *origin)
{
	array_reserve(&file->origins, &file->origin_capacity, file->origin_count + 1);
	return file->origins[file->origin_count++] = str_dup(origin);
}

/* ---- looking at nodes ---- */

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
		if (strcmp(yaml_key(map, i)->text, key) == 0)
			return yaml_value(map, i);
	return NULL;
}

static void refuse_key(struct yaml_mistakes *mistakes, const struct yaml_file *file,
	const struct yaml_node *key, const char *const *known, size_t count)
{
	const char *near = nearest_name(key->text, known, count);
	cleanup_text struct text all = {0};

	if (near) {
		yaml_mistake(mistakes, file, key, "unknown key \"%s\"; did you mean \"%s\"?",
			key->text, near);
		return;
	}
	text_add(&all, count ? "" : "none");
	for (size_t i = 0; i < count; i++)
		text_addf(&all, "%s%s", i ? ", " : "", known[i]);
	yaml_mistake(
		mistakes, file, key, "unknown key \"%s\"; known here: %s", key->text, all.bytes);
}

void yaml_check_keys(struct yaml_mistakes *mistakes, const struct yaml_file *file,
	const struct yaml_node *map, const char *const *known, size_t count)
{
	for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
		const struct yaml_node *key = yaml_key(map, i);
		bool is_known = false;
		size_t first = 0;

		while (strcmp(yaml_key(map, first)->text, key->text) != 0)
			first++;
		if (first < i) {
			yaml_mistake(mistakes, file, key,
				"the key \"%s\" is already there, at line %u", key->text,
				yaml_key(map, first)->line);
			continue;
		}
		for (size_t k = 0; k < count && !is_known; k++)
			is_known = strcmp(known[k], key->text) == 0;
		if (!is_known)
			refuse_key(mistakes, file, key, known, count);
	}
}

const char *yaml_kind_text(enum yaml_kind kind)
{
	static const char *const texts[] = {
		[YAML_SCALAR] = "a single value", [YAML_LIST] = "a list", [YAML_MAP] = "a map"};

	return texts[kind];
}
