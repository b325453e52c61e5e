/* A team of fake machines for the tests of runs. */
#include "tests/campaign/rig.h"

#include "tests/campaign/campaign_test.h"

#include "base/array.h"
#include "base/cleanup.h"

static void use_setting(struct rig *rig, const char *setting)
{
	cleanup_free char *name = str_dup(setting);
	char *value = strchr(name, '=');
	struct error e = {""};
	assert_non_null(value);
	*value++ = '\0';
	const struct option_row *row = option_find(rig->driver.options, name);
	assert_non_null(row);
	if (option_set(row, rig->target.options, value, &e) < 0)
		fail_msg("%s", e.text);
}

/* Each is started as a team's would be. */
static void start_machine(struct rig *rig, size_t index)
{
	cleanup_free char *name = str_printf("told-%zu", index + 1);
	struct host_start start = {.host = rig->fleet_host.host,
		.driver = &rig->driver,
		.spec = {.name = name,
			.index = (unsigned)index,
			.cpus = 1,
			.options = rig->target.options}};
	struct error e = {""};

	hosts_start(&start, 1);
	assert_string_equal(start.error.text, "");
	rig->machines[index] = start.machine;
	rig->seats[index].machine = start.machine;
	if (agent_hello(start.machine->agent, 20, &e) < 0)
		fail_msg("%s", e.text);
}

static void make_plan(struct rig *rig)
{
	rig->site = small_site();
	free(rig->site->work_dir);
	rig->site->work_dir = str_dup(rig->work_dir);
	rig->target = (struct campaign_target){.name = (char *)"told",
		.driver = &rig->driver,
		.options = options_new(rig->driver.options, rig->driver.options_size)};
	rig->placement = (struct placement){.text = (char *)"1x1", .hosts = 1, .guests = 1};
	rig->campaign = (struct campaign){.targets = &rig->target,
		.target_count = 1,
		.placements = &rig->placement,
		.placement_count = 1,
		.scratch_bytes = 1 << 20,
		.limit_boot_s = 20,
		.limit_run_s = 30};
	rig->plan.campaign = &rig->campaign;
	rig->plan.site = rig->site;
}

static void connect_host(struct rig *rig)
{
	static const char agent_path[] = TARE_BINARY_DIR "/agent/tare-agent";
	struct error e = {""};
	struct host_spec spec = {.name = "localhost",
		.reach = &rig->site->reach,
		.campaign_id = rig->id,
		.work_dir = rig->work_dir,
		.agent_path = agent_path,
		.interrupt_fd = -1};

	rig->fleet_host.site = rig->site->hosts;
	rig->fleet_host.host = host_new(&spec);
	if (host_connect(rig->fleet_host.host, 5, &e) < 0)
		fail_msg("%s", e.text);
	rig->fleet.hosts = &rig->fleet_host;
	rig->fleet.count = 1;
	rig->context = (struct team_context){.plan = &rig->plan,
		.fleet = &rig->fleet,
		.interrupt_fd = -1,
		.campaign_id = "0badcafe"};
}

struct rig *rig_new(const struct driver *driver, size_t count, const char *setting)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_true(rig && count <= RIG_MACHINES_MAX);
	rig->driver = *driver;
	strcpy(rig->work_dir, "/tmp/tare-test-XXXXXX");
	assert_non_null(mkdtemp(rig->work_dir));
	snprintf(rig->id, sizeof(rig->id), "t%07x", (unsigned)getpid());
	make_plan(rig);
	if (setting)
		use_setting(rig, setting);
	connect_host(rig);
	for (size_t i = 0; i < count; i++)
		start_machine(rig, i);
	rig->team = (struct team){.target = &rig->target,
		.placement = &rig->placement,
		.host_count = 1,
		.machines = rig->machines,
		.machine_count = count,
		.seats = rig->seats,
		.seat_count = count,
		.seat_cpus = 1,
		.seat_memory_bytes = 1 << 28};
	return rig;
}

void rig_free(struct rig *rig)
{
	hosts_stop(rig->machines, rig->team.machine_count);
	host_disconnect(rig->fleet_host.host);
	host_free(rig->fleet_host.host);
	cleanup_free char *left = str_printf("%s/%s", rig->work_dir, rig->id);
	rmdir(left);
	assert_int_equal(rmdir(rig->work_dir), 0);
	options_free(rig->driver.options, rig->target.options);
	site_free(rig->site);
	free(rig);
}
