/* Lists of revisions. See revisions.h. */
#include "bisect/revisions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"

enum { LARGEST_LIST_BYTES = 1 << 20, SHORT_HASH = 10, FILE_NAME_CHARACTERS = 40 };

static const double git_timeout_s = 60;

/* --- lists ------------------------------------------------------------------------------------ */

static void add(struct revisions *revisions, const char *name, size_t length, const char *subject)
{
	size_t capacity = revisions->count;

	array_reserve(&revisions->list, &capacity, revisions->count + 1);
	revisions->list[revisions->count++] =
		(struct revision){str_printf("%.*s", (int)length, name), str_dup(subject)};
}

static int check(const struct revisions *revisions, struct error *e)
{
	size_t count = revisions->count;

	if (count < 2)
		return error_set(e, "%zu revision%s: expected a good one and a bad one at least",
			count, count == 1 ? "" : "s");
	if (count > REVISIONS_MOST)
		return error_set(e,
			"%zu revisions are more than %d; give a good one that is nearer", count,
			REVISIONS_MOST);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(revisions->list[i].name, revisions->list[j].name) == 0)
				return error_set(e, "%s is given twice", revisions->list[i].name);
	return 0;
}

int revisions_from_values(
	const char *const *values, size_t count, struct revisions *out, struct error *e)
{
	for (size_t i = 0; i < count; i++)
		add(out, values[i], strlen(values[i]), "");
	return check(out, e);
}

int revisions_from_file(const char *path, struct revisions *out, struct error *e)
{
	cleanup_free char *bytes = NULL;
	size_t count;

	if (file_read(path, LARGEST_LIST_BYTES, &bytes, &count, e) < 0)
		return -1;
	for (char *line = bytes, *next; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		while (length > 0 && strchr(" \t\r", line[length - 1]))
			length--;
		if (length > 0 && line[0] != '#')
			add(out, line, length, "");
	}
	return check(out, e) < 0 ? error_prefix(e, "%s", path) : 0;
}

/* --- git -------------------------------------------------------------------------------------- */

/* Runs git in the repository with the words, which end with NULL. *status: its exit status. */
static int git(const char *repository, const char *const *words, char **output, int *status,
	struct error *e)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;

	argv_add_all(&argv, "git", "-C", repository, NULL);
	for (; *words; words++)
		argv_add(&argv, *words);
	if (process_run(&argv, git_timeout_s, &result, e) < 0)
		return -1;
	*status = result.timed_out ? -1 : result.exit_status;
	*output = result.output;
	if (result.timed_out)
		return error_set(e, "git did not end within %g s", git_timeout_s);
	return 0;
}

/* The whole hash of a revision. Caller frees. */
static char *resolve(const char *repository, const char *name, struct error *e)
{
	cleanup_free char *commit = str_printf("%s^{commit}", name), *output = NULL;
	const char *const words[] = {"rev-parse", "--verify", "--quiet", commit, NULL};
	int status;

	if (name[0] == '-') {
		error_set(e, "\"%s\" is no revision", name);
		return NULL;
	}
	if (git(repository, words, &output, &status, e) < 0)
		return NULL;
	if (status != 0) {
		output[strcspn(output, "\n")] = '\0';
		error_set(e, "%s: there is no revision \"%s\"%s%s", repository, name,
			output[0] ? ": " : "", output);
		return NULL;
	}
	return str_printf("%.*s", (int)strcspn(output, "\n"), output);
}

static int check_ancestor(const char *repository, const char *good, const char *bad,
	const char *good_name, const char *bad_name, struct error *e)
{
	const char *const words[] = {"merge-base", "--is-ancestor", good, bad, NULL};
	cleanup_free char *output = NULL;
	int status;

	if (git(repository, words, &output, &status, e) < 0)
		return -1;
	if (status != 0)
		return error_set(e, "%s: the good revision \"%s\" is no ancestor of the bad \"%s\"",
			repository, good_name, bad_name);
	return 0;
}

/* Adds lines of "HASH SUBJECT". */
static void add_lines(struct revisions *revisions, char *lines)
{
	for (char *line = lines, *next; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		line[length] = '\0';
		size_t hash = strcspn(line, " ");
		add(revisions, line, hash, line[hash] ? line + hash + 1 : "");
	}
}

int revisions_from_git(const char *repository, const char *good, const char *bad,
	struct revisions *out, struct error *e)
{
	cleanup_free char *first = resolve(repository, good, e);
	cleanup_free char *last = first ? resolve(repository, bad, e) : NULL;
	cleanup_free char *output = NULL, *start = NULL;
	int status;

	if (!first || !last || check_ancestor(repository, first, last, good, bad, e) < 0)
		return -1;
	cleanup_free char *range = str_printf("%s..%s", first, last);
	const char *const words[] = {"rev-list", "--first-parent", "--reverse",
		"--no-commit-header", "--format=%H %s", range, NULL},
			  *const of_good[] = {"rev-list", "--max-count=1", "--no-commit-header",
				  "--format=%H %s", first, NULL};

	if (git(repository, of_good, &start, &status, e) < 0)
		return -1;
	add_lines(out, start);
	if (git(repository, words, &output, &status, e) < 0)
		return -1;
	if (status != 0)
		return error_set(
			e, "git rev-list %s: %.*s", range, (int)strcspn(output, "\n"), output);
	add_lines(out, output);
	return check(out, e);
}

void revisions_free(struct revisions *revisions)
{
	for (size_t i = 0; i < revisions->count; i++) {
		free(revisions->list[i].name);
		free(revisions->list[i].subject);
	}
	free(revisions->list);
	*revisions = (struct revisions){0};
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_hash(const char *name)
{
	return strlen(name) >= 40 && strspn(name, "0123456789abcdef") == strlen(name);
}

char *revisions_label(const struct revisions *revisions, size_t index)
{
	const struct revision *revision = &revisions->list[index];
	int shown = is_hash(revision->name) ? SHORT_HASH : (int)strlen(revision->name);

	return str_printf("%zu (%.*s%s%s)", index, shown, revision->name,
		revision->subject[0] ? " " : "", revision->subject);
}

char *revisions_file_name(const struct revisions *revisions, size_t index)
{
	const char *name = revisions->list[index].name;
	int shown = is_hash(name) ? SHORT_HASH : FILE_NAME_CHARACTERS;
	char *file = str_printf("%04zu-%.*s", index, shown, name);

	for (char *c = file; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
			    *c))
			*c = '-';
	return file;
}
