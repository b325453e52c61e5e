/* gromacs: molecular dynamics of a box of water, which gmx itself builds (kernel tare-steps runs
 * it); parses mdrun's log. Runs nothing. */
#include "bench/bench.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "bench/timing.h"
#include "bench/read.h"
#include "bench/steps.h"

#define GMX "/usr/bin/gmx"
#define LOG_FILE "md.log"
#define LOG_MARK "==> " LOG_FILE " <==\n"

struct gromacs_options {
	int64_t cells, steps, threads;
};

static const struct option_row gromacs_rows[] = {
	{"cells", OPTION_INT, offsetof(struct gromacs_options, cells), "2", "1",
		"edge of the box, in cells of 1.86 nm with 216 molecules of water each", 2, 50,
		NULL},
	{"steps", OPTION_INT, offsetof(struct gromacs_options, steps), "1000", "1",
		"time steps of 2 fs", 100, 1e9, NULL},
	{"threads", OPTION_INT, offsetof(struct gromacs_options, threads), "0", "1",
		"OpenMP threads, pinned; 0: one for every CPU of the machine", 0, 4096, NULL},
	{0},
};

enum gromacs_metric { ELAPSED, USER, SYSTEM, PERFORMANCE, DRIFT };

static const struct metric gromacs_metrics[] = {STEPS_METRICS(DETAIL),
	[PERFORMANCE] = {"performance", "ns/day", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, NULL,
		NULL, "simulated time per day, as mdrun counts it", HEADLINE(1)},
	[DRIFT] = {"energy_drift", "kJ/mol/ps", BETTER_NONE, STATISTIC_MEAN, SCALE_DIFFERENCE, NULL,
		NULL, "drift of the conserved energy per atom; a large one means a wrong result",
		VALIDITY},
	{0}};

/* A wrong integration gains energy without bound. */
static const double DRIFT_MAX = 0.1;

static const char topology[] = "#include \"oplsaa.ff/forcefield.itp\"\n"
			       "#include \"oplsaa.ff/spce.itp\"\n"
			       "[ system ]\nwater\n[ molecules ]\n";

static void add_parameters(const struct gromacs_options *o, struct command *out)
{
	struct text text = {0};
	size_t count;

	text_addf(&text, "integrator = md\ndt = 0.002\nnsteps = %lld\n", (long long)o->steps);
	text_add(&text, "cutoff-scheme = Verlet\ncoulombtype = PME\nrcoulomb = 0.9\nrvdw = 0.9\n"
			"nstlog = 1000\nnstenergy = 100\nnstcalcenergy = 100\n"
			"gen-vel = yes\ngen-temp = 300\ngen-seed = 1\n");
	count = text.count;
	bench_command_add_file(out, "run.mdp", text_take(&text), count);
	bench_command_add_file(out, "topol.top", str_dup(topology), strlen(topology));
}

static int gromacs_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct gromacs_options *o = options;
	cleanup_text struct text steps = {0}, box = {0}, threads = {0};
	unsigned cpus = role->cpus ? role->cpus : 1;
	/* The period of gmx's equilibrated water: in any other box molecules would overlap at the
	 * borders, and the simulation would explode. */
	const double cell_nm = 1.86206, atoms_per_cell = 3 * 216;
	const double atom_steps_s = 150e3; /* of one CPU of 2020 */

	(void)e;
	text_addf(&box, "%.5f", cell_nm * (double)o->cells);
	text_addf(&threads, "%lld", o->threads ? (long long)o->threads : (long long)cpus);
	add_parameters(o, out);
	steps_add(&steps, false, GMX, "-nobackup", "solvate", "-cs", "spc216.gro", "-box",
		box.bytes, box.bytes, box.bytes, "-o", "box.gro", "-p", "topol.top", NULL);
	steps_add(&steps, false, GMX, "-nobackup", "grompp", "-f", "run.mdp", "-c", "box.gro", "-p",
		"topol.top", "-o", "run.tpr", NULL);
	steps_add(&steps, true, GMX, "-nobackup", "mdrun", "-s", "run.tpr", "-deffnm", "md",
		"-ntmpi", "1", "-ntomp", threads.bytes, "-pin", "on", "-nb", "cpu", NULL);
	steps_command(&steps, out);
	out->collect[out->collect_count++] = str_dup(LOG_FILE);
	out->expected_s =
		3 + pow((double)o->cells, 3) * atoms_per_cell * (double)o->steps / atom_steps_s;
	return 0;
}

/* The number that follows the line's beginning `start`. */
static bool number_after(struct piece line, const char *start, double *value)
{
	struct piece word;

	if (!read_starts(line, start))
		return false;
	line.bytes += strlen(start);
	line.count -= strlen(start);
	do {
		read_part(&line, ' ', &word);
	} while (word.count == 0 && line.count);
	return read_number(word, value);
}

static int parse_log(struct piece log, struct samples *out, struct error *e)
{
	double performance = 0, drift = NAN;
	bool finished = false;
	struct piece line;

	while (read_line(&log, &line)) {
		number_after(line, "Performance:", &performance);
		number_after(line, "  Conserved energy drift:", &drift);
		finished |= read_starts(line, "Finished mdrun");
	}
	if (!finished)
		return error_set(e, "mdrun's log is truncated");
	if (!(performance > 0))
		return error_set(e, "mdrun's log has no performance");
	if (!(fabs(drift) <= DRIFT_MAX))
		return error_set(e,
			"mdrun: wrong result: the energy drifts by %g kJ/mol/ps per atom", drift);
	if (bench_samples_add(out, PERFORMANCE, 0, performance, e) < 0)
		return -1;
	return bench_samples_add(out, DRIFT, 0, drift, e);
}

static int gromacs_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	const char *mark = length ? memmem(text, length, LOG_MARK, strlen(LOG_MARK)) : NULL;
	struct piece log;

	if (!mark)
		return error_set(e, "mdrun's log is missing");
	if (timing_parse("tare-steps", gromacs_metrics, text, (size_t)(mark - text), out, e) < 0)
		return -1;
	log.bytes = mark + strlen(LOG_MARK);
	log.count = (size_t)(text + length - log.bytes);
	return parse_log(log, out, e);
}

static const char *gromacs_why_not(const void *options, const struct machine_facts *facts)
{
	const struct gromacs_options *o = options;

	if (!bench_image_has(facts, "gromacs"))
		return "the image has no gromacs: tare image --with gromacs";
	if (o->threads > facts->cpus)
		return "more threads than the machine has CPUs";
	return NULL;
}

const struct benchmark bench_gromacs = {
	.name = "gromacs",
	.summary = "GROMACS on a box of water, serial or by threads (needs an optional package)",
	.source = "GROMACS 2022 of Debian; serial and parallel as in CESGA 2007",
	.options = gromacs_rows,
	.options_size = sizeof(struct gromacs_options),
	.metrics = gromacs_metrics,
	.topology = TOPOLOGY_ONE,
	.command = gromacs_command,
	.parse = gromacs_parse,
	.why_not = gromacs_why_not,
};
