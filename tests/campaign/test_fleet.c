/* A fleet of one host that is a shell script: what it says of itself lies in files, and the site's
 * command to enter an environment changes them, now or in a while. */
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "campaign/fleet/fleet.h"
#include "tests/campaign/campaign_test.h"

/* Its first word is the directory with the files; a file `down`, `refuses` or `dies` does that. */
static const char host_script[] =
	"cd \"$1\" || exit 1; shift\n"
	"[ -e down ] && { echo no route >&2; exit 255; }\n"
	"[ \"$2\" = serve ] || exec \"$@\"\n"
	"echo >>served\n"
	"[ -e refuses ] && { echo '{\"tare-host\":\"0\",\"error\":\"disk full\"}'; exit 1; }\n"
	"d=${1%/*}\n"
	"printf '{\"tare-host\":\"0\",\"protocol\":1,\"digest\":\"%s\"}\\n' ${d##*/}\n"
	"while read r; do\n"
	"  [ -z \"$r\" ] && continue\n"
	"  id=${r#*\\\"id\\\":}; id=${id%%[,\\}]*}\n"
	"  echo \"{\\\"id\\\":$id,\\\"ok\\\":$(cat facts)}\"\n"
	"  [ -e dies ] && { rm dies; exit 1; }\n"
	"done\n"
	"exit 0\n";

static const char enter_script[] = "cd \"$1\" || exit 1; echo >>entered; [ -e fails ] && exit 1\n"
				   "[ -e enter ] && . ./enter\n"
				   "exit 0\n";

struct rig {
	char directory[64];
	struct site *site;
	struct fleet_setup setup;
	struct fleet *fleet;
	struct error failure;
};

static void put(const struct rig *rig, const char *name, const char *text)
{
	cleanup_free char *path = str_printf("%s/%s", rig->directory, name);
	struct error e = {""};
	if (file_write(path, text, strlen(text), &e) < 0)
		fail_msg("%s", e.text);
}

static void take(const struct rig *rig, const char *name)
{
	cleanup_free char *path = str_printf("%s/%s", rig->directory, name);
	unlink(path);
}

static char *facts(const char *kernel, const char *boot_id)
{
	return str_printf("{\"kernel\":\"%s\",\"hypervisor\":\"none\",\"boot_id\":\"%s\","
			  "\"cpus\":2,\"cpu_end\":2,\"memory_bytes\":8589934592,"
			  "\"capacity_known\":true,\"emulated\":false}",
		kernel, boot_id);
}

static void put_facts(
	const struct rig *rig, const char *name, const char *kernel, const char *boot_id)
{
	cleanup_free char *text = facts(kernel, boot_id);
	put(rig, name, text);
}

/* How often the file got a line. */
static size_t times(const struct rig *rig, const char *name)
{
	cleanup_free char *path = str_printf("%s/%s", rig->directory, name), *bytes = NULL;
	size_t count = 0;
	return file_read(path, 1 << 20, &bytes, &count, NULL) < 0 ? 0 : count;
}

static void told(void *context, size_t host, const struct environment *environment, double seconds,
	double entering_s, const char *failure)
{
	(void)context;
	(void)host;
	(void)environment;
	(void)seconds;
	(void)entering_s;
	(void)failure;
}

/* environments: YAML in which ENTER stands for the command. */
static void rig_open(struct rig *rig, const char *check, const char *cpus)
{
	struct yaml_mistakes mistakes = {0};
	struct error e = {""};
	*rig = (struct rig){.directory = "/tmp/tare-test-fleet-XXXXXX"};
	assert_non_null(mkdtemp(rig->directory));
	put(rig, "host", host_script);
	put(rig, "enter.sh", enter_script);
	put_facts(rig, "facts", "6.1.0", "boot-1");
	const char *d = rig->directory;
	cleanup_free char *text =
		str_printf("reach: [sh, %s/host, %s]\nwork_dir: %s\n"
			   "environments: [{name: other, kernel: \"5\"},"
			   " {name: wanted, enter: [sh, %s/enter.sh, %s], limit: 8s%s}]\n"
			   "hosts: [{host: node1, cpus: %s, memory: 1G}]\n",
			d, d, d, d, d, check, cpus);
	rig->site = site_text(text, &mistakes);
	assert_non_null(rig->site);
	rig->setup = (struct fleet_setup){.site = rig->site,
		.campaign_id = "0fleet00",
		.agent_path = TARE_BINARY_DIR "/agent/tare-agent",
		.directory = rig->directory,
		.interrupt_fd = -1,
		.entered = told};
	rig->fleet = fleet_new(&rig->setup, &e);
	assert_non_null(rig->fleet);
}

static void rig_close(struct rig *rig)
{
	fleet_free(rig->fleet);
	site_free(rig->site);
	dir_remove(rig->directory, NULL);
}

struct attempt {
	struct rig *rig;
	int status;
};

static void make_ready(void *context)
{
	struct attempt *attempt = context;
	struct rig *rig = attempt->rig;
	rig->failure = (struct error){""};
	attempt->status =
		fleet_ready(rig->fleet, 0, 1, site_environment(rig->site, "wanted"), &rig->failure);
}

