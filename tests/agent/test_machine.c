/* What an agent does besides jobs: greeting, facts, clock, files, network, and its modes. */
#include "common.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/protocol.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

/* Steps over one JSON value; NULL if it is none. Strict enough to catch a missing comma or
 * quote, a bare word, or a number that is none. */
static const char *json_skip(const char *at)
{
	if (*at == '"') {
		for (at++; *at && *at != '"'; at++) {
			if ((unsigned char)*at < 0x20 || (*at == '\\' && !*++at))
				return NULL;
		}
		return *at ? at + 1 : NULL;
	}
	if (*at == '{') {
		bool first = true;

		for (at++; *at != '}'; first = false) {
			if (!first && *at++ != ',')
				return NULL;
			if (*at != '"' || !(at = json_skip(at)) || *at++ != ':' ||
				!(at = json_skip(at)))
				return NULL;
		}
		return at + 1;
	}
	char *end;
	strtod(at, &end);
	return end != at && !strchr("ni", *at) ? end : NULL;
}

static void facts_are_json(void **state)
{
	static const char *const KEYS[] = {"\"kernel\":\"",
		"\"cpus\":", "\"mem_total_bytes\":", "\"cpu_model\":\"", "\"page_bytes\":4096",
		"\"steal_s\":", "\"uptime_s\":", "\"boot_command_line\":\"", "\"load\":"};
	struct agent *agent = agent_start(NULL);
	struct error e = {0};
	char *json;

	(void)state;
	assert_ok(agent_facts(agent, 5, &json, &e), &e);
	const char *end = json_skip(json);
	if (!end || *end)
		fail_msg("not JSON: %s", json);
	for (size_t i = 0; i < ARRAY_COUNT(KEYS); i++) {
		if (!strstr(json, KEYS[i]))
			fail_msg("%s is missing in %s", KEYS[i], json);
	}
	char expected[32];
	snprintf(expected, sizeof(expected), "\"cpus\":%ld,", sysconf(_SC_NPROCESSORS_ONLN));
	assert_non_null(strstr(json, expected));
	free(json);
	agent_free(agent);
}

static void clock_is_probed(void **state)
{
	struct agent *agent = agent_start(NULL);
	struct agent_clock clock;
	struct error e = {0};

	(void)state;
	for (int i = 0; i < 20; i++) {
		int64_t before_ns = clock_monotonic_ns();

		assert_ok(agent_clock(agent, 5, &clock, &e), &e);
		assert_true(clock.sent_ns <= clock.far_realtime_ns);
		assert_true(clock.far_realtime_ns <= clock.received_ns);
		assert_true(before_ns <= clock.far_monotonic_ns);
		assert_true(clock.far_monotonic_ns <= clock_monotonic_ns());
	}
	agent_free(agent);
}

static void files_are_put(void **state)
{
	enum { COUNT = 5 * 1000 * 1000 };
	char *path = str_printf("/tmp/tare-agent-test-%d/deep/file", (int)getpid());
	char *top = str_printf("/tmp/tare-agent-test-%d", (int)getpid());
	struct agent *agent = agent_start(NULL);
	struct error e = {0};
	char *bytes = mem_new(COUNT, 1), *back;
	size_t sizes[] = {COUNT, 0, 1, FRAME_CHUNK_BYTES, FRAME_CHUNK_BYTES + 1}, count;
	uint32_t random = 5;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = (char)(random >> 24);
	}
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		assert_ok(agent_put(agent, path, 0751, bytes, sizes[i], 20, &e), &e);
		assert_ok(file_read(path, COUNT, &back, &count, &e), &e);
		assert_int_equal(count, sizes[i]);
		assert_memory_equal(back, bytes, count);
		free(back);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0751);
	}
	assert_int_equal(agent_put(agent, "relative", 0644, "", 0, 5, &e), -1);
	assert_non_null(strstr(e.text, "relative is not absolute"));
	assert_int_equal(agent_put(agent, "/proc/no/file", 0644, bytes, COUNT, 5, &e), -1);
	assert_int_equal(agent_put(agent, top, 0644, "x", 1, 5, &e), -1);
	char *partial = str_printf("%s.partial", top);
	assert_false(file_exists(partial));
	free(partial);
	/* The stream is still in order. */
	assert_ok(agent_put(agent, path, 0644, "x", 1, 5, &e), &e);
	assert_ok(dir_remove(top, &e), &e);
	free(bytes);
	free(path);
	free(top);
	agent_free(agent);
}

