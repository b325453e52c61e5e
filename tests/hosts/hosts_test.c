/* Hosts and their machines: this machine itself, and the same as a remote host. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skippable.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "counters/counters.h"
#include "hosts/private.h"
#include "hosts/wire.h"
#include "tests/hosts/rig.h"

static void assert_shell(struct host_machine *machine, const char *line, const char *expected)
{
	struct error e = {""};
	cleanup_free char *output = rig_shell(machine, line, &e);

	if (!output)
		fail_msg("%s: %s", line, e.text);
	assert_string_equal(output, expected);
}

static void check_facts(const struct host *host)
{
	const struct host_facts *facts = host_facts(host);

	assert_string_equal(facts->hypervisor, "none");
	assert_true(facts->cpus > 0);
	assert_true(facts->memory_bytes > 1 << 20);
	assert_int_equal(strspn(facts->kernel, "0123456789"), 1);
	assert_true(facts->cpu_end >= facts->cpus);
	assert_true(facts->capacity_known);
	assert_int_equal(strlen(facts->boot_id), 36);
	assert_null(facts->hypervisor_version);
}

/* Every host of these tests has this machine's clock. */
static void check_clock(struct host *host)
{
	int64_t sent_ns, far_ns, received_ns;
	struct error e = {""};

	assert_ok(host_clock(host, &sent_ns, &far_ns, &received_ns, &e), e);
	assert_true(sent_ns <= far_ns && far_ns <= received_ns);
}

static double counted(const struct counter_list *list, const char *source, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].source, source) == 0 && list->items[i].name &&
			strcmp(list->items[i].name, name) == 0)
			return list->items[i].value;
	fail_msg("%s %s was not counted", source, name);
	return 0;
}

/* What a machine's job uses is the run's own time, and every CPU's busy time grows with it. */
static void check_counting(struct host *host, struct host_machine *machine)
{
	static const unsigned cpus[] = {0, 1};
	struct counter_list before = {0}, after = {0};
	struct host_counting counting = {
		.host = host, .cpus = cpus, .cpu_count = 2, .counters = &before};

	hosts_count(&counting, 1);
	assert_shell(machine, "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done", "");
	counting = (struct host_counting){.host = host, .after = true, .counters = &after};
	hosts_count(&counting, 1);
	double own_s = counted(&after, "processes", "own") - counted(&before, "processes", "own");
	double busy_s = counted(&after, "cpu", "busy") - counted(&before, "cpu", "busy");
	if (!(own_s > .05 && busy_s > .5 * own_s))
		fail_msg("own %g s, busy %g s", own_s, busy_s);
	counter_list_free(&before);
	counter_list_free(&after);
}

