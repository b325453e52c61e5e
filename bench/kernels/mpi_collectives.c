/* tare-mpi-collectives: one operation of IMB-MPI1 by its definition: bcast, allreduce, barrier,
 * exchange, sendrecv or pingping. The first two are calls between two clock readings, each after
 * a barrier; the others run back to back, and a sample is the mean of a batch where one call is
 * short compared with a clock reading. Every payload is verified outside the timed part.
 */
#include <math.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_job.h"
#include "mpi_sums.h"

/* A sample of back-to-back calls lasts at least this many clock readings. */
static const double readings_per_sample = 400;

enum { TAG_LEFT = 1, TAG_RIGHT };

/* The ranks that take part, and their buffers: what is sent, and what came from left and right. */
struct ring {
	MPI_Comm comm;
	int rank, ranks, left, right;
	unsigned char *send, *from_left, *from_right;
	bool rotates; /* bcast's root is the next rank with every call, else rank 0 */
	long turn; /* bcasts since the size began */
};

struct operation {
	const char *name;
	void (*call)(struct ring *ring, int size);
	/* The first byte that is wrong after the last call, or size. */
	size_t (*check)(const struct ring *ring, size_t size);
	bool apart; /* each call follows a barrier */
	bool floats; /* sizes are whole floats */
	bool sizeless; /* size 0 only */
	bool two; /* only two ranks take part */
	double moved; /* IMB's bandwidth is moved × size ÷ time; 0: none */
};

static unsigned seed_of(int rank, size_t size)
{
	return (unsigned)rank + (unsigned)size * 17;
}

/* --- bcast: from rank 0, as IMB does it, or with --root rotate from the next rank with every call,
 * as IMB did before 2018 */

static int bcast_root(const struct ring *ring, long turn)
{
	return ring->rotates ? (int)(turn % ring->ranks) : 0;
}

static void bcast_call(struct ring *ring, int size)
{
	int root = bcast_root(ring, ring->turn++);

	MPI_Bcast(ring->rank == root ? ring->send : ring->from_left, size, MPI_BYTE, root,
		ring->comm);
}

static size_t bcast_check(const struct ring *ring, size_t size)
{
	int root = bcast_root(ring, ring->turn - 1);

	/* The last root received from the one before; one that stays never receives. */
	if (ring->rank == root && (!ring->rotates || ring->turn < 2))
		return size;
	if (ring->rank == root)
		root = bcast_root(ring, ring->turn - 2);
	return job_pattern_check(ring->from_left, size, seed_of(root, size));
}

/* --- allreduce: sums of floats; small integers, so that the order of addition does not matter */

static void allreduce_call(struct ring *ring, int size)
{
	MPI_Allreduce(ring->send, ring->from_left, size / (int)sizeof(float), MPI_FLOAT, MPI_SUM,
		ring->comm);
}

static size_t allreduce_check(const struct ring *ring, size_t size)
{
	const float *sums = (const float *)(const void *)ring->from_left;

	for (size_t i = 0; i < size / sizeof(float); i++)
		if (sums[i] != sums_total(ring->ranks, i))
			return i * sizeof(float);
	return size;
}

/* --- barrier */

static void barrier_call(struct ring *ring, int size)
{
	(void)size;
	MPI_Barrier(ring->comm);
}

/* --- sendrecv: a chain; each rank sends to its right and receives from its left */

static void sendrecv_call(struct ring *ring, int size)
{
	MPI_Sendrecv(ring->send, size, MPI_BYTE, ring->right, TAG_RIGHT, ring->from_left, size,
		MPI_BYTE, ring->left, TAG_RIGHT, ring->comm, MPI_STATUS_IGNORE);
}

static size_t left_check(const struct ring *ring, size_t size)
{
	return job_pattern_check(ring->from_left, size, seed_of(ring->left, size));
}

/* --- exchange: with both neighbours at once, as at the borders of a grid */

static void exchange_call(struct ring *ring, int size)
{
	MPI_Request sent[2];

	MPI_Isend(ring->send, size, MPI_BYTE, ring->right, TAG_RIGHT, ring->comm, &sent[0]);
	MPI_Isend(ring->send, size, MPI_BYTE, ring->left, TAG_LEFT, ring->comm, &sent[1]);
	MPI_Recv(ring->from_left, size, MPI_BYTE, ring->left, TAG_RIGHT, ring->comm,
		MPI_STATUS_IGNORE);
	MPI_Recv(ring->from_right, size, MPI_BYTE, ring->right, TAG_LEFT, ring->comm,
		MPI_STATUS_IGNORE);
	MPI_Wait(&sent[0], MPI_STATUS_IGNORE);
	MPI_Wait(&sent[1], MPI_STATUS_IGNORE);
}

