/* Open MPI's mpirun, of version 4 or 5. What it takes for ssh is tare-rsh (bench/kernels/rsh.c),
 * which prints the request that mpirun wants fulfilled on another machine and waits for its end.
 * Only its own daemon is ever started, orted or prted, on a machine of the team, once. */
#include <arpa/inet.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/run/mpi.h"

#define RSH BENCH_KERNELS_DIR "/tare-rsh"
#define PRTED "/usr/bin/prted"
static const char request_prefix[] = "TARE_RSH ";

/* The smallest block of addresses that holds all machines', as "ADDRESS/PREFIX": the interfaces to
 * be used on every machine, whatever else it is connected to. Empty if one is no IPv4 address. */
static void data_block(const struct mpi_job *mpi, struct text *block)
{
	uint32_t first = 0;
	unsigned prefix = 32;

	for (size_t i = 0; i < mpi->team->machine_count; i++) {
		struct in_addr address;
		if (inet_pton(AF_INET, mpi_address(mpi, i), &address) != 1)
			return;
		uint32_t number = ntohl(address.s_addr);
		first = i ? first : number;
		while (prefix > 0 && (number ^ first) >> (32 - prefix))
			prefix--;
	}
	text_addf(block, "%s/%u", mpi_address(mpi, 0), prefix);
}

static void add_hosts(const struct mpi_job *mpi, struct argv *argv)
{
	cleanup_text struct text block = {0};

	data_block(mpi, &block);
	argv_add_all(argv, "--leave-session-attached", "--mca", "plm_rsh_agent", RSH, "--mca",
		"plm_rsh_no_tree_spawn", "1", NULL);
	if (block.count)
		argv_add_all(argv, "--mca", "oob_tcp_if_include", block.bytes, "--mca",
			"btl_tcp_if_include", block.bytes, NULL);
	argv_add(argv, "-H");
	mpi_add_hosts(mpi, "localhost", argv);
}

static int openmpi_add(const struct mpi_job *mpi, struct argv *argv, struct error *e)
{
	(void)e;
	argv_add_all(argv, "/usr/bin/mpirun.openmpi", "--noprefix", "--allow-run-as-root", "--mca",
		"plm", "^slurm", NULL);
	if (mpi->team->machine_count > 1) {
		add_hosts(mpi, argv);
	} else {
		argv_add(argv, "-H");
		argv_addf(argv, "localhost:%u", mpi->ranks);
	}
	for (size_t i = 0; i < mpi->command->env.count; i++)
		argv_add_all(argv, "-x", mpi->command->env.words[i], NULL);
	argv_add_all(argv, "--bind-to", "none", "-n", NULL);
	argv_addf(argv, "%u", mpi->ranks);
	return 0;
}

/* Requests come before anything that a rank prints: mpirun starts no rank before every daemon has
 * answered. The next one whole, or NULL. */
static const char *next_request(const struct mpi_job *mpi, const char **end)
{
	const char *line = mpi->main->output ? mpi->main->output + mpi->requests_bytes : "";

	if (strncmp(line, request_prefix, sizeof(request_prefix) - 1) != 0)
		return NULL;
	*end = strchr(line, '\n');
	return *end ? line + sizeof(request_prefix) - 1 : NULL;
}

static bool openmpi_asks(const struct mpi_job *mpi)
{
	const char *end;

	return mpi->team->machine_count > 1 && next_request(mpi, &end);
}

/* mpirun quotes for a remote shell; there is none here, and nothing of one is wanted: words
 * between blanks, double quotes around parts of them, and not one other character that a shell
 * would do something with. */
static int split_words(const char *text, size_t length, struct argv *out, struct error *e)
{
	cleanup_text struct text word = {0};
	bool quoted = false, begun = false;

	for (size_t i = 0; i <= length; i++) {
		char c = i < length ? text[i] : ' ';
		if (c == '"') {
			quoted = !quoted;
			begun = true;
		} else if (c == ' ' && (!quoted || i == length)) {
			if (begun)
				argv_add(out, word.bytes ? word.bytes : "");
			text_free(&word);
			begun = false;
		} else if (c < ' ' || c > '~' ||
			   strchr(quoted ? "$`\\" : "$`\\;&|<>(){}*?'#!", c)) {
			return error_set(e, "mpirun uses shell syntax that is not supported: %.*s",
				length < 200 ? (int)length : 200, text);
		} else {
			text_add_bytes(&word, &c, 1);
			begun = true;
		}
	}
	return quoted ? error_set(e, "mpirun sent a command with an unclosed quote") : 0;
}

/* Of version 5: before its daemon it sets, for a shell, where its libraries are. The image has one
 * Open MPI, whose daemon finds them by itself. */
