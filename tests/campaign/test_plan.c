/* The plan: deterministic, complete, shuffled, and it says why a cell is skipped. */
#include "campaign/plan.h"
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
	return f;
}

static void teardown(struct fixture *f)
{
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
		bool alone = cell->placement == 0 && !strcmp(name, "net");
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
		struct plan_block *block = plan_block_new(f.plan, p, 3);
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
		struct plan_block *a = plan_block_new(f.plan, 0, number);
		struct plan_block *b = plan_block_new(again.plan, 0, number);
		struct plan_block *c = plan_block_new(other.plan, 0, number);
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

static void test_targets_without_image_are_skipped(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text(
		"campaign: c\ntargets: [kvm-virtio]\nbenchmarks: [null]\n", site, &mistakes);
	assert_non_null(c);
	struct plan *plan = plan_new(c, site, NULL, false, 1);
	assert_non_null(strstr(plan->cells[0].skip_reason, "scripts/image"));
	struct plan_block *block = plan_block_new(plan, 0, 0);
	assert_int_equal(block->start_count, 0);
	plan_block_free(block);
	plan_free(plan);
	campaign_free(c);
	site_free(site);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_and_reasons),
		cmocka_unit_test(test_every_run_once),
		cmocka_unit_test(test_order_depends_on_the_seed_alone),
		cmocka_unit_test(test_targets_without_image_are_skipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