static size_t both_check(const struct ring *ring, size_t size)
{
	size_t wrong = left_check(ring, size);

	if (wrong < size)
		return wrong;
	return job_pattern_check(ring->from_right, size, seed_of(ring->right, size));
}

/* --- pingping: both send at once, so that every message meets another */

static void pingping_call(struct ring *ring, int size)
{
	MPI_Request sent;

	MPI_Isend(ring->send, size, MPI_BYTE, ring->right, TAG_RIGHT, ring->comm, &sent);
	MPI_Recv(ring->from_left, size, MPI_BYTE, ring->left, TAG_RIGHT, ring->comm,
		MPI_STATUS_IGNORE);
	MPI_Wait(&sent, MPI_STATUS_IGNORE);
}

static const struct operation operations[] = {
	{"bcast", bcast_call, bcast_check, .apart = true},
	{"allreduce", allreduce_call, allreduce_check, .apart = true, .floats = true},
	{"barrier", barrier_call, NULL, .sizeless = true},
	{"sendrecv", sendrecv_call, left_check, .moved = 2},
	{"exchange", exchange_call, both_check, .moved = 4},
	{"pingping", pingping_call, left_check, .two = true, .moved = 1},
};

static const struct operation *find_operation(const struct job *job)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (job->operation && strcmp(operations[i].name, job->operation) == 0)
			return &operations[i];
	job_die(job, "--operation is bcast, allreduce, barrier, sendrecv, exchange or pingping");
}

static bool find_rotates(const struct job *job)
{
	if (job->root && strcmp(job->root, "fixed") != 0 && strcmp(job->root, "rotate") != 0)
		job_die(job, "--root is fixed or rotate");
	return job->root && strcmp(job->root, "rotate") == 0;
}

/* Samples of batch calls each, the last of `every` batches; times in us of one call. */
static void run(const struct operation *o, struct ring *ring, size_t size, double *times_us,
	struct kernel_plan plan, long batch)
{
	double before_us = job_clock_us();

	for (long i = 0; i < plan.samples * plan.every; i++) {
		double after_us;

		if (o->apart) {
			MPI_Barrier(ring->comm);
			before_us = job_clock_us();
		}
		for (long b = 0; b < batch; b++)
			o->call(ring, (int)size);
		after_us = job_clock_us();
		times_us[i / plan.every] = (after_us - before_us) / (double)batch;
		before_us = after_us;
	}
}

/* The time of a call in ns, the same on all ranks: the slowest rank's fastest sample. */
static double call_ns(const struct job *job, const struct operation *o, struct ring *ring,
	size_t size, long batch)
{
	double *times_us = job_buffer(job, (size_t)job->warmup * sizeof(*times_us));
	double fastest_us = HUGE_VAL, agreed_us;

	run(o, ring, size, times_us, (struct kernel_plan){job->warmup, 1}, batch);
	for (long i = 0; i < job->warmup; i++)
		fastest_us = fmin(fastest_us, times_us[i]);
	free(times_us);
	MPI_Allreduce(&fastest_us, &agreed_us, 1, MPI_DOUBLE, MPI_MAX, ring->comm);
	return agreed_us * 1e3;
}

/* Doubles the batch until a sample is long enough for the clock. The same on every rank. */
static long find_batch(
	const struct job *job, const struct operation *o, struct ring *ring, size_t size)
{
	double least_ns = readings_per_sample * job->clock_cost_ns, one_ns;
	long batch = 1;

	MPI_Bcast(&least_ns, 1, MPI_DOUBLE, 0, ring->comm);
	for (;;) {
		one_ns = call_ns(job, o, ring, size, batch);
		if (o->apart)
			return 1;
		if (one_ns * (double)batch >= least_ns)
			return (long)(least_ns / one_ns) + 1;
		batch *= 2;
	}
}

/* The rest of the warm-up, which finds the plan from its second half. The same on every rank. */
static struct kernel_plan warm_up(const struct job *job, const struct operation *o,
	struct ring *ring, size_t size, long batch)
{
	double *times_us = job_buffer(job, (size_t)job->warmup * sizeof(*times_us)), sample_ns;
	struct job_warm_up w = job_warm_up_start(job, ring->comm);

