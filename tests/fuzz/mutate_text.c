/* Mutates texts of lines and words (YAML, JSON, CSV, what benchmarks print) by their structure:
 * lines are repeated, removed, exchanged and indented; words become values that parsers get wrong,
 * or words from elsewhere in the text. */
#include "mutate.h"

#include <stdbool.h>
#include <string.h>

#include "base/array.h"

/* What parsers get wrong: numbers at the ends of their ranges, other spellings of them, nothing,
 * the wrong kind of value, and text that is something else to a terminal, a browser, a typesetter,
 * a spreadsheet or a shell. */
static const char *const words[] = {"0", "-1", "1", "1e308", "1e309", "-0.0", "1e-320", "nan",
	"inf", "0x10", "4294967295", "4294967296", "9223372036854775807", "-9223372036854775808",
	"18446744073709551616", "00", "1.5", ".", "-", "", "null", "true", "~", "{}", "[]",
	"[1, 2]", "{a: b}", "\"\"", "\"", "'", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":1}}}", "&a x",
	"*a", "!!int x", "|", ">", "---", "...", "# x", "%", "100%", "1,5%", "64M", "1KiB", "10ms",
	"2x2x2", "all", "\xef\xbb\xbf", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x1b[2J",
	"\x7f", "<script>", "&amp;", "\\input{x}", "=cmd|' /C calc'!A0", "@SUM(A1)", "$(id)",
	"`id`", "../../x", "/dev/zero", "\\u0000", "\r\n", "\t", "a b", "%s%n", "higher", "lower",
	"none", "ratio", "difference"};

struct range {
	size_t at, count;
};

/* Puts bytes in the place of a range, if they fit. Returns the new size. */
static size_t replace(uint8_t *text, size_t count, size_t most, struct range old, const void *bytes,
	size_t length)
{
	if (count - old.count + length > most)
		return count;
	memmove(text + old.at + length, text + old.at + old.count, count - old.at - old.count);
	if (length)
		memcpy(text + old.at, bytes, length);
	return count - old.count + length;
}

static bool is_word(uint8_t c)
{
	return c > ' ' && !strchr(",:;[]{}\"'=<>()|", c);
}

/* A word of the text, or the empty place between two. */
static struct range word_at(const uint8_t *text, size_t count, size_t at)
{
	struct range word = {at, 0};

	while (word.at > 0 && is_word(text[word.at - 1]))
		word.at--;
	for (size_t end = word.at; end < count && is_word(text[end]); end++)
		word.count++;
	return word;
}

/* A line with its newline. */
static struct range line_at(const uint8_t *text, size_t count, size_t at)
{
	const uint8_t *before = at ? memrchr(text, '\n', at) : NULL;
	size_t from = before ? (size_t)(before - text) + 1 : 0;
	const uint8_t *end = from < count ? memchr(text + from, '\n', count - from) : NULL;

	return (struct range){from, (end ? (size_t)(end - text) + 1 : count) - from};
}

static size_t copy_range(
	uint8_t *text, size_t count, size_t most, struct range from, struct range over)
{
	static uint8_t copy[1 << 16];

	if (from.count > sizeof(copy))
		return count;
	memcpy(copy, text + from.at, from.count);
	return replace(text, count, most, over, copy, from.count);
}

static size_t change_word(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	const char *word = words[mutate_below(random, ARRAY_COUNT(words))];

	return replace(text, count, most, word_at(text, count, mutate_below(random, count)), word,
		strlen(word));
}

static size_t move_word(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	struct range from = word_at(text, count, mutate_below(random, count));

	return copy_range(
		text, count, most, from, word_at(text, count, mutate_below(random, count)));
}

static size_t repeat_line(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	struct range from = line_at(text, count, mutate_below(random, count));
	struct range to = line_at(text, count, mutate_below(random, count));

	return copy_range(text, count, most, from, (struct range){to.at, 0});
}

static size_t exchange_line(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	struct range from = line_at(text, count, mutate_below(random, count));

	return copy_range(
		text, count, most, from, line_at(text, count, mutate_below(random, count)));
}

static size_t remove_line(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	return replace(
		text, count, most, line_at(text, count, mutate_below(random, count)), NULL, 0);
}

static size_t indent_line(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	struct range line = line_at(text, count, mutate_below(random, count));

	if (line.count && text[line.at] == ' ' && mutate_below(random, 2))
		return replace(text, count, most, (struct range){line.at, 1}, NULL, 0);
	return replace(
		text, count, most, (struct range){line.at, 0}, "  - ", 1 + mutate_below(random, 4));
}

static size_t plain(uint8_t *text, size_t count, size_t most, uint64_t *random)
{
	(void)random;
	return LLVMFuzzerMutate(text, count, most);
}

static size_t (*const ways[])(uint8_t *text, size_t count, size_t most, uint64_t *random) = {plain,
	plain, change_word, change_word, change_word, move_word, repeat_line, exchange_line,
	remove_line, indent_line};

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t most, unsigned seed)
{
	uint64_t random = seed;

	mutate_random(&random);
	return ways[mutate_below(&random, ARRAY_COUNT(ways))](bytes, count, most, &random);
}
