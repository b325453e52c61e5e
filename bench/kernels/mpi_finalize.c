/* MPI_Finalize for jobs across machines, by MPI's profiling interface: linked into every MPI
 * program of the image, tare's and HPCC. Knows nothing of what the program measures. */
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One request to the process manager over its PMI-1 socket, and its one-line answer. */
static bool pmi_call(int fd, const char *request, const char *answer)
{
	char line[64] = "";
	size_t count = 0;

	if (write(fd, request, strlen(request)) != (ssize_t)strlen(request))
		return false;
	while (count + 1 < sizeof(line) && !strchr(line, '\n')) {
		if (read(fd, line + count, 1) != 1)
			return false;
		line[++count] = '\0';
	}
	return strncmp(line, answer, strlen(answer)) == 0;
}

static bool on_one_node(void)
{
	MPI_Comm node;
	int here, all;

	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
	MPI_Comm_size(node, &here);
	MPI_Comm_size(MPI_COMM_WORLD, &all);
	MPI_Comm_free(&node);
	return here == all;
}

/* MPICH 4.0.2 over UCX 1.13 may hang in its own MPI_Finalize: a rank closes its TCP connections by
 * polling until its peers answer, but a peer that was faster no longer polls: it waits for the
 * process manager. So after a barrier this finalizes with the process manager itself and ends the
 * process, which closes the connections. Within one machine, or without PMI-1, MPICH's own
 * MPI_Finalize is called. */
int MPI_Finalize(void)
{
	const char *pmi_fd = getenv("PMI_FD");
	int fd;

	if (!pmi_fd || on_one_node())
		return PMPI_Finalize();
	PMPI_Barrier(MPI_COMM_WORLD);
	fflush(NULL);
	fd = atoi(pmi_fd);
	/* No rank exits while another may still be in the barrier above. */
	if (pmi_call(fd, "cmd=barrier_in\n", "cmd=barrier_out") &&
		pmi_call(fd, "cmd=finalize\n", "cmd=finalize_ack"))
		_exit(0);
	_exit(1);
}