	do
		run(o, ring, size, times_us, (struct kernel_plan){job->warmup, 1}, batch);
	while (!job_warm_up_is_over(&w, job->warmup, &sample_ns));
	free(times_us);
	return job_plan(job, size, sample_ns);
}

static void fill(const struct operation *o, struct ring *ring, size_t size)
{
	float *floats = (float *)(void *)ring->send;

	memset(ring->from_left, 0, size);
	memset(ring->from_right, 0, size);
	ring->turn = 0;
	if (!o->floats)
		job_pattern_fill(ring->send, size, seed_of(ring->rank, size));
	for (size_t i = 0; o->floats && i < size / sizeof(float); i++)
		floats[i] = sums_part(ring->rank, i);
}

static void print_bandwidth(
	struct job *job, const char *metric, size_t size, double bytes, double time_us)
{
	double bandwidth = bytes / time_us; /* B/us are 10^6 B/s */

	job_print(job, metric, size, &bandwidth, 1);
}

static void run_size(struct job *job, const struct operation *o, struct ring *ring, size_t size)
{
	double median_us = 0, most_us = 0, batch;
	struct kernel_plan plan;
	struct job_times times;
	size_t wrong;

	fill(o, ring, size);
	batch = (double)find_batch(job, o, ring, size);
	plan = warm_up(job, o, ring, size, (long)batch);
	times = job_times_new(job, plan);
	while (plan.samples > 0) {
		double start_us = job_clock_us();

		run(o, ring, size, times.times_us + times.count, plan, (long)batch);
		job_times_add(job, ring->comm, &times, (job_clock_us() - start_us) * 1e-6, &plan);
	}
	wrong = o->check ? o->check(ring, size) : size;
	if (wrong < size)
		job_die(job, "wrong payload: byte %zu of %zu", wrong, size);
	/* No rank prints before all have verified their payload. */
	MPI_Barrier(ring->comm);
	job_print_times(job, ring->comm, size, times.times_us, times.count, &median_us, &most_us);
	if (job->rank == 0) {
		job_print(job, "batch", size, &batch, 1);
		job_print_elapsed(job, size, times.elapsed_s);
		if (o->moved && size) {
			print_bandwidth(job, "bandwidth", size, o->moved * (double)size, median_us);
			print_bandwidth(
				job, "bandwidth_mean", size, o->moved * (double)size, most_us);
		}
	}
	free(times.times_us);
}

static void run_ring(struct job *job, const struct operation *o, struct ring *ring)
{
	size_t largest = 0;

	MPI_Comm_rank(ring->comm, &ring->rank);
	MPI_Comm_size(ring->comm, &ring->ranks);
	ring->left = (ring->rank + ring->ranks - 1) % ring->ranks;
	ring->right = (ring->rank + 1) % ring->ranks;
	for (size_t i = 0; i < job->size_count; i++)
		if (job->sizes[i] > largest)
			largest = job->sizes[i];
	ring->send = job_buffer(job, largest);
	ring->from_left = job_buffer(job, largest);
	ring->from_right = job_buffer(job, largest);
	for (size_t i = 0; i < job->size_count; i++)
		run_size(job, o, ring, job->sizes[i]);
	free(ring->send);
	free(ring->from_left);
	free(ring->from_right);
}

int main(int argc, char **argv)
{
	const struct operation *o;
	struct ring ring = {0};
	struct job job;
	bool in;

	job_start(&job, "tare-mpi-collectives", &argc, &argv);
	o = find_operation(&job);
	ring.rotates = find_rotates(&job);
	if (o->floats && job.ranks > SUMS_RANKS_MAX)
		job_die(&job, "the sums of more than %d ranks are not exact", SUMS_RANKS_MAX);
	for (size_t i = 0; i < job.size_count; i++)
		if ((o->floats && job.sizes[i] % sizeof(float)) || (o->sizeless && job.sizes[i]))
			job_die(&job, "%s has no size %zu", o->name, job.sizes[i]);
	/* The first and the last, as in mpi-pingpong: across machines when there are several. */
	in = !o->two || job.rank == 0 || job.rank == job.ranks - 1;
	MPI_Comm_split(MPI_COMM_WORLD, in ? 0 : MPI_UNDEFINED, job.rank, &ring.comm);
	if (in)
		run_ring(&job, o, &ring);
	job_wait();
	return job_finish(&job);
}
