/* The plan: deterministic, complete, shuffled, and it says why a cell is skipped. */
#include "campaign/plan/plan.h"
#include "tests/campaign/campaign_test.h"

static const char yaml[] = "campaign: c\n"
			   "targets: [{target: fake, name: a}, {target: fake, name: b},\n"
			   "  {target: fake, name: c}, {target: fake, name: d}]\n"
			   "placements: [1x1, 1x2]\n"
			   "benchmarks:\n"
			   "  - {benchmark: null, value: [1, 2, 3], runs: 2}\n"
			   "  - net\n";

struct fixture {
	struct site *site;
	struct campaign *campaign;
	struct plan *plan;
	struct plan_course course;
};

static struct fixture setup(uint64_t seed)
{
	struct yaml_mistakes mistakes = {0};
	struct fixture f = {.site = small_site()};
	f.campaign = load_text(yaml, f.site, &mistakes);
	for (size_t i = 0; i < mistakes.count; i++)
		print_error("%s\n", mistakes.lines[i]);
	assert_non_null(f.campaign);
	f.plan = plan_new(f.campaign, f.site, NULL, false, seed);
	plan_course_init(&f.course, f.plan);
	return f;
}

static void teardown(struct fixture *f)
{
	plan_course_free(&f->course);
	plan_free(f->plan);
	campaign_free(f->campaign);
	site_free(f->site);
}

static void test_cells_and_reasons(void **state)
{
	struct fixture f = setup(1);
	size_t skipped = 0;
	(void)state;
	assert_int_equal(f.plan->cell_count, 4 * 2 * 4);
	for (size_t i = 0; i < f.plan->cell_count; i++) {
		const struct plan_cell *cell = &f.plan->cells[i];
		const char *name = f.campaign->benchmarks[cell->benchmark].benchmark->name;
		bool alone = cell->placement == 0 && strcmp(name, "net") == 0;
		assert_int_equal(cell->skip_reason != NULL, alone);
		skipped += alone;
	}
	assert_int_equal(skipped, 4);
	teardown(&f);
}

static void test_every_run_once(void **state)
{
	struct fixture f = setup(7);
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct plan_block *block = plan_block_new(f.plan, &f.course, p, 3);
		unsigned seen[32][2] = {{0}};
		assert_int_equal(block->start_count, 4);
		for (size_t s = 0; s < block->start_count; s++)
			for (size_t i = 0; i < block->starts[s].run_count; i++) {
				const struct plan_run *run = &block->starts[s].runs[i];
				assert_int_equal(
					f.plan->cells[run->cell].target, block->starts[s].target);
				seen[run->cell][run->number]++;
			}
		for (size_t c = 0; c < f.plan->cell_count; c++) {
			const struct plan_cell *cell = &f.plan->cells[c];
			unsigned times = f.campaign->benchmarks[cell->benchmark].runs;
			for (unsigned n = 0; n < times; n++)
				assert_int_equal(
					seen[c][n], cell->placement == p && !cell->skip_reason);
		}
		plan_block_free(block);
	}
	teardown(&f);
}

static bool same_order(const struct plan_block *a, const struct plan_block *b)
{
	for (size_t s = 0; s < a->start_count; s++) {
		if (a->starts[s].target != b->starts[s].target)
			return false;
		for (size_t i = 0; i < a->starts[s].run_count; i++)
			if (a->starts[s].runs[i].cell != b->starts[s].runs[i].cell)
				return false;
	}
	return true;
}

static void test_order_depends_on_the_seed_alone(void **state)
{
	struct fixture f = setup(42), again = setup(42), other = setup(43);
	unsigned moved = 0, firsts[4] = {0};
	(void)state;
	for (unsigned number = 0; number < 40; number++) {
		struct plan_block *a = plan_block_new(f.plan, &f.course, 0, number);
		struct plan_block *b = plan_block_new(again.plan, &again.course, 0, number);
		struct plan_block *c = plan_block_new(other.plan, &other.course, 0, number);
		assert_true(same_order(a, b));
		moved += !same_order(a, c);
		firsts[a->starts[0].target]++;
		plan_block_free(a);
		plan_block_free(b);
		plan_block_free(c);
	}
	assert_true(moved > 30);
	for (size_t t = 0; t < 4; t++) /* each target is first about 10 times of 40 */
		assert_in_range(firsts[t], 2, 25);
	teardown(&f);
	teardown(&again);
	teardown(&other);
}

