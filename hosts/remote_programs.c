/* Copies tare-host and the programs that drivers start to a host, into a directory named by their
 * digest: a host that has this build is left as it is, and several campaigns may copy at the same
 * time. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/directories.h"
#include "base/files.h"
#include "base/text.h"
#include "hosts/digest.h"
#include "hosts/private.h"
#include "hosts/ustar.h"

#define CANNOT_COPY "cannot copy tare-host (docs/hosts.md lists what a host needs)"

enum { PROGRAM_LIMIT_BYTES = 256 << 20 };

static int program_paths(const struct host *host, char *paths[PROGRAM_COUNT], struct error *e)
{
	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		bool given = i == PROGRAM_AGENT && host->spec.agent_path;
		paths[i] =
			given ? str_dup(host->spec.agent_path) : program_own(program_names[i], e);
		if (!paths[i])
			return -1;
	}
	return 0;
}

static void paths_free(char *paths[PROGRAM_COUNT])
{
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		free(paths[i]);
}

/* The programs do not change while a process runs: they are hashed once, not for each host. */
char *remote_programs_digest(const struct host *host, struct error *e)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static char known_agent[4096], known[DIGEST_TEXT_BYTES];
	const char *agent = host->spec.agent_path ? host->spec.agent_path : "";
	char *paths[PROGRAM_COUNT] = {0}, hex[DIGEST_TEXT_BYTES];
	char *digest = NULL;

	pthread_mutex_lock(&mutex);
	if (known[0] && strcmp(known_agent, agent) == 0) {
		digest = str_dup(known);
	} else if (program_paths(host, paths, e) == 0 &&
		   digest_programs((const char *const *)paths, hex, e) == 0) {
		digest = str_printf("%.16s", hex);
		snprintf(known, sizeof(known), "%s", digest);
		snprintf(known_agent, sizeof(known_agent), "%s", agent);
	}
	pthread_mutex_unlock(&mutex);
	paths_free(paths);
	return digest;
}

static int archive_make(const struct host *host, struct text *archive, struct error *e)
{
	char *paths[PROGRAM_COUNT] = {0};
	int status = program_paths(host, paths, e);

	for (size_t i = 0; i < PROGRAM_COUNT && status == 0; i++) {
		cleanup_free char *bytes = NULL;
		size_t count;
		status = file_read(paths[i], PROGRAM_LIMIT_BYTES, &bytes, &count, e);
		if (status == 0)
			ustar_add(archive, program_names[i], bytes, count);
	}
	ustar_end(archive);
	paths_free(paths);
	return status;
}

/* Runs one command on the host. */
#define RUN_THERE(host, bytes, count, timeout_s, e, ...) \
	({ \
		cleanup_argv struct argv argv_ = {0}; \
		reach_argv(&(host)->reach, &argv_, __VA_ARGS__, NULL); \
		reach_run(&(host)->reach, &argv_, bytes, count, timeout_s, NULL, e); \
	})

/* Before the rename: after a power failure the programs must not be full of zeros. */
static int sync_there(struct host *host, const char *directory, double timeout_s, struct error *e)
{
	cleanup_argv struct argv argv = {0};

	reach_argv(&host->reach, &argv, "sync", NULL);
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		argv_addf(&argv, "%s/%s", directory, program_names[i]);
	argv_add(&argv, directory);
	return reach_run(&host->reach, &argv, NULL, 0, timeout_s, NULL, e);
}

void remote_programs_place(struct host *host, bool own, const char *digest)
{
	cleanup_free char *cache = own ? directories_user_cache() : NULL;

	free(host->programs_dir);
	free(host->program);
	free(host->attach_program);
	host->own_programs = cache != NULL;
	host->programs_dir = cache ? str_printf("%s/programs", cache) : str_dup(PROGRAMS_DIR);
	host->program = str_printf("%s/%s/tare-host", host->programs_dir, digest);
	host->attach_program = str_printf("%s/%s/tare-attach", host->programs_dir, digest);
}

/* Makes a new directory for them; *fresh is the caller's. */
static int make_directory(
	struct host *host, const char *digest, double timeout_s, char **fresh, struct error *e)
{
	unsigned number = 0;

	(void)!getrandom(&number, sizeof(number), 0);
	for (bool again = true; again;) {
		free(*fresh);
		*fresh = str_printf("%s/new-%s-%08x", host->programs_dir, digest, number);
		if (RUN_THERE(host, NULL, 0, timeout_s, e, "mkdir", "-p", *fresh) == 0)
			return 0;
		again = !host->own_programs;
		if (again)
			remote_programs_place(host, true, digest);
		again = again && host->own_programs;
	}
	return -1;
}

int remote_programs_copy(
	struct host *host, const char *digest, bool replace, double timeout_s, struct error *e)
{
	cleanup_text struct text archive = {0};
	cleanup_free char *fresh = NULL;

	if (make_directory(host, digest, timeout_s, &fresh, e) < 0)
		return error_prefix(e, CANNOT_COPY);
	cleanup_free char *final = str_printf("%s/%s", host->programs_dir, digest);
	cleanup_free char *old = str_printf("%s-old", fresh);
	host->answered = true;
	int status = archive_make(host, &archive, e);
	if (status == 0)
		status = RUN_THERE(host, archive.bytes, archive.count, timeout_s, e, "tar", "-xf",
			"-", "-C", fresh);
	if (status == 0)
		status = sync_there(host, fresh, timeout_s, e);
	/* The whole directory is replaced by renames, so that it is missing only for a moment, and
	 * only where no tare-host runs from it, which holds a lock on it (programs_prune.c). */
	if (status == 0 && replace)
		RUN_THERE(host, NULL, 0, timeout_s, NULL, "flock", "-n", final, "mv", "-T", final,
			old);
	/* Fails if a nonempty directory exists: that one is then tried again. */
	if (status == 0)
		RUN_THERE(host, NULL, 0, timeout_s, NULL, "mv", "-T", fresh, final);
	RUN_THERE(host, NULL, 0, timeout_s, NULL, "rm", "-rf", fresh, old);
	return status < 0 ? error_prefix(e, CANNOT_COPY) : 0;
}
