/* What lets this process make namespaces and networks: being root, or a user namespace in which it
 * is (tare-room). Independent of what drivers do with it. */
#include "drivers/privileges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/process.h"
#include "drivers/driver.h"

static const double trial_timeout_s = 20;

static struct error refused; /* why there are no namespaces, as privileges_take found */

static int add_words(struct argv *words, bool host_network, struct error *e)
{
	cleanup_free char *room = program_own("tare-room", e);

	if (!room)
		return -1;
	argv_add(words, room);
	if (host_network)
		argv_add(words, "--host-network");
	argv_add(words, "--");
	return 0;
}

/* Whether tare-room can do here all that it does, by letting it run /bin/true. It says why not in
 * one line. */
static int try_room(bool host_network, struct error *e)
{
	cleanup_argv struct argv words = {0};
	struct process_result result;

	if (add_words(&words, host_network, e) < 0)
		return -1;
	argv_add(&words, "/bin/true");
	if (process_run(&words, trial_timeout_s, &result, e) < 0)
		return -1;
	result.output[strcspn(result.output, "\n")] = '\0';
	if (result.exit_status != 0)
		error_set(e, "%s", result.output[0] ? result.output : "tare-room was killed");
	int status = result.exit_status == 0 ? 0 : -1;
	process_result_free(&result);
	return status;
}

static int become(char *const *argv, bool host_network, struct error *e)
{
	cleanup_argv struct argv words = {0};
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return error_errno(e, errno, "/proc/self/exe");
	self[length] = '\0';
	if (add_words(&words, host_network, e) < 0)
		return -1;
	argv_add(&words, self);
	for (char *const *word = argv + 1; *word; word++)
		argv_add(&words, *word);
	execv(words.words[0], words.words);
	return error_errno(e, errno, "%s", words.words[0]);
}

void privileges_take(char *const *argv, bool host_network)
{
	if (geteuid() == 0 || getenv("TARE_ROOM"))
		return;
	if (try_room(host_network, &refused) == 0)
		become(argv, host_network, &refused);
}

int privileges_check(struct error *why_not)
{
	if (geteuid() == 0)
		return 0;
	return error_set(why_not, "not root%s%s", error_is_set(&refused) ? ", and " : "; try sudo",
		refused.text);
}

int privileges_check_device(const char *path, struct error *why_not)
{
	if (access(path, R_OK | W_OK) == 0)
		return 0;
	error_errno(why_not, errno, "%s", path);
	if (errno == EACCES && privileges_in_namespace())
		error_set(why_not,
			"%s is closed to users; an administrator opens it by: chmod 666 %s", path,
			path);
	return -1;
}

bool privileges_in_namespace(void)
{
	return getenv("TARE_ROOM") != NULL;
}

enum { WANTED_AUTO, WANTED_USER };

const char *const privileges_names[] = {
	[WANTED_AUTO] = "auto", [WANTED_USER] = PRIVILEGES_OF_USER, NULL};

bool privileges_enter(int wanted)
{
	return wanted == WANTED_USER && !privileges_in_namespace();
}

const char *privileges_text(void)
{
	return privileges_in_namespace() ? PRIVILEGES_OF_USER : PRIVILEGES_OF_ROOT;
}
