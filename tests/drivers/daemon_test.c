/* A libvirtd started by this test, which dies and is restarted while guests run. It runs in a mount
 * namespace with directories of its own, so that a libvirtd of the host's is never touched. Needs
 * root, an image and libvirtd. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/connection.h"
#include "drivers/local.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

#define LIBVIRTD "/usr/sbin/libvirtd"
#define SOCKET "/run/libvirt/libvirt-sock"

static const char qemu_conf[] = "user = \"root\"\n"
				"group = \"root\"\n"
				"security_driver = \"none\"\n"
				"namespaces = []\n"
				"cgroup_controllers = []\n"
				"stdio_handler = \"file\"\n";
static const char libvirtd_conf[] = "auth_unix_rw = \"none\"\n"
				    "unix_sock_group = \"root\"\n";
static const char *const system_tcg[] = {"accelerator=tcg", "uri=qemu:///system", NULL};

static struct {
	pid_t pid;
	int to, from;
} daemon_process;

static int daemon_start(struct error *e)
{
	cleanup_argv struct argv argv = {0};

	unlink(SOCKET);
	argv_add_all(&argv, LIBVIRTD, "--config", "/etc/libvirt/libvirtd.conf", "--pid-file",
		"/run/libvirt/test.pid", NULL);
	if (process_spawn(&argv, "/run/libvirt/log", &daemon_process.pid, &daemon_process.to,
		    &daemon_process.from, e) < 0)
		return -1;
	for (int i = 0; i < 200 && !file_exists(SOCKET); i++)
		clock_sleep_s(0.05);
	return file_exists(SOCKET) ? 0 : error_set(e, "libvirtd does not listen");
}

static void daemon_kill(void)
{
	kill(daemon_process.pid, SIGKILL);
	waitpid(daemon_process.pid, NULL, 0);
	close(daemon_process.to);
	close(daemon_process.from);
}

/* libvirt's containers do not start where control groups of both versions are mounted: this test's
 * own view has those of the first version alone. */
static void one_version_of_cgroups(void)
{
	if (file_exists("/sys/fs/cgroup/memory"))
		umount2("/sys/fs/cgroup/unified", MNT_DETACH);
}

static int own_directories(struct error *e)
{
	static const char *const directories[] = {
		"/run/libvirt", "/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt"};

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(e, "no mount namespace of its own");
	one_version_of_cgroups();
	for (size_t i = 0; i < ARRAY_COUNT(directories); i++) {
		if (dir_make(directories[i], e) < 0)
			return -1;
		if (mount("tare-test", directories[i], "tmpfs", 0, NULL) < 0)
			return error_set(e, "%s: no tmpfs", directories[i]);
	}
	if (file_write("/etc/libvirt/qemu.conf", qemu_conf, strlen(qemu_conf), e) < 0)
		return -1;
	return file_write("/etc/libvirt/libvirtd.conf", libvirtd_conf, strlen(libvirtd_conf), e);
}

static void restart(void)
{
	struct error e = {""};

	daemon_kill();
	if (daemon_start(&e) < 0)
		fail_msg("%s", e.text);
}

/* The guest runs on, and is destroyed by the new daemon. */
static void stop_after_a_restart(void **state)
{
	(void)state;
	struct machine *machine = rig_started("kvm-virtio", 0, system_tcg);
	struct error e = {""};

	assert_int_equal(agent_hello(machine->agent, 120, &e), 0);
	restart();
	cleanup_free char *output = rig_shell(machine, "echo alive", &e);
	assert_string_equal(output, "alive\n");
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 0);
}

/* The connection that the first guest left is dead. */
static void start_and_count_after_a_restart(void **state)
{
	(void)state;
	struct storage_counters counters;
	struct error e = {""};

	restart();
	struct machine *machine = rig_started("kvm-virtio", 0, system_tcg);
	restart();
	if (machine->driver->storage_counters(machine, &counters, &e) < 0)
		fail_msg("%s", e.text);
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 0);
}

/* The daemon is away for good: the guest ends all the same. */
static void stop_without_a_daemon(void **state)
{
	(void)state;
	struct machine *machine = rig_started("kvm-virtio", 0, system_tcg);
	struct error e = {""};
	double begun_s = clock_monotonic_s();

	daemon_kill();
	unlink(SOCKET);
	machine_stop(machine);
	assert_true(clock_monotonic_s() - begun_s < 60);
	assert_int_equal(rig_leftovers(rig.id), 0);
	assert_int_equal(daemon_start(&e), 0);
}

/* --- migration: a second daemon with directories of its own ------------------------------------
 */

static struct {
	pid_t pid;
	char *dir; /* what it sees as rig.work_dir */
	char *uri;
} other;

