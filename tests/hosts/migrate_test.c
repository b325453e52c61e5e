/* A machine migrates between two remote hosts (apart.sh makes them of this machine): it continues
 * there, and nothing remains of failed migrations on either host. Needs root, an image and
 * libvirtd. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "tests/hosts/rig.h"
#include "tests/skippable.h"

#define APART TARE_SOURCE_DIR "/tests/hosts/apart.sh"
#define WORK_DIR "/run/work"

static const char *const addresses[] = {"198.18.9.1", "198.18.9.2"};
static char directory[] = "/tmp/tare-test-XXXXXX";
static char *pids[2];
static struct image *image;

static int apart(const char *verb, char **output, struct error *e)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;

	argv_add_all(&argv, APART, verb, directory, NULL);
	if (process_run(&argv, 60, &result, e) < 0)
		return -1;
	int status = result.exit_status;
	*output = take_ptr(result.output);
	process_result_free(&result);
	return status ? error_set(e, "apart.sh %s failed", verb) : 0;
}

/* The output of a command on a host, run by nsenter; caller frees. */
static char *on_host(size_t number, const char *command)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;
	struct error e = {""};

	argv_add_all(
		&argv, "nsenter", "-t", pids[number], "-m", "-n", "-p", "sh", "-c", command, NULL);
	assert_ok(process_run(&argv, 60, &result, &e), e);
	char *output = take_ptr(result.output);
	process_result_free(&result);
	return output;
}

struct pair {
	struct rig rigs[2];
};

static void pair_open_until(struct pair *pair, int interrupt_fd)
{
	const struct network *network;
	struct error e = {""};

	for (size_t i = 0; i < 2; i++) {
		struct rig *rig = &pair->rigs[i];
		rig_open(rig, i ? "apart2" : "apart1", image, "nsenter", "-t", pids[i], "-m", "-n",
			"-p", NULL);
		rig->spec.campaign_id = pair->rigs[0].id;
		rig->spec.address = addresses[i];
		rig->spec.interrupt_fd = interrupt_fd;
		rig->spec.work_dir = WORK_DIR;
#ifdef __SANITIZE_ADDRESS__
		rig->spec.agent_path = NULL; /* it needs libraries that the image lacks */
#endif
		host_free(rig->host);
		rig->host = host_new(&rig->spec);
		assert_ok(host_connect(rig->host, 30, &e), e);
		assert_ok(host_stage_image(rig->host, &e), e);
		assert_ok(host_network(rig->host,
				  &(struct host_data){.bridge = "tare-data", .prefix = 24},
				  &network, &e),
			e);
		assert_int_equal(
			network->mtu, 9000); /* of the bridge, as reported by the remote host */
	}
}

static void pair_open(struct pair *pair)
{
	pair_open_until(pair, -1);
}

/* What remains of machines: processes, work directories, sockets. The mark of a work root belongs
 * to the campaign. left: the campaign has left the hosts, and nothing of it remains either. */
static void assert_clean(const struct pair *pair, bool left)
{
	cleanup_free char *command = str_printf(
		"find " WORK_DIR
		"/%s* -mindepth 1 ! -name .tare-work 2>/dev/null; find /run/tare -name '*.sock'; "
		"pgrep -af [g]uest=tare-; ls /sys/class/net/tare-data/brif | grep -v data; %s true",
		pair->rigs[0].id,
		left ? "ls -d " WORK_DIR "/* /run/tare/*/ 2>/dev/null; pgrep -a tare-host;"
		       "pgrep -a tare-attach;"
		     : "");

	for (size_t i = 0; i < 2; i++) {
		cleanup_free char *output = on_host(i, command);
		/* A stream's reach ends a moment after its machine. */
		for (int j = 0; j < 50 && output[0]; j++) {
			clock_sleep_s(0.1);
			free(output);
			output = on_host(i, command);
		}
		if (output[0])
			fail_msg("left on host %zu: %s", i + 1, output);
	}
}

static void pair_close(struct pair *pair)
{
	host_disconnect(pair->rigs[0].host);
	host_disconnect(pair->rigs[1].host);
	assert_clean(pair, true);
	rig_close(&pair->rigs[1]);
	rig_close(&pair->rigs[0]);
}