static int request_words(const char *request, const char *end, struct argv *words, struct error *e)
{
	static const char first[] = " PRTE_PREFIX=", last[] = ";" PRTED " ";
	cleanup_text struct text line = {0};
	const char *environment, *daemon;

	text_add_bytes(&line, request, (size_t)(end - request));
	environment = line.count ? strstr(line.bytes, first) : NULL;
	daemon = environment ? strstr(environment, last) : NULL;
	if (!daemon)
		return split_words(request, (size_t)(end - request), words, e);
	cleanup_free char *plain = str_printf(
		"%.*s %s", (int)(environment - line.bytes), line.bytes, daemon + strlen(";"));
	return split_words(plain, strlen(plain), words, e);
}

/* What mpirun may start elsewhere; NULL: nothing of that name. */
static const char *daemon_of(const char *word)
{
	static const struct {
		const char *word, *path;
	} daemons[] = {{"orted", "/usr/bin/orted"}, {PRTED, PRTED}};

	for (size_t i = 0; i < ARRAY_COUNT(daemons); i++)
		if (strcmp(daemons[i].word, word) == 0)
			return daemons[i].path;
	return NULL;
}

static size_t machine_of(const struct mpi_job *mpi, const char *host)
{
	size_t i = 1;

	while (i < mpi->team->machine_count && strcmp(mpi_address(mpi, i), host) != 0)
		i++;
	return i;
}

/* Whether word is what tare-rsh names its FIFO. */
static bool is_fifo(const char *word)
{
	static const char prefix[] = "tare-rsh.";
	size_t length = sizeof(prefix) - 1;

	return strncmp(word, prefix, length) == 0 && word[length] &&
	       !word[length + strspn(word + length, "0123456789")];
}

/* words: the FIFO's name, the host, then what is to run there. */
static int start_daemon(struct mpi_job *mpi, const struct argv *words, struct error *e)
{
	cleanup_argv struct argv argv = {0};
	const char *daemon = words->count < 3 ? NULL : daemon_of(words->words[2]);

	if (!daemon)
		return error_set(e, "mpirun starts %s, not orted or prted",
			words->count < 3 ? "nothing" : words->words[2]);
	if (!is_fifo(words->words[0]))
		return error_set(
			e, "mpirun gave an invalid name of a FIFO: %.100s", words->words[0]);
	size_t machine = machine_of(mpi, words->words[1]);
	if (machine == mpi->team->machine_count || mpi->remotes[machine])
		return error_set(e,
			"mpirun connects to %s, which is not another machine of this run, or "
			"is connected already",
			words->words[1]);
	argv_add(&argv, daemon);
	for (size_t i = 3; i < words->count; i++)
		argv_add(&argv, words->words[i]);
	return mpi_start_remote(mpi, machine, &argv, e);
}

static int openmpi_answer(struct mpi_job *mpi, struct error *e)
{
	cleanup_argv struct argv words = {0};
	const char *end = NULL;
	const char *request = next_request(mpi, &end);

	if (!request)
		return error_set(e, "mpirun sent an empty command");
	if (request_words(request, end, &words, e) < 0 || start_daemon(mpi, &words, e) < 0)
		return -1;
	mpi->requests_bytes = (size_t)(end + 1 - mpi->main->output);
	return 0;
}

/* The request of that machine was one of the lines that were answered: it is found
 * there again, so that no names need to be kept. */
static void openmpi_report(struct mpi_job *mpi, const struct job *remote)
{
	const char *line = mpi->main->output;
	const char *stop = line + mpi->requests_bytes;
	struct seat first = {.machine = mpi->team->machines[0]};

	for (const char *end; line < stop; line = end + 1) {
		cleanup_argv struct argv words = {0}, argv = {0};
		struct error e = {""};
		line += sizeof(request_prefix) - 1;
		end = strchr(line, '\n');
		if (request_words(line, end, &words, &e) < 0 || words.count < 2)
			return;
		size_t machine = machine_of(mpi, words.words[1]);
		if (mpi->remotes[machine] != remote)
			continue;
		argv_add_all(&argv, RSH, "--end", words.words[0], NULL);
		argv_addf(&argv, "%d", remote->exit_status >= 0 ? remote->exit_status : 255);
		jobs_start_argv(mpi->jobs, &first, &argv, NULL, mpi->jobs->directory, &e);
		return;
	}
}

/* mpirun frames what it says with lines of dashes. */
static void openmpi_tidy(struct job *job)
{
	char *to = job->errors;

	if (!to)
		return;
	for (const char *line = job->errors; *line;) {
		size_t length = strcspn(line, "\n");
		const char *next = line + length + (line[length] == '\n');
		if (length < 3 || strspn(line, "-") != length) {
			memmove(to, line, (size_t)(next - line));
			to += next - line;
		}
		line = next;
	}
	*to = '\0';
	job->errors_bytes = (size_t)(to - job->errors);
}

const struct mpi_launcher mpi_openmpi = {
	.program = "mpirun",
	.add = openmpi_add,
	.asks = openmpi_asks,
	.answer = openmpi_answer,
	.report = openmpi_report,
	.tidy = openmpi_tidy,
};
