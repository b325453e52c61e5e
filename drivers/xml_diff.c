/* Differences of XML by diffutils. */
#include "drivers/xml_diff.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "drivers/xml.h"

static const double limit_s = 10;

static int write_indented(const char *path, const char *text, struct error *e)
{
	cleanup_free char *indented = xml_indented(text, e);

	return indented ? file_write(path, indented, strlen(indented), e) : -1;
}

/* Of the names of the files nothing is kept. */
static json_t *lines_of(char *output)
{
	json_t *lines = json_array();

	for (char *line; (line = strsep(&output, "\n"));) {
		bool is_name = strncmp(line, "--- ", 4) == 0 || strncmp(line, "+++ ", 4) == 0;
		if (line[0] && !is_name)
			json_array_append_new(lines, json_string(line));
	}
	return lines;
}

json_t *xml_diff(const char *directory, const char *before, const char *after, struct error *e)
{
	cleanup_free char *old_path = str_printf("%s/before.xml", directory);
	cleanup_free char *new_path = str_printf("%s/after.xml", directory);
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	json_t *lines = NULL;

	argv_add_all(&argv, "diff", "-u", old_path, new_path, NULL);
	if (write_indented(old_path, before, e) == 0 && write_indented(new_path, after, e) == 0 &&
		process_run(&argv, limit_s, &result, e) == 0) {
		/* 1: they differ. */
		if (result.exit_status <= 1)
			lines = lines_of(result.output);
		else
			error_set(e, "diff: exit status %d", result.exit_status);
	}
	process_result_free(&result);
	unlink(old_path);
	unlink(new_path);
	return lines;
}
