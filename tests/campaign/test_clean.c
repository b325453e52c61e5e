/* Removing the scratch directories of campaigns: which names are taken for theirs. */
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "campaign/clean.h"
#include "hosts/work_root.h"
#include "tests/campaign/campaign_test.h"
#include "tests/skippable.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool made; /* by tare: it has the mark */
		bool removed;
	} cases[] = {
		{"0011aabb", true, true},
		{"0011aabb22cc", true, true}, /* of a host that was this machine */
		{"0011aabb22", true, false},
		{"0011aabb22cz", true, false},
		{"0011aabb22cc33", true, false},
		{"deadbeef", false, false}, /* somebody else's, named like an id */
		{"0123456789ab", false, false},
	};
	char directory[] = "/tmp/tare-test-clean-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_free char *path = str_printf("%s/%s/guest-1", directory, cases[i].name);
		cleanup_free char *top = str_printf("%s/%s", directory, cases[i].name);
		struct error e = {""};
		if (cases[i].made)
			assert_int_equal(work_root_make(top, &e), 0);
		assert_int_equal(dir_make(path, &e), 0);
		if (campaign_clean(directory, cases[i].name, NULL, NULL, &e) < 0)
			fail_msg("%s: %s", cases[i].name, e.text);
		if (file_exists(top) == cases[i].removed)
			fail_msg("%s: removed: %d", cases[i].name, !cases[i].removed);
	}
	dir_remove(directory, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
	};

	return RUN_AS_ROOT("clean", tests, NULL, NULL);
}
