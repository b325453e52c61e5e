/* The tables: every default parses, every target names a driver and values that it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "drivers/domain.h"
#include "drivers/driver.h"

static void drivers_are_whole(void **state)
{
	(void)state;
	for (const struct driver *const *at = drivers; *at; at++) {
		const struct driver *driver = *at;
		assert_ptr_equal(driver_find(driver->name), driver);
		assert_non_null(driver->summary);
		assert_true(driver->probe && driver->start && driver->stop);
		void *options = options_new(driver->options, driver->options_size);
		for (const struct option_row *row = driver->options; row->name; row++) {
			struct error e = {""};
			cleanup_free char *text = option_text(row, options);
			assert_true(row->offset < driver->options_size);
			assert_non_null(row->help);
			/* The canonical text is accepted again. */
			if (text[0] && option_set(row, options, text, &e) < 0)
				fail_msg("%s", e.text);
		}
		options_free(driver->options, options);
	}
	assert_null(driver_find("kvm"));
}

static void targets_fit_their_drivers(void **state)
{
	(void)state;
	for (const struct target *target = targets; target->name; target++) {
		const struct driver *driver = driver_find(target->driver);
		assert_ptr_equal(target_find(target->name), target);
		assert_non_null(driver);
		void *options = options_new(driver->options, driver->options_size);
		for (const struct target_preset *preset = target->presets; preset->option;
			preset++) {
			const struct option_row *row = option_find(driver->options, preset->option);
			struct error e = {""};
			assert_non_null(row);
			if (option_set(row, options, preset->value, &e) < 0)
				fail_msg("%s: %s", target->name, e.text);
		}
		options_free(driver->options, options);
	}
	assert_null(target_find("no-such-target"));
}

/* The choices of the libvirt driver's options are the rows of the tables. */
static void choices_are_rows(void **state)
{
	(void)state;
	const struct driver *driver = driver_find("libvirt");
	const char *const *hypervisor = option_find(driver->options, "hypervisor")->choices;
	const char *const *devices = option_find(driver->options, "devices")->choices;
	size_t count = 0;

	for (; *hypervisor; hypervisor++, count++)
		assert_non_null(hypervisor_find(*hypervisor));
	assert_null(hypervisors[count].name);
	for (count = 0; *devices; devices++, count++)
		assert_non_null(device_model_find(*devices));
	assert_null(device_models[count].name);
}

static void network_addresses(void **state)
{
	(void)state;
	struct network network = {.host_address = (char *)"198.18.0.1", .prefix = 20};
	static const struct {
		unsigned index;
		const char *address;
	} rows[] = {{0, "198.18.0.2"}, {252, "198.18.0.254"}, {254, "198.18.1.0"},
		{3999, "198.18.15.161"}};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_free char *address = network_address(&network, rows[i].index);
		assert_string_equal(address, rows[i].address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drivers_are_whole),
		cmocka_unit_test(targets_fit_their_drivers),
		cmocka_unit_test(choices_are_rows),
		cmocka_unit_test(network_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