/* An agent in a network namespace of its own after a command there; skips where that cannot be. */
static struct agent *agent_in_namespace(const char *command)
{
	static const char *const words[] = {"/usr/bin/unshare", "--net", NULL};

	if (geteuid() != 0 || !file_exists("/usr/bin/unshare") || !file_exists("/sbin/ip"))
		skip();
	struct agent *agent = agent_start(words);
	struct job *job = job_run(agent, (struct job_spec){0}, SHELL(command));
	bool done = job_check(job, NULL) == 0;
	job_free(job);
	if (!done) {
		agent_free(agent);
		skip();
	}
	return agent;
}

static void network_is_configured(void **state)
{
	struct error e = {0};

	(void)state;
	struct agent *agent = agent_in_namespace(
		"/sbin/ip link add vone type veth peer name vtwo && /sbin/ip link set vtwo up");
	assert_int_equal(agent_network(agent, NULL, "198.18.0.300/24", 0, 10, &e), -1);
	assert_non_null(strstr(e.text, "expected an address like"));
	assert_int_equal(agent_network(agent, NULL, "198.18.0.3", 0, 10, &e), -1);
	assert_int_equal(agent_network(agent, "lo", "198.18.0.3/33", 0, 10, &e), -1);
	for (int i = 0; i < 2; i++)
		assert_ok(agent_network(agent, "vone", "198.18.7.2/23", 0, 10, &e), &e);
	struct job *job = job_run(agent, (struct job_spec){0},
		WORDS("/sbin/ip", "-4", "-o", "addr", "show", "dev", "vone"));
	assert_non_null(strstr(job->output, "198.18.7.2/23 brd 198.18.7.255"));
	job_free(job);
	/* Without a name: the first Ethernet interface, never the loopback. */
	assert_ok(agent_network(agent, NULL, "198.18.8.2/24", 0, 10, &e), &e);
	job = job_run(agent, (struct job_spec){0}, WORDS("/sbin/ip", "-4", "-o", "addr"));
	assert_non_null(strstr(job->output, "198.18.8.2/24"));
	assert_null(strstr(job->output, "lo "));
	job_free(job);
	agent_free(agent);
}

static void has_mtu(struct agent *agent, const char *interface, const char *mtu)
{
	struct job *job = job_run(agent, (struct job_spec){0},
		WORDS("/sbin/ip", "-o", "link", "show", "dev", interface));

	assert_non_null(strstr(job->output, mtu));
	job_free(job);
}

/* A macvlan takes no more than its lower device has, as a card takes no more than its own limit. */
static void card_gets_the_mtu_that_it_takes(void **state)
{
	struct error e = {0};

	(void)state;
	struct agent *agent =
		agent_in_namespace("/sbin/ip link add vone mtu 9000 type veth peer name vtwo && "
				   "/sbin/ip link add mac link vone mtu 1500 type macvlan && "
				   "/sbin/ip link set vtwo up && /sbin/ip link set vone up");
	assert_ok(agent_network(agent, "mac", "198.18.7.2/23", 0, 10, &e), &e);
	has_mtu(agent, "mac", " mtu 1500 ");
	assert_ok(agent_network(agent, "mac", "198.18.7.2/23", 8000, 10, &e), &e);
	has_mtu(agent, "mac", " mtu 8000 ");
	assert_ok(agent_network(agent, "mac", "198.18.7.2/23", 32000, 10, &e), &e);
	has_mtu(agent, "mac", " mtu 9000 ");
	agent_free(agent);
}

