/* Building revisions. See builds.h. For every revision NAME: NAME.out is what was built, NAME.log
 * what the command printed, NAME.built that it ended well, NAME.failed why it did not. */
#include "bisect/builds.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "base/units.h"

enum { LAST_LINES = 6, REASON_BYTES = 600 };

/* The word with {rev} and {out} replaced. Caller frees. */
static char *fill_in(const char *word, const char *revision, const char *out)
{
	cleanup_text struct text text = {0};

	text_add(&text, "");
	while (*word) {
		if (strncmp(word, "{rev}", 5) == 0 || strncmp(word, "{out}", 5) == 0) {
			text_add(&text, word[1] == 'r' ? revision : out);
			word += 5;
		} else {
			text_add_bytes(&text, word++, 1);
		}
	}
	return text_take(&text);
}

/* The last lines that are not empty, as one line. */
static void add_last_lines(const char *output, struct text *out)
{
	size_t end = strlen(output), start, lines = 0;

	while (end > 0 && strchr(" \t\r\n", output[end - 1]))
		end--;
	for (start = end; start > 0 && end - start < REASON_BYTES; start--)
		if (output[start - 1] == '\n' && ++lines == LAST_LINES)
			break;
	for (size_t i = start; i < end; i++)
		text_add_bytes(
			out, output[i] == '\n' ? " | " : &output[i], output[i] == '\n' ? 3 : 1);
}

static int run_command(const struct builds *builds, const char *revision, const char *out,
	struct process_result *result, struct error *e)
{
	cleanup_argv struct argv argv = {0};

	/* env changes the directory, and nothing else. */
	if (builds->repository)
		argv_add_all(&argv, "env", "-C", builds->repository, NULL);
	for (size_t i = 0; i < builds->command->count; i++) {
		cleanup_free char *word = fill_in(builds->command->words[i], revision, out);

		argv_add(&argv, word);
	}
	return process_run_until(&argv, builds->limit_s, builds->interrupt_fd, result, e);
}

/* Why the command's result is of no use; false if it is good. */
static bool add_reason(
	const struct builds *builds, const struct process_result *result, struct text *reason)
{
	char limit[UNIT_TEXT_BYTES];

	if (result->timed_out)
		text_addf(reason, "did not end within %s", duration_format(builds->limit_s, limit));
	else if (result->signal)
		text_addf(reason, "killed by signal %d", result->signal);
	else if (result->exit_status != 0)
		text_addf(reason, "exit status %d", result->exit_status);
	if (!reason->count)
		return false;
	text_add(reason, ": ");
	add_last_lines(result->output, reason);
	return true;
}

static int write_mark(const char *path, const char *text, struct error *e)
{
	return file_write(path, text, strlen(text), e);
}

struct paths {
	char *out, *log, *built, *failed;
};

static void paths_free(struct paths *paths)
{
	free(paths->out);
	free(paths->log);
	free(paths->built);
	free(paths->failed);
}

/* What the option is set to must be there, if it is a file. */
static bool is_there(const char *value, struct text *reason)
{
	if (value[0] != '/' || file_exists(value))
		return true;
	text_addf(reason, "the command ended well, but there is no %s", value);
	return false;
}

static enum builds_result build(const struct builds *builds, const char *revision,
	const struct paths *paths, const char *value, struct error *e)
{
	cleanup_text struct text reason = {0};
	struct process_result result;

	if (dir_remove(paths->out, e) < 0 ||
		run_command(builds, revision, paths->out, &result, e) < 0)
		return BUILDS_FAILED;
	bool interrupted = result.interrupted;
	bool good = !add_reason(builds, &result, &reason) && is_there(value, &reason);
	int status = write_mark(paths->log, result.output, e);

	process_result_free(&result);
	if (interrupted)
		return BUILDS_INTERRUPTED;
	if (status < 0)
		return BUILDS_FAILED;
	if (good)
		return write_mark(paths->built, "", e) < 0 ? BUILDS_FAILED : BUILDS_DONE;
	text_one_line(reason.bytes);
	if (write_mark(paths->failed, reason.bytes, e) == 0)
		error_set(e, "%s", reason.bytes);
	return BUILDS_FAILED;
}

static struct paths paths_of(const struct builds *builds, size_t index)
{
	cleanup_free char *name = revisions_file_name(builds->revisions, index);

	return (struct paths){
		.out = str_printf("%s/%s.out", builds->directory, name),
		.log = str_printf("%s/%s.log", builds->directory, name),
		.built = str_printf("%s/%s.built", builds->directory, name),
		.failed = str_printf("%s/%s.failed", builds->directory, name),
	};
}

char *builds_value(const struct builds *builds, size_t index)
{
	const char *usual = builds->command ? "{out}" : "{rev}";
	struct paths paths = paths_of(builds, index);
	char *value = fill_in(builds->value ? builds->value : usual,
		builds->revisions->list[index].name, paths.out);

	paths_free(&paths);
	return value;
}

bool builds_is_made(const struct builds *builds, size_t index)
{
	struct paths paths = paths_of(builds, index);
	cleanup_free char *value = builds_value(builds, index);
	bool made = !builds->command ||
		    (file_exists(paths.built) && (value[0] != '/' || file_exists(value)));

	paths_free(&paths);
	return made;
}

enum builds_result builds_make(
	const struct builds *builds, size_t index, char **value, struct error *e)
{
	struct paths paths = paths_of(builds, index);
	char *made = builds_value(builds, index);
	enum builds_result result = BUILDS_FAILED;

	if (builds_is_made(builds, index)) {
		result = BUILDS_DONE;
	} else if (file_exists(paths.failed)) {
		cleanup_free char *reason = file_read_line(paths.failed);

		error_set(e, "%s", reason ? reason : "it failed before");
	} else if (dir_make(builds->directory, e) == 0) {
		result = build(builds, builds->revisions->list[index].name, &paths, made, e);
	}
	paths_free(&paths);
	if (result == BUILDS_DONE)
		*value = made;
	else
		free(made);
	return result;
}
