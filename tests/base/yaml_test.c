/* YAML files: nodes with their places, and mistakes that point at them. */
#include "tests/base/base_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "base/yaml.h"

static char directory[] = "/tmp/tare-yaml-test-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct error e;

	(void)state;
	return chdir("/") == 0 ? dir_remove(directory, &e) : -1;
}

/* Loads the text as the file t.yaml of the working directory. */
static struct yaml_file *load(const char *text, size_t count, struct yaml_mistakes *mistakes)
{
	struct error e;

	assert_int_equal(file_write("t.yaml", text, count, &e), 0);
	return yaml_load("t.yaml", mistakes);
}

static void nodes_know_their_places(void **state)
{
	static const char text[] = "# a comment\n"
				   "name: first\n"
				   "list: [1, '2', \"three\"]\n"
				   "map:\n"
				   "  inner: ~\n"
				   "  block: |\n"
				   "    two\n"
				   "    lines\n";
	struct yaml_mistakes mistakes = {0};
	struct yaml_file *file = load(text, strlen(text), &mistakes);
	const struct yaml_node *list, *map, *block;

	(void)state;
	assert_non_null(file);
	assert_int_equal(mistakes.count, 0);
	assert_string_equal(file->path, "t.yaml");
	assert_string_equal(file->source, text);
	assert_int_equal(file->root->kind, YAML_MAP);
	assert_int_equal(file->root->count, 3);
	assert_string_equal(yaml_key(file->root, 0)->text, "name");
	assert_string_equal(yaml_value(file->root, 0)->text, "first");
	assert_int_equal(yaml_value(file->root, 0)->line, 2);
	assert_int_equal(yaml_value(file->root, 0)->column, 7);
	list = yaml_get(file->root, "list");
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->count, 3);
	assert_false(list->items[0].quoted);
	assert_true(list->items[1].quoted);
	assert_string_equal(list->items[2].text, "three");
	assert_int_equal(list->items[2].column, 16);
	map = yaml_get(file->root, "map");
	assert_string_equal(yaml_get(map, "inner")->text, "~");
	block = yaml_get(map, "block");
	assert_string_equal(block->text, "two\nlines\n");
	assert_true(block->quoted);
	assert_null(yaml_get(map, "absent"));
	assert_null(yaml_get(list, "inner"));
	yaml_file_free(file);
	yaml_mistakes_free(&mistakes);
}

/* Editors of some systems put one in front; places are those that an editor shows. */
static void a_byte_order_mark_is_no_text(void **state)
{
	static const char text[] = "\xEF\xBB\xBFname: first\nlist: [1, 2\n",
			  good[] = "\xEF\xBB\xBF# a comment\nname: first\n",
			  only[] = "\xEF\xBB\xBF";
	struct yaml_mistakes mistakes = {0};
	struct yaml_file *file = load(good, strlen(good), &mistakes);

	(void)state;
	assert_non_null(file);
	assert_int_equal(file->root->count, 1);
	assert_string_equal(yaml_key(file->root, 0)->text, "name");
	assert_int_equal(yaml_key(file->root, 0)->line, 2);
	yaml_file_free(file);
	assert_null(load(text, strlen(text), &mistakes));
	assert_int_equal(mistakes.count, 1);
	assert_non_null(strstr(mistakes.lines[0], "t.yaml:3:1: "));
	yaml_mistakes_free(&mistakes);
	file = load(only, strlen(only), &mistakes);
	assert_null(file);
	yaml_mistakes_free(&mistakes);
}