static int ready(struct rig *rig)
{
	struct attempt attempt = {rig, -1};
	schedule_add(rig->fleet->schedule, 0, 1, make_ready, &attempt);
	schedule_wait(rig->fleet->schedule);
	return attempt.status;
}

static void assert_ready(struct rig *rig)
{
	if (ready(rig) < 0)
		fail_msg("%s", rig->failure.text);
	assert_string_equal(rig->failure.text, "");
}

static void assert_fails(struct rig *rig, const char *reason)
{
	assert_int_equal(ready(rig), -1);
	if (!strstr(rig->failure.text, reason))
		fail_msg("%s, not %s", rig->failure.text, reason);
}

/* What answers and refuses, or cannot work, is not power-cycled. */
static void test_who_answers_is_not_entered(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.1\"", "0-1");
	put(&rig, "refuses", "");
	assert_fails(&rig, "node1: node1: disk full");
	assert_int_equal(times(&rig, "entered"), 0);
	assert_fails(&rig, "disk full");
	struct error e = {""};
	const struct environment *wanted = site_environment(rig.site, "wanted");
	assert_true(fleet_given_up(rig.fleet, 0, 1, wanted, &e));
	assert_string_equal(e.text, "node1 is given up for wanted: preparing it failed 2 "
				    "times in a row, last with: node1: disk full");
	take(&rig, "refuses");
	assert_ready(&rig);
	assert_int_equal(times(&rig, "entered"), 0);
	rig_close(&rig);
}

static void test_own_faults_enter_nothing(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.1\"", "0-1");
	fleet_free(rig.fleet);
	rig.setup.agent_path = "/nonexistent/agent";
	struct error e = {""};
	rig.fleet = fleet_new(&rig.setup, &e);
	assert_fails(&rig, "/nonexistent/agent");
	assert_int_equal(times(&rig, "entered"), 0);
	rig_close(&rig);
}

/* The command comes back while the old boot still answers. */
static void test_old_boot_answers_first(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.12\"", "0-1");
	put_facts(&rig, "later", "6.12.1", "boot-2");
	put(&rig, "enter", "(sleep 3; mv later facts) >/dev/null 2>&1 &");
	assert_ready(&rig);
	assert_int_equal(times(&rig, "entered"), 1);
	assert_true(times(&rig, "served") > 2);
	rig_close(&rig);
}

static void test_never_what_was_wanted(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.12\"", "0-1");
	double begun_s = clock_monotonic_s();
	assert_fails(&rig, "host is still not in wanted after entering it: it runs kernel 6.1.0; "
			   "wanted needs 6.12…");
	assert_true(clock_monotonic_s() - begun_s < 30);
	assert_int_equal(times(&rig, "entered"), 1);
	rig_close(&rig);
}

/* Without a check another boot is all that tells; it is not entered twice for a lost connection. */
static void test_environment_without_a_check(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, "", "0-1");
	assert_fails(&rig, "it has not rebooted; if entering wanted needs no reboot");
	put_facts(&rig, "later", "6.1.0", "boot-2");
	put(&rig, "enter", "(sleep 3; mv later facts) >/dev/null 2>&1 &");
	assert_ready(&rig);
	assert_int_equal(times(&rig, "entered"), 2);
	host_disconnect(rig.fleet->hosts[0].host);
	assert_ready(&rig);
	assert_int_equal(times(&rig, "entered"), 2);
	rig_close(&rig);
}

/* A connection that ended while its host was idle costs a new one, and no target. */
static void test_lost_while_idle(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.1\"", "0-1");
	put(&rig, "dies", "");
	assert_ready(&rig);
	assert_int_equal(times(&rig, "served"), 1);
	clock_sleep_s(0.5);
	assert_ready(&rig);
	assert_int_equal(times(&rig, "served"), 2);
	assert_true(host_connected(rig.fleet->hosts[0].host));
	assert_ready(&rig);
	assert_int_equal(times(&rig, "served"), 2);
	rig_close(&rig);
}

static void test_site_has_more_than_the_host(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.1\"", "0-15");
	assert_fails(&rig, "node1 has 2 CPUs; the site file has 0-15");
	rig_close(&rig);
}

/* Takes as long as a host is given to answer. */
static void test_who_is_down_is_entered(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ", kernel: \"6.1\"", "0-1");
	rig.fleet->setup.answer_limit_s = 5;
	put(&rig, "down", "");
	put(&rig, "enter", "rm down");
	assert_ready(&rig);
	assert_int_equal(times(&rig, "entered"), 1);
	rig_close(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_answers_is_not_entered),
		cmocka_unit_test(test_own_faults_enter_nothing),
		cmocka_unit_test(test_old_boot_answers_first),
		cmocka_unit_test(test_never_what_was_wanted),
		cmocka_unit_test(test_environment_without_a_check),
		cmocka_unit_test(test_lost_while_idle),
		cmocka_unit_test(test_site_has_more_than_the_host),
		cmocka_unit_test(test_who_is_down_is_entered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