/* Never returns. */
static void other_run(const char *conf)
{
	static const char *const directories[] = {
		"/run/libvirt", "/var/lib/libvirt", "/var/log/libvirt"};
	int null_fd = open("/dev/null", O_RDWR);

	if (null_fd < 0 || dup2(null_fd, 2) < 0 || unshare(CLONE_NEWNS) < 0)
		_exit(125);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < ARRAY_COUNT(directories); i++) {
		if (mount("tare-test", directories[i], "tmpfs", 0, NULL) < 0)
			_exit(125);
	}
	cleanup_free char *own_run = own_run_dir(rig.id);
	if (mount(other.dir, rig.work_dir, NULL, MS_BIND, NULL) < 0 ||
		mount(other.dir, own_run, NULL, MS_BIND, NULL) < 0)
		_exit(125);
	execl(LIBVIRTD, LIBVIRTD, "--config", conf, "--pid-file", "/run/libvirt/other.pid", NULL);
	_exit(125);
}

static int other_start(struct error *e)
{
	other.dir = str_printf("%s-other", rig.work_dir);
	cleanup_free char *socket = str_printf("%s/libvirt-sock", other.dir);
	cleanup_free char *conf = str_printf("%s/libvirtd.conf", other.dir);
	cleanup_free char *text =
		str_printf("%sunix_sock_dir = \"%s\"\n"
			   "host_uuid = \"8a4d2f6e-3f0b-4d6c-9a52-6b1c7e0d9f31\"\n",
			libvirtd_conf, other.dir);

	other.uri = str_printf("qemu+unix:///system?socket=%s", socket);
	if (dir_make(other.dir, e) < 0 || file_write(conf, text, strlen(text), e) < 0)
		return -1;
	other.pid = fork();
	if (other.pid == 0)
		other_run(conf);
	for (int i = 0; i < 200 && !file_exists(socket); i++)
		clock_sleep_s(0.05);
	return file_exists(socket) ? 0 : error_set(e, "the other libvirtd does not listen");
}

static void other_stop(void)
{
	struct error e = {""};

	kill(other.pid, SIGKILL);
	waitpid(other.pid, NULL, 0);
	assert_int_equal(dir_remove(other.dir, &e), 0);
	free(other.dir);
	free(other.uri);
}

/* The machine as it is expected at the other daemon. */
static struct machine *receive(const char *name)
{
	const struct driver *driver = driver_find("libvirt");
	void *options = options_new(driver->options, driver->options_size);
	cleanup_free char *work_dir = str_printf("%s/%s", other.dir, name);
	struct machine_spec spec = {.campaign_id = rig.id,
		.name = name,
		.cpus = 1,
		.memory_bytes = 256 << 20,
		.scratch_bytes = 64 << 20,
		.image = rig.image,
		.work_dir = work_dir,
		.options = options};
	struct machine *machine = NULL;
	struct error e = {""};

	option_set(option_find(driver->options, "accelerator"), options, "tcg", &e);
	option_set(option_find(driver->options, "uri"), options, other.uri, &e);
	if (dir_make(work_dir, &e) < 0 || driver->receive(&spec, &machine, &e) < 0)
		fail_msg("%s", e.text);
	options_free(driver->options, options);
	return machine;
}

static void *arrive(void *machine)
{
	struct machine *there = machine;
	struct error e = {""};

	for (int i = 0; i < 120 && there->driver->arrive(there, &e) < 0; i++)
		;
	if (!there->agent)
		print_message("arrive: %s\n", e.text);
	return NULL;
}

static struct job *job_start(struct machine *machine)
{
	cleanup_argv struct argv argv = {0};
	struct job_spec spec = {.argv = &argv, .timeout_s = 60, .output_limit = 4096};
	struct job *job = NULL;
	struct error e = {""};

	argv_add_all(&argv, "/bin/sh", "-c", "echo begun; sleep 3; echo ended", NULL);
	if (agent_job_start(machine->agent, &spec, &job, &e) < 0)
		fail_msg("%s", e.text);
	while (job->state != JOB_RUNNING)
		assert_int_equal(agent_poll(&job, 1, 30, -1), 1);
	return job;
}