static void what_cannot_be_used_is_refused(void **state)
{
	static const struct {
		const char *text, *line;
	} rows[] = {
		{"", "t.yaml:1:1: the file is empty"},
		{"# only a comment\n", "t.yaml:2:1: the file is empty"},
		{"a: &x 1\n", "t.yaml:1:4: anchors (&name)"},
		{"a: &x [1]\n", "t.yaml:1:4: anchors (&name)"},
		{"a: 1\nb: *x\n", "t.yaml:2:4: aliases (*name)"},
		{"a: !!int 1\n", "t.yaml:1:4: anchors (&name) and tags"},
		{"a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document"},
		{"? [x]\n: 1\n", "t.yaml:1:3: a key must be a single value"},
		{"a: \"\\0\"\n", "t.yaml:1:4: a NUL byte"},
		{"a: [1, 2\nb: 3\n", "t.yaml:2:2: "},
		{"a: 1\n b: 2\n", "t.yaml:2:3: mapping values are not allowed"},
		{"a:\n\tb: 1\n", "indent with spaces, not with tabs"},
		{"a: \"open\n", "t.yaml:2:1: found unexpected end of stream while scanning a "
				"quoted scalar that starts at line 1"},
		{"a: 1\nb: \xFF\n", "t.yaml:2:4: this is not UTF-8 text"},
		{"a: \x01\n", "t.yaml:1:4: this is not UTF-8 text"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct yaml_mistakes mistakes = {0};

		assert_null(load(rows[i].text, strlen(rows[i].text), &mistakes));
		assert_int_equal(mistakes.count, 1);
		assert_contains(mistakes.lines[0], rows[i].line);
		yaml_mistakes_free(&mistakes);
	}
}

static void unreadable_files_are_mistakes(void **state)
{
	struct yaml_mistakes mistakes = {0};

	(void)state;
	assert_null(yaml_load("absent.yaml", &mistakes));
	assert_int_equal(mistakes.count, 1);
	assert_string_equal(
		mistakes.lines[0], "cannot open absent.yaml: No such file or directory");
	yaml_mistakes_free(&mistakes);
}

/* A list of lists, `depth` of them. */
static struct yaml_file *load_nested(size_t depth, struct yaml_mistakes *mistakes)
{
	cleanup_text struct text text = {0};

	for (size_t i = 0; i < depth; i++)
		text_add(&text, "[");
	for (size_t i = 0; i < depth; i++)
		text_add(&text, "]");
	return load(text.bytes, text.count, mistakes);
}

static void size_and_depth_are_bounded(void **state)
{
	struct yaml_mistakes mistakes = {0};
	cleanup_text struct text text = {0};
	struct yaml_file *file = load_nested(32, &mistakes);

	(void)state;
	assert_non_null(file);
	yaml_file_free(file);
	assert_null(load_nested(33, &mistakes));
	assert_string_equal(mistakes.lines[0], "t.yaml:1:33: lists or maps are nested too deeply");
	assert_null(load_nested(100000, &mistakes));
	yaml_mistakes_free(&mistakes);

	for (int i = 0; i < 1001; i++)
		text_addf(&text, "k%d: 1\n", i);
	assert_null(load(text.bytes, text.count, &mistakes));
	assert_string_equal(mistakes.lines[0], "t.yaml:1001:1: too many keys in one map");
	yaml_mistakes_free(&mistakes);

	while (text.count <= 1 << 20)
		text_add(&text, "# a comment that takes room\n");
	assert_null(load(text.bytes, text.count, &mistakes));
	assert_contains(mistakes.lines[0], "larger than the 1048576 bytes allowed");
	yaml_mistakes_free(&mistakes);
}

static void keys_are_checked(void **state)
{
	static const char text[] = "targets: 1\n"
				   "tragets: 2\n"
				   "zzz: 3\n"
				   "targets: 4\n";
	static const char *const known[] = {"targets", "blocks"};
	struct yaml_mistakes mistakes = {0};
	struct yaml_file *file = load(text, strlen(text), &mistakes);

	(void)state;
	yaml_check_keys(&mistakes, file, file->root, known, ARRAY_COUNT(known));
	assert_int_equal(mistakes.count, 3);
	assert_string_equal(mistakes.lines[0],
		"t.yaml:2:1: unknown key \"tragets\"; did you mean \"targets\"?");
	assert_string_equal(
		mistakes.lines[1], "t.yaml:3:1: unknown key \"zzz\"; known here: targets, blocks");
	assert_string_equal(
		mistakes.lines[2], "t.yaml:4:1: the key \"targets\" is already there, at line 1");
	/* The first of duplicates is the one that is found. */
	assert_string_equal(yaml_get(file->root, "targets")->text, "1");
	yaml_file_free(file);
	yaml_mistakes_free(&mistakes);
}

static void mistakes_are_in_the_files_order(void **state)
{
	static const char text[] = "a: 1\nb: 2\nc: 3\n";
	struct yaml_mistakes mistakes = {0};
	struct yaml_file *file = load(text, strlen(text), &mistakes);
	const struct yaml_node *root = file->root;

	(void)state;
	yaml_mistake(&mistakes, file, yaml_value(root, 2), "third");
	yaml_mistake(&mistakes, file, yaml_value(root, 0), "first\n%s", "and on");
	yaml_mistake(&mistakes, file, yaml_value(root, 1), "second");
	yaml_mistake(&mistakes, file, yaml_value(root, 1), "second again");
	yaml_mistake(&mistakes, file, yaml_key(root, 1), "before second");
	yaml_mistake(&mistakes, file, NULL, "the whole file");
	assert_int_equal(mistakes.count, 6);
	assert_string_equal(mistakes.lines[0], "t.yaml: the whole file");
	assert_string_equal(mistakes.lines[1], "t.yaml:1:4: first and on");
	assert_string_equal(mistakes.lines[2], "t.yaml:2:1: before second");
	assert_string_equal(mistakes.lines[3], "t.yaml:2:4: second");
	assert_string_equal(mistakes.lines[4], "t.yaml:2:4: second again");
	assert_string_equal(mistakes.lines[5], "t.yaml:3:4: third");
	yaml_file_free(file);
	yaml_mistakes_free(&mistakes);
	yaml_file_free(NULL);
}

static void assert_same(const struct yaml_node *one, const struct yaml_node *other)
{
	size_t items = one->kind == YAML_MAP ? 2 * one->count : one->count;

	assert_int_equal(one->kind, other->kind);
	if (one->kind == YAML_SCALAR) {
		assert_string_equal(one->text, other->text);
		assert_true(one->quoted == other->quoted);
		return;
	}
	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < items; i++)
		assert_same(&one->items[i], &other->items[i]);
}