static bool reverse_order(const struct plan_block *a, const struct plan_block *b)
{
	for (size_t s = 0; s < a->start_count; s++) {
		const struct plan_start *one = &a->starts[s];
		const struct plan_start *other = &b->starts[b->start_count - 1 - s];
		if (one->target != other->target || one->run_count != other->run_count)
			return false;
		for (size_t i = 0; i < one->run_count; i++)
			if (one->runs[i].cell != other->runs[other->run_count - 1 - i].cell)
				return false;
	}
	return true;
}

/* Blocks come in pairs, of which the second is the first in reverse; different pairs differ. */
static void test_blocks_are_mirrored_in_pairs(void **state)
{
	struct fixture f = setup(42);
	struct plan_block *before = NULL;
	unsigned same = 0;
	(void)state;
	for (unsigned number = 0; number < 20; number += 2) {
		struct plan_block *first = plan_block_new(f.plan, &f.course, 1, number);
		struct plan_block *second = plan_block_new(f.plan, &f.course, 1, number + 1);
		assert_true(reverse_order(first, second));
		assert_false(same_order(first, second));
		same += before && same_order(before, first);
		plan_block_free(before);
		plan_block_free(second);
		before = first;
	}
	assert_in_range(same, 0, 1);
	plan_block_free(before);
	teardown(&f);
}

/* A reason that lies in an option of the file has the option's place. */
static void test_reasons_have_the_place_of_their_option(void **state)
{
	static const char text[] = "campaign: c\ntargets:\n"
				   "  - {target: kvm-virtio, emulator: /nowhere/qemu}\n"
				   "benchmarks: [cpu]\n";
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	struct campaign *campaign = load_text(text, site, &mistakes);
	struct image image = {.directory = NULL};
	(void)state;
	assert_non_null(campaign);
	struct plan *plan = plan_new(campaign, site, &image, true, 1);
	const char *place = strchr(plan->cells[0].skip_reason, ':');
	assert_non_null(place);
	assert_string_equal(place, ":3:36: emulator: /nowhere/qemu: No such file or directory");
	plan_free(plan);
	campaign_free(campaign);
	site_free(site);
}

static void test_targets_without_image_are_skipped(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text(
		"campaign: c\ntargets: [kvm-virtio]\nbenchmarks: [null]\n", site, &mistakes);
	assert_non_null(c);
	struct plan *plan = plan_new(c, site, NULL, false, 1);
	assert_non_null(strstr(plan->cells[0].skip_reason, "tare image"));
	struct plan_course course;
	plan_course_init(&course, plan);
	struct plan_block *block = plan_block_new(plan, &course, 0, 0);
	assert_int_equal(block->start_count, 0);
	plan_block_free(block);
	plan_course_free(&course);
	plan_free(plan);
	campaign_free(c);
	site_free(site);
}

/* Four hosts with two environments; the fake target stands for those that need none. */
static const char lab_yaml[] = "site: lab\n"
			       "reach: [ssh, \"{host}\"]\n"
			       "environments: [{name: linux, hypervisor: none}, {name: xen}]\n"
			       "data: {bridge: br, guests: 198.18.0.64-198.18.0.127}\n"
			       "hosts: [{host: \"n[1-4]\", address: 198.18.0.1, cpus: 0-1,\n"
			       "  memory: 4G}]\n";

static const char all_hosts_yaml[] =
	"campaign: c\n"
	"targets: [{target: kvm-virtio}, {target: kvm-emulated}, {target: xen-pv}]\n"
	"placements: [4x1, 4x2]\n"
	"blocks: 10\n"
	"benchmarks: [null]\n";
static const char two_environments_yaml[] =
	"campaign: c\n"
	"targets: [{target: fake}, {target: kvm-virtio}, {target: kvm-emulated},\n"
	"  {target: xen-pv}, {target: xen-hvm}]\n"
	"placements: [1x1, 2x1]\n"
	"benchmarks: [null]\n";

struct lab {
	struct site *site;
	struct campaign *campaign;
	struct plan *plan;
	struct image image;
};

