/* tare image: runs the script that builds images, the installed one or that of the sources. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "cli/verbs.h"

/* Beside the installed program, else in the source tree that it was built from. */
static char *find_script(struct error *e)
{
	char exe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[length > 0 ? length : 0] = '\0';
	if (strrchr(exe, '/'))
		*strrchr(exe, '/') = '\0';
	cleanup_free char *installed = str_printf("%s/../libexec/tare/image", exe);
	if (file_exists(installed))
		return take_ptr(installed);
	if (file_exists(TARE_SOURCE_DIR "/scripts/image"))
		return str_dup(TARE_SOURCE_DIR "/scripts/image");
	error_set(e, "there is no %s; install tare whole (cmake --install, or its package)",
		installed);
	return NULL;
}

/* What changes which image it is comes first, as the script wants it; of the others one. */
static int add_flags(const struct arguments *arguments, struct argv *argv, struct error *e)
{
	const char *deed = NULL;

	for (const struct flag *flag = arguments->verb->flags; flag->key; flag++) {
		if (!flag_given(arguments, flag->key))
			continue;
		if (flag->argument) {
			argv_addf(argv, "--%s", flag->name);
			argv_add(argv, flag_value(arguments, flag->key));
			continue;
		}
		if (deed)
			return error_set(e, "--%s and --%s exclude each other", deed, flag->name);
		deed = flag->name;
	}
	if (deed)
		argv_addf(argv, "--%s", deed);
	return 0;
}

int cmd_image(const struct arguments *arguments, struct error *e)
{
	cleanup_free char *script = find_script(e);
	cleanup_argv struct argv argv = {0};

	if (!script)
		return EXIT_USAGE;
	argv_add(&argv, script);
	if (add_flags(arguments, &argv, e) < 0)
		return EXIT_USAGE;
	setenv("TARE_IMAGE_NAME", "tare image", 1);
	execv(script, argv.words);
	error_errno(e, errno, "cannot run %s", script);
	return EXIT_USAGE;
}