/* A source without a name has a reason instead of a value; nothing else is taken. */
static void test_invalid_counters(void **state)
{
	static const struct {
		const char *json;
		bool valid;
	} cases[] = {
		{"[]", true},
		{"[[\"cpu\", \"busy\", \"s\", \"total\", 1.5, null]]", true},
		{"[[\"irq\", \"timer\", \"1\", \"total32\", 3, \"about it\"]]", true},
		{"[[\"kvm\", null, null, \"total\", null, \"no such file\"]]", true},
		{"[[\"cpu\", \"own\", \"s\", \"total\", null, \"it ended\"]]", true},
		{"null", false},
		{"{}", false},
		{"[5]", false},
		{"[[]]", false},
		{"[[null, \"busy\", \"s\", \"total\", 1, null]]", false},
		{"[[\"cpu\", \"busy\", null, \"total\", 1, null]]", false},
		{"[[\"cpu\", \"busy\", \"s\", \"totals\", 1, null]]", false},
		{"[[\"cpu\", \"busy\", \"s\", null, 1, null]]", false},
		{"[[\"cpu\", \"busy\", \"s\", \"total\", null, null]]", false},
		{"[[\"cpu\", \"busy\", \"s\", \"total\", \"1\", null]]", false},
		{"[[\"cpu\", null, null, \"total\", 1, null]]", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct counter_list list = {0};
		struct error e = {""};
		json_t *json = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
		assert_non_null(json);
		int status = wire_counters_list_read(json, &list, &e);
		if ((status == 0) != cases[i].valid || (status < 0) != error_is_set(&e))
			fail_msg("%s: %s", cases[i].json, e.text);
		if (status == 0) {
			json_t *again = wire_counters_list(&list);
			assert_int_equal(json_array_size(again), json_array_size(json));
			json_decref(again);
		}
		counter_list_free(&list);
		json_decref(json);
	}
}

/* The same for a host of either kind. */
static void live(struct rig *rig)
{
	struct error e = {""};

	assert_false(host_connected(rig->host));
	assert_ok(host_connect(rig->host, 30, &e), e);
	assert_ok(host_connect(rig->host, 30, &e), e);
	assert_true(host_connected(rig->host));
	check_facts(rig->host);
	check_clock(rig->host);
	assert_ok(host_probe(rig->host, driver_find("fake"), NULL, &e), e);
	struct host_machine *one = rig_start(rig, "fake", "one", NULL, &e);
	struct host_machine *two =
		rig_start(rig, "fake", "two", (const char *[]){"emulated=true", NULL}, &e);
	assert_non_null(one);
	assert_non_null(two);
	assert_ptr_equal(one->host, rig->host);
	assert_ptr_equal(one->driver, driver_find("fake"));
	assert_true(two->emulated);
	assert_string_equal(one->address, "127.0.0.1");
	assert_non_null(strstr(one->facts_json, "\"driver\""));
	assert_shell(one, "echo one", "one\n");
	assert_shell(two, "head -c 300000 /dev/zero | tr '\\0' x | wc -c", "300000\n");
	check_counting(rig->host, one);
	/* After a restore the conversation continues over a new stream. */
	assert_ok(host_machine_save(one, &e), e);
	assert_ok(host_machine_restore(one, &e), e);
	assert_shell(one, "echo more", "more\n");
	cleanup_free char *log = host_machine_log_tail(one);
	assert_non_null(log);
	rig_stop(one);
	assert_shell(two, "echo still", "still\n");
	rig_stop(two);
	host_disconnect(rig->host);
	assert_false(host_connected(rig->host));
	assert_ok(host_connect(rig->host, 30, &e), e);
	one = rig_start(rig, "fake", "one", NULL, &e);
	assert_non_null(one);
	assert_shell(one, "echo again", "again\n");
	rig_stop(one);
}

static void test_local(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "here", NULL, NULL);
	live(&rig);
	rig_close(&rig);
}

static void test_reached(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "there", NULL, "env", "HOST={host}", NULL);
	live(&rig);
	rig_close(&rig);
}

static int attach_socket(const char *id)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/run/tare/%s/host.socket", id);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* On a busy host a client does not run for a while after it has connected. */
static void test_attach_is_slow(void **state)
{
	struct rig rig;
	struct error e = {""};
	char answer = 0;

	(void)state;
	rig_open(&rig, "busy", NULL, "env", NULL);
	assert_ok(host_connect(rig.host, 30, &e), e);
	struct host_machine *machine = rig_start(&rig, "fake", "one", NULL, &e);
	assert_some(machine, e);
	int fd = attach_socket(rig.host->id);
	clock_sleep_s(2.5);
	assert_int_equal(send(fd, "one\n", 4, MSG_NOSIGNAL), 4);
	assert_int_equal(recv(fd, &answer, 1, 0), 1);
	assert_int_equal(answer, '+');
	close(fd);
	rig_stop(machine);
	rig_close(&rig);
}

/* What tare-attach says of a service's machine, on one line. */
static char *attach_error(const char *id, const char *machine)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;
	struct error e = {""};

	argv_add_all(&argv, TARE_BINARY_DIR "/hosts/tare-attach", id, machine, NULL);
	assert_ok(process_run(&argv, 10, &result, &e), e);
	assert_int_equal(result.exit_status, 1);
	char *text = str_dup(result.output);
	process_result_free(&result);
	return text;
}

static void test_attach_refused(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "refuses", NULL, "env", NULL);
	assert_ok(host_connect(rig.host, 30, &e), e);
	cleanup_free char *machine = attach_error(rig.host->id, "one");
	assert_non_null(strstr(machine, "no machine one of "));
	rig_close(&rig);
	cleanup_free char *service = attach_error(rig.id, "one");
	assert_non_null(strstr(service, "no service of "));
	assert_non_null(strstr(service, "No such file or directory\n"));
}