static struct host_machine *start(struct pair *pair, const char *uri)
{
	struct error e = {""};
	cleanup_free char *migrate_uri = str_printf("migrate_uri=%s", uri);
	const char *const values[] = {"accelerator=tcg", migrate_uri, NULL};
	struct host_machine *machine = rig_start(&pair->rigs[0], "libvirt", "mover", values, &e);

	if (!machine || agent_hello(machine->agent, 120, &e) < 0)
		fail_msg("%s", e.text);
	return machine;
}

static struct job *job_start(struct host_machine *machine)
{
	cleanup_argv struct argv argv = {0};
	struct job_spec spec = {.argv = &argv, .timeout_s = 240, .output_limit = 1 << 20};
	struct job *job = NULL;
	struct error e = {""};

	/* The job prints continuously: what is in transit when the stream changes must arrive. */
	argv_add_all(&argv, "/bin/sh", "-c",
		"i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); [ $((i % 20)) = 0 ] && "
		"sleep 0.05; done; echo ended",
		NULL);
	assert_ok(agent_job_start(machine->agent, &spec, &job, &e), e);
	while (job->state != JOB_RUNNING)
		assert_int_equal(agent_poll(&job, 1, 30, -1), 1);
	return job;
}

static void job_finish(struct job *job)
{
	cleanup_text struct text expected = {0};
	struct error e = {""};

	for (int i = 0; i < 2000; i++)
		text_addf(&expected, "%d\n", i);
	text_add(&expected, "ended\n");
	while (job->state != JOB_DONE && job->state != JOB_LOST)
		agent_poll(&job, 1, 30, -1);
	assert_ok(job_check(job, &e), e);
	assert_string_equal(job->output, expected.bytes);
	job_free(job);
}

/* There and back: memory, disk, jobs and the conversation are kept. */
static void test_moves(void **state)
{
	struct error e = {""};
	struct pair pair = {0};
	double took_s = 0;

	(void)state;
	pair_open(&pair);
	struct host_machine *machine = start(&pair, "auto");
	cleanup_free char *boot = rig_shell(
		machine, "cat /proc/sys/kernel/random/boot_id; echo disk >/scratch/kept; sync", &e);
	assert_some(boot, e);
	for (size_t i = 1; i < 3; i++) {
		struct job *job = job_start(machine);
		assert_ok(host_machine_migrate(machine, pair.rigs[i % 2].host, &took_s, &e), e);
		printf("moved in %.2f s\n", took_s);
		assert_true(took_s > 0);
		assert_ptr_equal(machine->host, pair.rigs[i % 2].host);
		cleanup_free char *here = on_host(i % 2, "pgrep -fc [g]uest=tare-");
		assert_string_equal(here, "1\n");
		cleanup_free char *there = on_host((i + 1) % 2, "pgrep -fc [g]uest=tare-; true");
		assert_string_equal(there, "0\n");
		job_finish(job);
		cleanup_free char *again = rig_shell(machine,
			"cat /proc/sys/kernel/random/boot_id; echo 3 >/proc/sys/vm/drop_caches; "
			"grep -q disk /scratch/kept",
			&e);
		assert_some(again, e);
		assert_string_equal(again, boot);
		cleanup_free char *log = host_machine_log_tail(machine);
		assert_non_null(log);
	}
	rig_stop(machine);
	assert_clean(&pair, false);
	pair_close(&pair);
}

static void refused(const char *uri, const char *why, size_t destination)
{
	struct error e = {""};
	struct pair pair = {0};
	double took_s, begun_s;

	pair_open(&pair);
	struct host_machine *machine = start(&pair, uri);
	begun_s = clock_monotonic_s();
	assert_int_equal(
		host_machine_migrate(machine, pair.rigs[destination].host, &took_s, &e), -1);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" is not in \"%s\"", why, e.text);
	assert_true(clock_monotonic_s() - begun_s < 30);
	rig_stop(machine);
	assert_clean(&pair, false);
	pair_close(&pair);
}