/* Memory, scratch disk, jobs and the conversation go along. */
static void moves_to_another_daemon(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *here = rig_started("kvm-virtio", 0, system_tcg);
	cleanup_free char *boot = rig_shell(here,
		"cat /proc/sys/kernel/random/boot_id; echo memory >/dev/shm/kept; "
		"echo disk >/scratch/kept; sync",
		&e);
	int in, out;

	if (!boot || other_start(&e) < 0)
		fail_msg("%s", e.text);
	cleanup_free char *memory = str_printf("unix://%s/memory.sock", other.dir);
	cleanup_free char *disks = str_printf("unix://%s/disks.sock", other.dir);
	const struct migration migration = {
		.uri = other.uri, .memory_uri = memory, .disks_uri = disks};
	struct machine *there = receive(here->name);
	/* On a host of its own, the channel's socket would be where it is expected. */
	cleanup_free char *socket = str_printf("%s/%s.sock", other.dir, here->name);
	cleanup_free char *expected = str_printf("/run/tare/%s/%s.sock", rig.id, here->name);
	assert_int_equal(unlink(expected), 0);
	assert_int_equal(symlink(socket, expected), 0);
	struct job *job = job_start(here);
	pthread_t arrival;
	assert_int_equal(pthread_create(&arrival, NULL, arrive, there), 0);
	if (here->driver->migrate(here, &migration, &e) < 0)
		fail_msg("%s", e.text);
	pthread_join(arrival, NULL);
	assert_non_null(there->agent);
	agent_stream(there->agent, &in, &out);
	in = fcntl(in, F_DUPFD_CLOEXEC, 3);
	agent_set_stream(here->agent, in, in, 0);
	while (job->state != JOB_DONE && job->state != JOB_LOST)
		assert_int_equal(agent_poll(&job, 1, 30, -1), 1);
	if (job_check(job, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(job->output, "begun\nended\n");
	job_free(job);
	cleanup_free char *again = rig_shell(here,
		"cat /proc/sys/kernel/random/boot_id; grep -q memory /dev/shm/kept && "
		"echo 3 >/proc/sys/vm/drop_caches && grep -q disk /scratch/kept",
		&e);
	if (!again)
		fail_msg("%s", e.text);
	assert_string_equal(again, boot);
	assert_int_equal(rig_leftovers(rig.id), 1); /* it runs once, and there */
	machine_stop(here);
	machine_stop(there);
	assert_int_equal(rig_leftovers(rig.id), 0);
	other_stop();
}

static void embedded_guests_stay(void **state)
{
	(void)state;
	assert_true(file_exists(SOCKET));
	static const char *const tcg[] = {"accelerator=tcg", NULL};
	const struct migration migration = {.uri = "qemu:///system"};
	struct machine *machine = NULL;
	struct error e = {""};

	if (rig_start("kvm-virtio", 0, tcg, &machine, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(machine->driver->migrate(machine, &migration, &e), -1);
	assert_non_null(strstr(e.text, "embedded"));
	machine_stop(machine);
}

static bool lxc_works(struct error *why_not)
{
	const struct driver *driver = driver_find("libvirt-lxc");
	void *options = options_new(driver->options, driver->options_size);

	option_set(option_find(driver->options, "hypervisor"), options, "lxc", why_not);
	int status = driver->probe(options, rig.image, why_not);
	options_free(driver->options, options);
	return status == 0;
}

/* A container with its own root, shared memory, scratch directory and seat on the data network; or
 * the reason is libvirt's own. */
static void lxc_runs_or_says_why(void **state)
{
	(void)state;
	struct machine *machine = NULL, *host = NULL;
	struct error e = {""};

	assert_true(file_exists(SOCKET));
	if (!lxc_works(&e)) {
		print_message("lxc: %s\n", e.text);
		assert_non_null(strstr(e.text, "libvirt"));
		skip();
	}
	if (network_new(rig.id, &rig.network, &e) < 0 ||
		rig_start("lxc", 0, NULL, &machine, &e) < 0 ||
		rig_start("native", 1, NULL, &host, &e) < 0 || !machine || !host) {
		fail_msg("%s", e.text);
		return;
	}
	cleanup_free char *output = rig_shell(machine,
		"cat /proc/1/comm; stat -f -c %T / /dev/shm; echo x >/scratch/x; pwd; "
		"ip -4 -o addr show eth0 | grep -o '198[0-9.]*/20'",
		&e);
	cleanup_free char *reached = rig_shell(host,
		"timeout 10 bash -c 'exec 3<>/dev/tcp/198.18.0.2/9' 2>&1 | grep -q refused && "
		"echo answered",
		&e);
	if (!output || !reached)
		fail_msg("%s", e.text);
	assert_string_equal(output, "tare-agent\noverlayfs\ntmpfs\n/scratch/job\n198.18.0.2/20\n");
	assert_string_equal(reached, "answered\n");
	machine_stop(machine);
	machine_stop(host);
	network_free(take_ptr(rig.network));
	assert_int_equal(rig_leftovers(rig.id), 0);
}

/* The groups that libvirt keeps its containers' in; it leaves them, empty. */
static void remove_partitions(void)
{
	cleanup_dir DIR *dir = opendir("/sys/fs/cgroup");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *path = str_printf("/sys/fs/cgroup/%s/machine", entry->d_name);
		rmdir(path);
	}
}

static int tear_down(void **state)
{
	(void)state;
	daemon_kill();
	rig_close();
	remove_partitions();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stop_after_a_restart),
		cmocka_unit_test(start_and_count_after_a_restart),
		cmocka_unit_test(moves_to_another_daemon),
		cmocka_unit_test(embedded_guests_stay),
		cmocka_unit_test(lxc_runs_or_says_why),
		cmocka_unit_test(stop_without_a_daemon),
	};
	struct error e = {""};

	if (!file_exists(LIBVIRTD))
		return skip_all("no " LIBVIRTD);
	bool possible =
		rig_open(false, &e) == 0 && own_directories(&e) == 0 && daemon_start(&e) == 0;
	return RUN_UNLESS(possible ? NULL : e.text, "daemons", tests, NULL, tear_down);
}
