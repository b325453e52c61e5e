/* The machines of an MPI job: their addresses, and programs that are started on them. */
#include "base/array.h"
#include "base/text.h"
#include "campaign/run/mpi.h"

const char *mpi_address(const struct mpi_job *mpi, size_t machine)
{
	struct seat seat = {.machine = mpi->team->machines[machine]};

	return seat_address(&seat);
}

void mpi_add_hosts(const struct mpi_job *mpi, const char *first, struct argv *argv)
{
	cleanup_text struct text hosts = {0};

	for (size_t i = 0; i < mpi->team->machine_count; i++)
		text_addf(&hosts, "%s%s:%u", i ? "," : "",
			i == 0 && first ? first : mpi_address(mpi, i), mpi->ranks_per_machine);
	argv_add(argv, hosts.bytes);
}

int mpi_start_remote(struct mpi_job *mpi, size_t machine, const struct argv *argv, struct error *e)
{
	struct seat seat = {.machine = mpi->team->machines[machine]};

	mpi->remotes[machine] =
		jobs_start_argv(mpi->jobs, &seat, argv, NULL, mpi->jobs->directory, e);
	return mpi->remotes[machine] ? 0 : -1;
}
