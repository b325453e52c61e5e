/* Which network interface the ranks of a machine use, where it has more than the measured one:
 * machines that are hosts have a control network, too. Open MPI takes addresses
 * (mpi_openmpi.c); MPICH's UCX takes names of interfaces only. */
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "campaign/run/mpi.h"

/* Names of interfaces are shorter (IFNAMSIZ). */
enum { INTERFACE_BYTES = 16 };
static const double question_s = 120; /* longer than an outage of 30 s and TCP's next try */

/* "5: NAME    inet ADDRESS/PREFIX …", one line an interface. */
char *mpi_interface(const char *lines)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	const char *at = lines + strspn(lines, "0123456789");

	if (at == lines || strncmp(at, ": ", 2) != 0)
		return NULL;
	at += 2;
	size_t length = strspn(at, allowed);
	if (length == 0 || length >= INTERFACE_BYTES || at[length] != ' ')
		return NULL;
	return str_printf("%.*s", (int)length, at);
}

/* Asks a machine for the interface that has its address; NULL: it cannot be asked. */
static struct job *ask(const struct mpi_job *mpi, size_t machine)
{
	struct seat seat = {.machine = mpi->team->machines[machine]};
	cleanup_argv struct argv argv = {0};
	struct error e = {""};

	/* Its only network is the measured one. */
	if (campaign_target_caps(mpi->team->target) & CAP_OWN_NETWORK)
		return NULL;
	argv_add_all(&argv, "/usr/sbin/ip", "-o", "-4", "address", "show", "to",
		mpi_address(mpi, machine), NULL);
	return jobs_start_argv(mpi->jobs, &seat, &argv, NULL, NULL, &e);
}

/* The interface's name, or NULL: then nothing is chosen. */
static char *interface_reported(const struct mpi_job *mpi, struct job *job, double deadline_s)
{
	struct error e = {""};
	double left_s = deadline_s - clock_monotonic_s();

	if (!job || jobs_wait_end(mpi->jobs, job, left_s > 0 ? left_s : 0) != WAIT_OK ||
		job_check(job, &e) < 0)
		return NULL;
	return job->output ? mpi_interface(job->output) : NULL;
}

/* Every name once, each followed by a comma. */
static void add_name(struct text *devices, const char *name)
{
	cleanup_free char *word = str_printf("%s,", name);
	const char *at = devices->bytes;

	while (at && *at && strncmp(at, word, strlen(word)) != 0)
		at = strchr(at, ',') + 1;
	if (!at || !*at)
		text_add(devices, word);
}

void mpi_add_devices(const struct mpi_job *mpi, struct argv *env)
{
	cleanup_text struct text devices = {0};
	size_t count = mpi->team->machine_count > 1 ? mpi->team->machine_count : 0;
	cleanup_free struct job **jobs = mem_new(count + 1, sizeof(struct job *));
	double deadline_s = clock_monotonic_s() + question_s;

	for (size_t i = 0; i < count; i++)
		jobs[i] = ask(mpi, i);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = interface_reported(mpi, jobs[i], deadline_s);
		if (name)
			add_name(&devices, name);
	}
	/* Its warnings (of names that a machine lacks, of a clock that it could not measure) would
	 * be on standard output, where results are. */
	argv_add(env, "UCX_LOG_FILE=stderr");
	if (devices.count)
		argv_addf(env, "UCX_NET_DEVICES=%.*s", (int)devices.count - 1, devices.bytes);
}