/* Listens as a service of that id does, as another user, until it is killed. */
static pid_t listen_as_nobody(const char *id)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_free char *directory = str_printf("/run/tare/%s", id);
	int ready[2];
	char byte;

	assert_int_equal(mkdir("/run/tare", 0700) == 0 || errno == EEXIST, 1);
	assert_int_equal(mkdir(directory, 0700), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/host.socket", directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setuid(65534) == 0 && listen(fd, 1) == 0)
			(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	close(fd);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* Whose machine would be given what is meant for this one. */
static void test_service_of_another_user(void **state)
{
	cleanup_free char *id = str_printf("t%dother", (int)getpid() % 100000);
	cleanup_free char *directory = str_printf("/run/tare/%s", id);

	(void)state;
	pid_t pid = listen_as_nobody(id);
	cleanup_free char *said = attach_error(id, "one");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(dir_remove(directory, NULL), 0);
	assert_non_null(strstr(said, "Operation not permitted\n"));
}

/* As with a full disk: the id is released. */
static void test_no_work_directory(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "full", NULL, "env", NULL);
	rig.spec.work_dir = "/proc/tare";
	host_free(rig.host);
	rig.host = host_new(&rig.spec);
	assert_int_equal(host_connect(rig.host, 30, &e), -1);
	assert_false(host_seems_down(rig.host));
	if (!strstr(e.text, "cannot make the directory"))
		fail_msg("%s", e.text);
	rig_close(&rig); /* and finds nothing in /run/tare */
}

/* Several hosts of one campaign may be one machine. */
static void test_same_machine(void **state)
{
	struct rig one, two;
	struct error e = {""};

	(void)state;
	rig_open(&one, "one", NULL, "env", NULL);
	rig_open(&two, "two", NULL, "env", NULL);
	two.spec.campaign_id = one.id;
	host_free(two.host);
	two.host = host_new(&two.spec);
	assert_ok(host_connect(one.host, 30, &e), e);
	assert_ok(host_connect(two.host, 30, &e), e);
	struct host_machine *machines[2] = {rig_start(&one, "fake", "same", NULL, &e),
		rig_start(&two, "fake", "same", NULL, &e)};
	assert_shell(machines[0], "echo 1", "1\n");
	assert_shell(machines[1], "echo 2", "2\n");
	hosts_stop(machines, 2);
	rig_close(&two);
	rig_close(&one);
}

/* An orchestrator that lost its host connects again while the earlier service is alive: that one
 * leaves and stops its machines. */
static void test_comes_again(void **state)
{
	struct rig first, again;
	struct error e = {""};

	(void)state;
	rig_open(&first, "host", NULL, "env", NULL);
	assert_ok(host_connect(first.host, 30, &e), e);
	struct host_machine *old = rig_start(&first, "fake", "one", NULL, &e);
	assert_shell(old, "echo 1", "1\n");
	rig_open(&again, "host", NULL, "env", NULL);
	again.spec.campaign_id = first.id;
	again.spec.work_dir = first.work_dir;
	host_free(again.host);
	again.host = host_new(&again.spec);
	assert_ok(host_connect(again.host, 30, &e), e);
	struct host_machine *young = rig_start(&again, "fake", "one", NULL, &e);
	assert_shell(young, "echo 2", "2\n");
	cleanup_free char *none = rig_shell(old, "echo 3", &e);
	assert_null(none);
	rig_stop(old);
	assert_shell(young, "echo 4", "4\n");
	rig_stop(young);
	rig_close(&again);
	rig_close(&first);
}

/* Starts that fail say why, and leave the host as it was. */
static void test_failing(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "host", NULL, "env", NULL);
	assert_ok(host_connect(rig.host, 30, &e), e);
	assert_null(rig_start(&rig, "fake", "one", (const char *[]){"fail_nth=1", NULL}, &e));
	assert_non_null(strstr(e.text, "as configured"));
	assert_null(rig_start(&rig, "fake", "a b", NULL, &e));
	assert_null(rig_start(&rig, "fake", "../up", NULL, &e));
	assert_true(host_connected(rig.host));
	struct host_machine *machine = rig_start(&rig, "fake", "one", NULL, &e);
	assert_non_null(machine);
	assert_null(rig_start(&rig, "fake", "one", NULL, &e));
	assert_non_null(strstr(e.text, "already"));
	host_disconnect(rig.host);
	rig_stop(machine);
	rig_close(&rig);
}

/* A host with its own build of the programs, which other tests do not use, and whose reach kills
 * the first tare-host. */
struct own_build {
	struct rig rig;
	char *directory, *agent, *programs;
};