static void what_is_written_is_read_again(void **state)
{
	static const char text[] = "plain: a word\n'quoted': \"12\"\nempty: ''\nnothing: ~\n"
				   "number: 12\nbraces: \"{rev}, [x]: # 'y'\"\n"
				   "list: [1, [2, 3], {a: b}, []]\nmap: {}\nlines: |\n  two\n  ü\n";
	struct yaml_mistakes mistakes = {0};
	struct yaml_file *file = load(text, strlen(text), &mistakes), *again;
	cleanup_text struct text written = {0};
	struct error e = {""};

	(void)state;
	assert_non_null(file);
	assert_int_equal(yaml_write(file->root, &written, &e), 0);
	again = load(written.bytes, written.count, &mistakes);
	assert_non_null(again);
	assert_same(file->root, again->root);
	assert_true(yaml_get(again->root, "empty")->quoted);
	assert_true(!yaml_get(again->root, "number")->quoted);
	yaml_file_free(file);
	yaml_file_free(again);
}

static void kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(yaml_kind_text(YAML_SCALAR), "a single value");
	assert_string_equal(yaml_kind_text(YAML_LIST), "a list");
	assert_string_equal(yaml_kind_text(YAML_MAP), "a map");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_their_places),
		cmocka_unit_test(a_byte_order_mark_is_no_text),
		cmocka_unit_test(what_cannot_be_used_is_refused),
		cmocka_unit_test(unreadable_files_are_mistakes),
		cmocka_unit_test(size_and_depth_are_bounded),
		cmocka_unit_test(keys_are_checked),
		cmocka_unit_test(mistakes_are_in_the_files_order),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