/* The destination waits for a machine that does not arrive, and gives up. */
static void test_unreachable(void **state)
{
	(void)state;
	refused("qemu+tcp://{address}:1/system", "198.18.9.2:1/system", 1);
}

static void test_to_itself(void **state)
{
	(void)state;
	refused("auto", "machine is already on apart1", 0);
}

static void kill_service(size_t number)
{
	free(on_host(number, "pkill -9 -f '[t]are-host serve'"));
}

/* A lost host receives no machine, and the next service there finds nothing left. */
static void test_lost(void **state)
{
	struct error e = {""};
	struct pair pair = {0};
	double took_s = 0;

	(void)state;
	pair_open(&pair);
	struct host_machine *machine = start(&pair, "auto");
	kill_service(1);
	assert_int_equal(host_machine_migrate(machine, pair.rigs[1].host, &took_s, &e), -1);
	assert_non_null(strstr(e.text, "apart2 is lost"));
	rig_stop(machine);
	assert_ok(host_connect(pair.rigs[1].host, 30, &e), e);
	/* tare-host is killed after the migration: the machine is lost, and cleaned up by the next
	 * service. */
	const struct network *network;
	assert_ok(host_stage_image(pair.rigs[1].host, &e), e);
	assert_ok(host_network(pair.rigs[1].host,
			  &(struct host_data){.bridge = "tare-data", .prefix = 24}, &network, &e),
		e);
	machine = start(&pair, "auto");
	assert_ok(host_machine_migrate(machine, pair.rigs[1].host, &took_s, &e), e);
	kill_service(1);
	rig_stop(machine);
	assert_ok(host_connect(pair.rigs[1].host, 30, &e), e);
	assert_clean(&pair, false);
	pair_close(&pair);
}

/* As soon as the destination has a QEMU that waits for the guest. */
static void *interrupt_soon(void *fd)
{
	for (int i = 0; i < 600; i++) {
		cleanup_free char *found = on_host(1, "pgrep -f [g]uest=tare- || true");
		if (found[0])
			break;
		clock_sleep_s(0.02);
	}
	assert_int_equal(eventfd_write(*(int *)fd, 1), 0);
	return NULL;
}

/* Killed during the migration: the machine is on neither host afterwards. */
static void test_interrupted(void **state)
{
	struct error e = {""};
	struct pair pair = {0};
	int fd = eventfd(0, EFD_CLOEXEC);
	pthread_t thread;
	double took_s = 0;

	(void)state;
	assert_true(fd >= 0);
	pair_open_until(&pair, fd);
	struct host_machine *machine = start(&pair, "auto");
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, &fd), 0);
	double begun_s = clock_monotonic_s();
	assert_int_equal(host_machine_migrate(machine, pair.rigs[1].host, &took_s, &e), -1);
	assert_non_null(strstr(e.text, "interrupted"));
	pthread_join(thread, NULL);
	rig_stop(machine);
	assert_true(clock_monotonic_s() - begun_s < 60);
	assert_clean(&pair, false);
	pair_close(&pair);
	close(fd);
}

static int tear_down(void **state)
{
	struct error e = {""};
	char *output = NULL;

	(void)state;
	apart("down", &output, &e);
	free(output);
	free(pids[0]);
	dir_remove(directory, NULL);
	image_free(image);
	return 0;
}

static int set_up(struct error *e)
{
	if (geteuid() != 0)
		return error_set(e, "not root");
	if (!file_exists("/usr/sbin/libvirtd"))
		return error_set(e, "no libvirtd");
	if (image_open(NULL, &image, e) < 0 || !mkdtemp(directory))
		return -1;
	if (apart("up", &pids[0], e) < 0)
		return -1;
	pids[1] = strchr(pids[0], '\n') + 1;
	pids[0][strcspn(pids[0], "\n")] = pids[1][strcspn(pids[1], "\n")] = '\0';
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_to_itself),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_interrupted),
	};
	struct error e = {""};

	bool possible = set_up(&e) == 0;
	return RUN_UNLESS(possible ? NULL : e.text, "migrate", tests, NULL, tear_down);
}