static void speaks_on_a_socket(void **state)
{
	char *path = str_printf("/tmp/tare-agent-test-%d.sock", (int)getpid());
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct error e = {0};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;

	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		execl(AGENT_PATH, "tare-agent", "--socket", path, (char *)NULL);
		_exit(127);
	}
	strcpy(address.sun_path, path);
	for (int i = 0; connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0; i++) {
		assert_true(i < 1000);
		clock_sleep_s(0.01);
	}
	struct agent *agent = agent_new("socket", fd, fd, 0);
	assert_ok(agent_hello(agent, 5, &e), &e);
	/* Whatever the agent's own stdin is. */
	struct job *job = job_run(agent, (struct job_spec){0}, SHELL("readlink /proc/$$/fd/0"));
	assert_string_equal(job->output, "/dev/null\n");
	job_free(job);
	assert_false(file_exists(path));
	agent_free(agent);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	free(path);
}

/* A second orchestrator on the same stream (the first was killed): its hello ends what the first
 * one left. */
static void new_session_takes_over(void **state)
{
	struct argv argv = {0};
	struct error e = {0};
	pid_t pid;
	int to, from;

	(void)state;
	argv_add(&argv, AGENT_PATH);
	assert_ok(process_spawn(&argv, NULL, &pid, &to, &from, &e), &e);
	argv_free(&argv);
	struct agent *first = agent_new("first", dup(from), dup(to), 0);
	assert_ok(agent_hello(first, 5, &e), &e);
	struct job *job = job_begin(first, (struct job_spec){0}, SHELL("echo $$; exec sleep 1000"));
	while (!job->output_bytes)
		agent_poll(&job, 1, 5, -1);
	int sleeper = atoi(job->output);
	struct agent *second = agent_new("second", from, to, pid);
	assert_ok(agent_hello(second, 5, &e), &e);
	assert_int_equal(kill(sleeper, 0), -1);
	struct job *other = job_run(second, (struct job_spec){0}, WORDS("/bin/echo", "second"));
	assert_string_equal(other->output, "second\n");
	job_free(other);
	agent_free(second);
	job_free(job);
	agent_free(first);
}

static void silence_is_an_error(void **state)
{
	struct argv argv = {0};
	struct error e = {0};

	(void)state;
	argv_add_all(&argv, "/bin/sleep", "1000", NULL);
	struct agent *agent = agent_spawn("mute", &argv, NULL, &e);
	double start_s = clock_monotonic_s();
	assert_int_equal(agent_hello(agent, 0.3, &e), -1);
	assert_true(clock_monotonic_s() - start_s < 2);
	assert_string_equal(e.text, "mute: the agent did not answer in 0.3 s");
	agent_free(agent);
	argv_free(&argv);

	argv_add_all(&argv, "/bin/sh", "-c", "exit 7", NULL);
	agent = agent_spawn("dead", &argv, NULL, &e);
	assert_int_equal(agent_hello(agent, 5, &e), -1);
	assert_non_null(strstr(e.text, "dead: the stream to the agent ended"));
	agent_free(agent);
	argv_free(&argv);
	assert_true(clock_monotonic_s() - start_s < 5);
}

static void usage_is_checked(void **state)
{
	static const struct {
		const char *option;
		int exit_status;
		const char *output;
	} CASES[] = {
		{"--version", 0, "tare-agent " TARE_VERSION ", protocol 2\n"},
		{"--help", 0, "usage: tare-agent"},
		{"--nonsense", 2, "usage: tare-agent"},
		{"--socket", 2, "usage: tare-agent"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(CASES); i++) {
		struct argv argv = {0};
		struct process_result result;
		struct error e = {0};

		argv_add_all(&argv, AGENT_PATH, CASES[i].option, NULL);
		assert_ok(process_run(&argv, 5, &result, &e), &e);
		assert_int_equal(result.exit_status, CASES[i].exit_status);
		assert_ptr_equal(strstr(result.output, CASES[i].output), result.output);
		process_result_free(&result);
		argv_free(&argv);
	}
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(facts_are_json),
		cmocka_unit_test(clock_is_probed),
		cmocka_unit_test(files_are_put),
		cmocka_unit_test(network_is_configured),
		cmocka_unit_test(card_gets_the_mtu_that_it_takes),
		cmocka_unit_test(speaks_on_a_socket),
		cmocka_unit_test(new_session_takes_over),
		cmocka_unit_test(silence_is_an_error),
		cmocka_unit_test(usage_is_checked),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
