/* Finds virtiofsd processes by the directory in their command lines. */
#include "drivers/virtiofsd.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "drivers/local.h"

#define SOURCE "source="

/* The first word of a process's command line that begins so; NULL: it has none. Caller frees. */
static char *word_of(pid_t pid, const char *begin)
{
	cleanup_free char *path = str_printf("/proc/%d/cmdline", (int)pid);
	cleanup_file FILE *words = fopen(path, "re");
	cleanup_free char *word = NULL;
	size_t capacity = 0;

	while (words && getdelim(&word, &capacity, '\0', words) > 0) {
		if (strncmp(word, begin, strlen(begin)) == 0)
			return take_ptr(word);
	}
	return NULL;
}

char *virtiofsd_words(const char *directory)
{
	cleanup_free char *source = str_printf(SOURCE "%s", directory);
	pid_t pid = program_pid(program_has_word, source);

	return pid > 0 ? word_of(pid, source) : NULL;
}

/* A machine's directory is WORK_DIR/CAMPAIGN/MACHINE/share/files. */
static bool is_of_campaign(pid_t pid, const void *part)
{
	cleanup_free char *word = word_of(pid, SOURCE);
	const char *found = word ? strstr(word, part) : NULL;

	return found && strstr(found, "/share/files");
}

size_t virtiofsd_kill(const char *campaign_id)
{
	cleanup_free char *part = str_printf("/%s/", campaign_id);

	return program_kill(is_of_campaign, part);
}
