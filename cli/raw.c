/* See raw.h. */
#include "cli/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "base/text.h"
#include "cli/near.h"
#include "store/store.h"

struct raw {
	struct store *store;
	struct store_data *data;
};

static int raw_open(const char *directory, struct raw *raw, struct error *e)
{
	*raw = (struct raw){0};
	if (store_open_readonly(directory, &raw->store, e) < 0) {
		near_add_hint(directory, NEAR_CAMPAIGNS, e);
		return -1;
	}
	return store_read(raw->store, &raw->data, e);
}

static void raw_close(struct raw *raw)
{
	store_data_free(raw->data);
	store_close(raw->store);
}

static char *cell_name(const struct store_data *data, size_t index)
{
	const struct data_cell *cell = &data->cells[index];

	return str_printf("%s.%s.%s%s%s", data->targets[cell->target_index].name, cell->placement,
		cell->benchmark, cell->parameters[0] ? " " : "", cell->parameters);
}

/* The nearest of the cells' names, each cut to the parts before its last of so many dots. */
static char *nearest_cell(const struct store_data *data, const char *wanted, size_t dots)
{
	char **names = mem_new(data->cell_count + 1, sizeof(*names));

	for (size_t i = 0; i < data->cell_count; i++) {
		size_t left = dots;
		names[i] = cell_name(data, i);
		if (strchr(wanted, ' '))
			continue;
		for (char *p = names[i]; *p; p++)
			if (*p == ' ' || (*p == '.' && left-- == 0))
				*p-- = '\0';
	}
	char *hint = nearest_hint(wanted, (const char *const *)names, data->cell_count);
	for (size_t i = 0; i < data->cell_count; i++)
		free(names[i]);
	free(names);
	return hint;
}

/* Among beginnings with as many parts as the wanted one, else among whole names: one of its
 * parts. */
static char *cell_hint(const struct store_data *data, const char *wanted)
{
	enum { DOTS = 2 };
	size_t dots = 0;

	for (const char *p = wanted; *p && *p != ' '; p++)
		dots += *p == '.';
	char *hint = nearest_cell(data, wanted, dots);
	if (hint[0] || dots >= DOTS)
		return hint;
	free(hint);
	return nearest_cell(data, wanted, DOTS);
}

/* Whether wanted is the cell's name, or its beginning up to a "." or a blank. */
static bool is_name(const char *wanted, const char *name)
{
	size_t length = strlen(wanted);

	return strncmp(wanted, name, length) == 0 && (!name[length] || strchr(". ", name[length]));
}

static const char *status_of(const struct data_run *run)
{
	return run->failure ? "failed" : "measured";
}

static void print_clean(const char *text)
{
	cleanup_text struct text clean = {0};

	text_add_clean(&clean, text);
	fputs(clean.bytes ? clean.bytes : "", stdout);
}

/* A NUL would end the text: it is shown like other control characters. */
static void print_harmless(char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = bytes[i] ? bytes[i] : '\x7f';
	print_clean(bytes);
}

/* A heading and the bytes. What is empty has a heading for stdout, and nothing for stderr. */
static int print_output(const struct raw *raw, const struct data_run *run, const char *name,
	bool errors, struct error *e)
{
	cleanup_free char *bytes = NULL;
	size_t count = 0;

	if (store_read_output(raw->store, run->id, errors, &bytes, &count, e) < 0)
		return -1;
	if (errors && count == 0)
		return 0;
	cleanup_free char *heading = str_printf("==> %s, block %u, run %u, %s%s <==\n", name,
		raw->data->blocks[run->block_index].number, run->number, status_of(run),
		errors ? ", stderr" : "");
	print_clean(heading);
	if (isatty(STDOUT_FILENO))
		print_harmless(bytes, count);
	else
		fwrite(bytes, 1, count, stdout);
	if (count == 0 || bytes[count - 1] != '\n')
		putchar('\n');
	return 0;
}

static int print_line(const struct raw *raw, const struct data_run *run, struct error *e)
{
	cleanup_free char *name = cell_name(raw->data, run->cell_index);
	int64_t output_bytes = store_output_bytes(raw->store, run->id, false, e);
	int64_t error_bytes =
		output_bytes < 0 ? -1 : store_output_bytes(raw->store, run->id, true, e);

	if (error_bytes < 0)
		return -1;
	printf("%5u %4u %-9s %9lld %9lld  ", raw->data->blocks[run->block_index].number,
		run->number, status_of(run), (long long)output_bytes, (long long)error_bytes);
	print_clean(name);
	putchar('\n');
	return 0;
}

/* Adds "0, 1, 2": the numbers of the blocks in which the cell, or cells, have runs. Returns how
 * many these are. */
static size_t add_blocks(const struct raw *raw, const char *cell, struct text *out)
{
	size_t count = 0;

	for (size_t b = 0; b < raw->data->block_count; b++) {
		unsigned number = raw->data->blocks[b].number;
		bool found = false, first = true;
		for (size_t i = 0; i < b; i++)
			first = first && raw->data->blocks[i].number != number;
		for (size_t i = 0; first && !found && i < raw->data->run_count; i++) {
			const struct data_run *run = &raw->data->runs[i];
			cleanup_free char *name = cell_name(raw->data, run->cell_index);
			found = is_name(cell, name) &&
				raw->data->blocks[run->block_index].number == number;
		}
		if (found)
			text_addf(out, "%s%u", count++ ? ", " : "", number);
	}
	return count;
}

static int refuse_cell(const struct raw *raw, const char *cell, uint64_t block, struct error *e)
{
	cleanup_text struct text blocks = {0};
	size_t count = add_blocks(raw, cell, &blocks);

	if (count > 0)
		return error_set(e, "\"%s\" has no run in block %llu; it has runs in block%s %s",
			cell, (unsigned long long)block, count == 1 ? "" : "s", blocks.bytes);
	cleanup_free char *hint = cell_hint(raw->data, cell);
	return error_set(
		e, "no run of a cell \"%s\"; --raw without a cell lists them%s", cell, hint);
}

int raw_list(const char *directory, struct error *e)
{
	struct raw raw;
	int status = raw_open(directory, &raw, e);

	if (status == 0)
		printf("%5s %4s %-9s %9s %9s  %s\n", "block", "run", "status", "stdout", "stderr",
			"cell");
	for (size_t i = 0; status == 0 && i < raw.data->run_count; i++)
		status = print_line(&raw, &raw.data->runs[i], e);
	raw_close(&raw);
	return status;
}

int raw_print(const char *directory, const char *cell, uint64_t block, struct error *e)
{
	struct raw raw;
	size_t found = 0;
	int status = raw_open(directory, &raw, e);

	for (size_t i = 0; status == 0 && i < raw.data->run_count; i++) {
		const struct data_run *run = &raw.data->runs[i];
		cleanup_free char *name = cell_name(raw.data, run->cell_index);

		if (!is_name(cell, name) ||
			(block != UINT64_MAX && raw.data->blocks[run->block_index].number != block))
			continue;
		found++;
		status = print_output(&raw, run, name, false, e);
		if (status == 0)
			status = print_output(&raw, run, name, true, e);
	}
	if (status == 0 && !found)
		status = refuse_cell(&raw, cell, block, e);
	raw_close(&raw);
	return status;
}
