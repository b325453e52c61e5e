/* What the benchmarks over MPI share: see mpi.h. */
#include "bench/mpi.h"

#include "bench/timing.h"

const char *const mpi_launchers[] = {
	[LAUNCHER_HYDRA] = "hydra", [LAUNCHER_OPENMPI] = "openmpi", [LAUNCHER_SRUN] = "srun", NULL};

void mpi_command(const char *program, const struct mpi_options *options, struct command *out)
{
	struct argv *argv = &out->argv;

	out->launcher = (enum launcher)options->launcher;
	argv_addf(argv, "%s%s", program, out->launcher == LAUNCHER_OPENMPI ? "-openmpi" : "");
	argv_add(argv, "--sizes");
	timing_add_sizes(argv, &options->sizes);
	argv_add(argv, "--iterations");
	argv_addf(argv, "%lld", (long long)options->iterations);
	argv_add(argv, "--volume");
	argv_addf(argv, "%lld", (long long)options->volume_bytes);
	argv_add(argv, "--seconds");
	argv_addf(argv, "%g", options->seconds);
	argv_add(argv, "--warmup");
	argv_addf(argv, "%lld", (long long)options->warmup);
	/* Fixed work of half a second per size is ample on hardware. */
	out->expected_s =
		1.5 + (double)options->sizes.count *
			      (options->seconds > 0 ? options->seconds + BENCH_WARM_UP_S : 0.5);
}

const char *mpi_launcher_why_not(enum launcher launcher, const struct machine_facts *facts)
{
	if (launcher == LAUNCHER_OPENMPI && !facts->own_userspace &&
		!bench_image_has(facts, "openmpi-bin"))
		return "the image has no openmpi-bin: rebuild it with tare image";
	if (launcher == LAUNCHER_SRUN && !facts->own_userspace)
		return "srun needs machines that are nodes of a Slurm allocation (target command)";
	return NULL;
}

const char *mpi_why_not(const struct mpi_options *options, const struct machine_facts *facts)
{
	const char *reason = mpi_launcher_why_not((enum launcher)options->launcher, facts);

	if (reason)
		return reason;
	if (facts->ranks < 2)
		return "needs 2 MPI ranks: more machines or CPUs";
	if (facts->ranks > facts->machines * facts->cpus)
		return "more MPI ranks than CPUs: polling ranks would wait for time slices";
	return NULL;
}