static void own_build_open(struct own_build *own)
{
	static const char script[] = "if [ \"$2\" = serve ] && [ -e \"$0/once\" ]; then "
				     "rm \"$0/once\"; exit 1; fi; echo \"$@\" >>\"$0/commands\"; "
				     "exec \"$@\"";
	cleanup_argv struct argv copy = {0};
	struct error e = {""};

	own->directory = str_printf("/tmp/tare-test-own-%d", (int)getpid());
	own->agent = str_printf("%s/tare-agent", own->directory);
	assert_ok(dir_make(own->directory, &e), e);
	argv_add_all(&copy, "cp", TARE_BINARY_DIR "/agent/tare-agent", own->agent, NULL);
	assert_ok(process_check(&copy, 60, &e), e);
	FILE *file = fopen(own->agent, "ae");
	assert_non_null(file);
	fprintf(file, "%d", (int)getpid());
	fclose(file);
	rig_open(&own->rig, "own", NULL, "sh", "-c", script, own->directory, NULL);
	own->rig.spec.agent_path = own->agent;
	host_free(own->rig.host);
	own->rig.host = host_new(&own->rig.spec);
	cleanup_free char *digest = remote_programs_digest(own->rig.host, &e);
	own->programs = str_printf(PROGRAMS_DIR "/%s", digest);
}

static void own_build_close(struct own_build *own)
{
	rig_close(&own->rig);
	dir_remove(own->programs, NULL);
	dir_remove(own->directory, NULL);
	free(own->programs);
	free(own->agent);
	free(own->directory);
}

static ino_t inode(const char *path)
{
	struct stat st = {0};

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* Programs left half-written by a power failure would run as root: they are renamed after they have
 * been synced to disk. */
static void test_programs_are_on_the_disk(void **state)
{
	struct error e = {""};
	struct own_build own;
	size_t count;

	(void)state;
	own_build_open(&own);
	assert_ok(host_connect(own.rig.host, 60, &e), e);
	cleanup_free char *path = str_printf("%s/commands", own.directory), *commands = NULL;
	assert_ok(file_read(path, 1 << 16, &commands, &count, &e), e);
	const char *unpacked = strstr(commands, "\ntar "), *synced = strstr(commands, "\nsync "),
		   *named = strstr(commands, "\nmv -T ");
	assert_true(unpacked && synced && named && unpacked < synced && synced < named);
	cleanup_free char *line = str_printf("%.*s", (int)(named - synced), synced);
	assert_non_null(strstr(line, "/tare-host "));
	assert_non_null(strstr(line, "/tare-agent "));
	own_build_close(&own);
}

/* A tare-host of another campaign may run from there. */
static void test_programs_stay(void **state)
{
	struct error e = {""};
	struct own_build own;

	(void)state;
	own_build_open(&own);
	cleanup_free char *once = str_printf("%s/once", own.directory);
	assert_ok(host_connect(own.rig.host, 60, &e), e);
	ino_t before = inode(own.programs);
	host_disconnect(own.rig.host);
	assert_ok(file_write(once, "", 0, &e), e);
	assert_ok(host_connect(own.rig.host, 60, &e), e);
	assert_false(file_exists(once));
	assert_int_equal(inode(own.programs), before);
	own_build_close(&own);
}

static void test_damaged_programs_are_replaced(void **state)
{
	struct error e = {""};
	struct own_build own;

	(void)state;
	own_build_open(&own);
	cleanup_free char *fake = str_printf("%s/tare-fake", own.programs);
	assert_ok(host_connect(own.rig.host, 60, &e), e);
	host_disconnect(own.rig.host);
	assert_ok(file_write(fake, "damage", 6, &e), e);
	assert_ok(host_connect(own.rig.host, 60, &e), e);
	struct host_machine *machine = rig_start(&own.rig, "fake", "one", NULL, &e);
	assert_some(machine, e);
	rig_stop(machine);
	own_build_close(&own);
}

static void leave_work(const struct rig *rig, const char *id, const char *mark)
{
	cleanup_free char *directory = str_printf("%s/%s", rig->work_dir, id);
	cleanup_free char *path = str_printf("%s/.tare-work", directory);
	struct error e = {""};

	assert_ok(dir_make(directory, &e), e);
	if (mark)
		assert_ok(file_write(path, mark, strlen(mark), &e), e);
}

static bool is_left(const struct rig *rig, const char *id)
{
	cleanup_free char *directory = str_printf("%s/%s", rig->work_dir, id);

	return file_exists(directory);
}

/* A boot clears /run, but leaves work directories on disks. */
static void test_work_of_an_earlier_boot(void **state)
{
	static const char ours[] = "00112233aabb", others[] = "00112233aabc",
			  unmarked[] = "00112233aabd", used[] = "00112233aabe";
	struct error e = {""};
	struct rig rig;

	(void)state;
	rig_open(&rig, "host", NULL, "env", NULL);
	assert_ok(host_connect(rig.host, 30, &e), e);
	cleanup_argv struct argv find = {0};
	struct process_result found = {0};
	argv_add_all(&find, "sh", "-c", "cat \"$0\"/*/.tare-work", rig.work_dir, NULL);
	assert_ok(process_run(&find, 10, &found, &e), e);
	assert_true(found.exit_status == 0 && found.output_bytes > 1);
	host_disconnect(rig.host);
	leave_work(&rig, ours, found.output);
	leave_work(&rig, others, "another machine");
	leave_work(&rig, unmarked, NULL);
	leave_work(&rig, used, found.output);
	/* By a campaign whose run directory is another, as in another user namespace. */
	cleanup_free char *used_mark = str_printf("%s/%s/.tare-work", rig.work_dir, used);
	cleanup_fd int user = open(used_mark, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(user, LOCK_SH), 0);
	assert_ok(host_connect(rig.host, 30, &e), e);
	assert_null(host_facts(rig.host)->uncleaned);
	assert_false(is_left(&rig, ours));
	assert_true(is_left(&rig, others) && is_left(&rig, unmarked) && is_left(&rig, used));
	close(take_fd(&user));
	host_disconnect(rig.host);

	/* What cannot be removed is reported. */
	leave_work(&rig, ours, found.output);
	process_result_free(&found);
	cleanup_free char *busy = str_printf("%s/%s/busy", rig.work_dir, ours);
	assert_ok(dir_make(busy, &e), e);
	assert_int_equal(mount("none", busy, "tmpfs", 0, NULL), 0);
	assert_ok(host_connect(rig.host, 30, &e), e);
	umount(busy);
	assert_non_null(host_facts(rig.host)->uncleaned);
	assert_non_null(strstr(host_facts(rig.host)->uncleaned, ours));
	rig_close(&rig);
}

/* A driver whose machines take a while to stop. */
enum { SLOW_COUNT = 40 };
static const double slow_stop_s = 0.25;
static const struct driver slow;

static int slow_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	(void)e;
	*out = mem_new(1, sizeof(**out));
	(*out)->driver = &slow;
	(*out)->name = str_dup(spec->name);
	return 0;
}