static void lab_setup(struct lab *lab, const char *campaign_yaml)
{
	struct yaml_mistakes mistakes = {0};
	lab->site = site_text(lab_yaml, &mistakes);
	lab->campaign = lab->site ? load_text(campaign_yaml, lab->site, &mistakes) : NULL;
	for (size_t i = 0; i < mistakes.count; i++)
		print_error("%s\n", mistakes.lines[i]);
	assert_non_null(lab->campaign);
	lab->image = (struct image){.manifest = (char[]){"{}"}};
	lab->plan = plan_new(lab->campaign, lab->site, &lab->image, true, 5);
}

static void lab_teardown(struct lab *lab)
{
	plan_free(lab->plan);
	campaign_free(lab->campaign);
	site_free(lab->site);
}

/* Within a block every environment comes once, and a block begins with the one that its hosts were
 * left in. */
static void test_environments_change_seldom(void **state)
{
	struct lab lab;
	struct plan_course course;
	const struct environment *left[4] = {0};
	unsigned changes = 0, xen_first = 0;
	(void)state;
	lab_setup(&lab, two_environments_yaml);
	plan_course_init(&course, lab.plan);
	for (unsigned number = 0; number < 40; number++) {
		struct plan_block *block = plan_block_new(lab.plan, &course, 0, number);
		size_t host = block->first_host;
		assert_int_equal(host, number % 4);
		assert_int_equal(block->host_count, 1);
		assert_int_equal(block->start_count, 5);
		unsigned within = 0;
		for (size_t s = 0; s < block->start_count; s++) {
			assert_non_null(block->starts[s].environment);
			within += s > 0 &&
				  block->starts[s].environment != block->starts[s - 1].environment;
		}
		assert_int_equal(within, 1);
		if (left[host])
			assert_ptr_equal(left[host], block->starts[0].environment);
		changes += within;
		left[host] = block->starts[4].environment;
		xen_first += strcmp(block->starts[0].environment->name, "xen") == 0;
		plan_block_free(block);
	}
	assert_int_equal(course.changes, changes);
	assert_int_equal(changes, 40); /* one in each block and none between blocks */
	assert_in_range(xen_first, 5, 35); /* both orders occur */
	plan_course_free(&course);
	lab_teardown(&lab);
}

/* Blocks of several placements on the same hosts go on in the environment that the one before ended
 * in: two environments cost one change a block, not two. */
static void test_placements_share_environments(void **state)
{
	struct lab lab;
	struct plan_course course;
	const struct environment *left = NULL;
	size_t order[2];
	(void)state;
	lab_setup(&lab, all_hosts_yaml);
	plan_course_init(&course, lab.plan);
	for (unsigned number = 0; number < 10; number++) {
		plan_placement_order(lab.plan, number, order);
		for (size_t p = 0; p < 2; p++) {
			struct plan_block *block =
				plan_block_new(lab.plan, &course, order[p], number);
			assert_int_equal(block->host_count, 4);
			assert_int_equal(block->start_count, 3);
			if (left)
				assert_ptr_equal(block->starts[0].environment, left);
			left = block->starts[2].environment;
			plan_block_free(block);
		}
	}
	assert_int_equal(course.changes, 4 * 2 * 10);
	assert_int_equal(plan_changes(lab.plan), 4 * 2 * 10);
	plan_course_free(&course);
	lab_teardown(&lab);
}

/* Placements of two hosts take neighbours, and blocks fill the site. */
static void test_blocks_are_spread_over_hosts(void **state)
{
	struct lab lab;
	struct plan_course course;
	(void)state;
	lab_setup(&lab, two_environments_yaml);
	assert_int_equal(plan_lanes(lab.plan, 0), 4);
	assert_int_equal(plan_lanes(lab.plan, 1), 2);
	plan_course_init(&course, lab.plan);
	for (unsigned number = 0; number < 6; number++) {
		struct plan_block *block = plan_block_new(lab.plan, &course, 1, number);
		assert_int_equal(block->first_host, number % 2 * 2);
		assert_int_equal(block->host_count, 2);
		plan_block_free(block);
	}
	plan_course_free(&course);
	lab_teardown(&lab);
}

static void test_what_a_site_lacks_is_a_reason(void **state)
{
	static const char text[] = "site: s\n"
				   "environments: [{name: linux}]\n"
				   "hosts: [{host: a, cpus: 0-1, memory: 4G},\n"
				   "  {host: b, cpus: 0-1, memory: 4G}]\n";
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_text(text, &mistakes);
	struct image image = {.manifest = (char[]){"{}"}};
	(void)state;
	assert_non_null(site);
	struct campaign *campaign = load_text(two_environments_yaml, site, &mistakes);
	assert_non_null(campaign);
	struct plan *plan = plan_new(campaign, site, &image, true, 5);
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		const char *environment = campaign->targets[cell->target].environment;
		bool xen = environment && strcmp(environment, "xen") == 0;
		bool fake = strcmp(campaign->targets[cell->target].name, "fake") == 0;
		bool across = cell->placement == 1;
		assert_int_equal(cell->skip_reason != NULL, !fake && (xen || across));
		if (xen)
			assert_string_equal(cell->skip_reason, "the site has no environment xen");
		else if (across && !fake)
			assert_non_null(strstr(cell->skip_reason, "data.bridge"));
	}
	plan_free(plan);
	campaign_free(campaign);
	site_free(site);
}

/* Two kernels of one site, told apart by a target of each. */
static void test_targets_name_their_environment(void **state)
{
	static const char site_yaml[] =
		"reach: [ssh, \"{host}\"]\n"
		"environments: [{name: old, kernel: \"6.1\"}, {name: new, kernel: \"6.12\"}]\n"
		"hosts: [{host: a, cpus: 0-1, memory: 4G}]\n";
	static const char campaign_yaml[] =
		"campaign: c\n"
		"targets: [{target: native, name: before, environment: old},\n"
		"  {target: native, name: after, environment: new},\n"
		"  {target: native, name: never, environment: newer}, kvm-virtio]\n"
		"benchmarks: [null]\n";
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_text(site_yaml, &mistakes);
	struct image image = {.manifest = (char[]){"{}"}};
	struct plan_course course;
	(void)state;
	assert_non_null(site);
	struct campaign *campaign = load_text(campaign_yaml, site, &mistakes);
	assert_non_null(campaign);
	struct plan *plan = plan_new(campaign, site, &image, true, 5);
	assert_null(plan->cells[0].skip_reason);
	assert_null(plan->cells[1].skip_reason);
	assert_string_equal(plan->cells[2].skip_reason, "the site has no environment newer");
	assert_string_equal(plan->cells[3].skip_reason, "the site has no environment linux");
	plan_course_init(&course, plan);
	struct plan_block *block = plan_block_new(plan, &course, 0, 0);
	assert_int_equal(block->start_count, 2);
	for (size_t s = 0; s < block->start_count; s++)
		assert_string_equal(block->starts[s].environment->name,
			block->starts[s].target == 0 ? "old" : "new");
	plan_block_free(block);
	plan_course_free(&course);
	plan_free(plan);
	campaign_free(campaign);
	site_free(site);

	site = small_site(); /* its host stays as it is */
	campaign = load_text(campaign_yaml, site, &mistakes);
	assert_non_null(campaign);
	plan = plan_new(campaign, site, &image, false, 5);
	assert_string_equal(plan->cells[0].skip_reason, "the site has no environment old");
	assert_null(plan->cells[3].skip_reason);
	plan_free(plan);
	campaign_free(campaign);
	site_free(site);
}

/* A host is one native machine, or as many as a placement has guests: by the target's option. */
static void test_native_machines(void **state)
{
	struct yaml_mistakes mistakes = {0};
	struct site *site = small_site();
	struct campaign *c =
		load_text("campaign: c\n"
			  "targets: [native, {target: native, name: net, network: own}]\n"
			  "placements: [1x2]\n"
			  "benchmarks: [net]\n",
			site, &mistakes);
	(void)state;
	assert_non_null(c);
	assert_int_equal(plan_machines_per_host(&c->targets[0], &c->placements[0]), 1);
	assert_int_equal(plan_machines_per_host(&c->targets[1], &c->placements[0]), 2);
	campaign_free(c);
	site_free(site);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_and_reasons),
		cmocka_unit_test(test_every_run_once),
		cmocka_unit_test(test_order_depends_on_the_seed_alone),
		cmocka_unit_test(test_blocks_are_mirrored_in_pairs),
		cmocka_unit_test(test_reasons_have_the_place_of_their_option),
		cmocka_unit_test(test_targets_without_image_are_skipped),
		cmocka_unit_test(test_environments_change_seldom),
		cmocka_unit_test(test_placements_share_environments),
		cmocka_unit_test(test_blocks_are_spread_over_hosts),
		cmocka_unit_test(test_what_a_site_lacks_is_a_reason),
		cmocka_unit_test(test_targets_name_their_environment),
		cmocka_unit_test(test_native_machines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