static void slow_stop(struct machine *machine)
{
	clock_sleep_s(slow_stop_s);
	free(machine->name);
	free(machine);
}

static const struct driver slow = {.name = "slow", .start = slow_start, .stop = slow_stop};

/* Machines of this process are stopped in parallel, and their directories removed. */
static void test_stopping(void **state)
{
	struct host_machine *machines[SLOW_COUNT];
	struct error e = {""};
	struct rig rig;

	(void)state;
	rig_open(&rig, "here", NULL, NULL);
	assert_ok(host_connect(rig.host, 60, &e), e);
	for (size_t i = 0; i < SLOW_COUNT; i++) {
		cleanup_free char *name = str_printf("slow-%zu", i);
		struct host_start start = {
			.host = rig.host, .driver = &slow, .spec = {.name = name}};
		hosts_start(&start, 1);
		assert_some(start.machine, start.error);
		machines[i] = start.machine;
	}
	double begun_s = clock_monotonic_s();
	hosts_stop(machines, SLOW_COUNT);
	double took_s = clock_monotonic_s() - begun_s;
	if (took_s > SLOW_COUNT * slow_stop_s / 4)
		fail_msg("%d stops of %g s took %g s", SLOW_COUNT, slow_stop_s, took_s);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invalid_counters),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_reached),
		cmocka_unit_test(test_attach_is_slow),
		cmocka_unit_test(test_attach_refused),
		cmocka_unit_test(test_service_of_another_user),
		cmocka_unit_test(test_no_work_directory),
		cmocka_unit_test(test_same_machine),
		cmocka_unit_test(test_comes_again),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_programs_are_on_the_disk),
		cmocka_unit_test(test_programs_stay),
		cmocka_unit_test(test_damaged_programs_are_replaced),
		cmocka_unit_test(test_work_of_an_earlier_boot),
		cmocka_unit_test(test_stopping),
	};

	return RUN_AS_ROOT("hosts", tests, NULL, NULL);
}
