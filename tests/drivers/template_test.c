/* The user's guest as a template: what is taken over, what is not, and that nothing of the guest
 * itself gets into what is measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/domain_change.h"
#include "drivers/template.h"

#define TEMPLATE TARE_SOURCE_DIR "/tests/golden/domains/template.xml"

static char *template_text(void)
{
	struct error e = {""};
	char *xml = template_read("unused", TEMPLATE, &e);

	if (!xml)
		fail_msg("%s", e.text);
	return xml;
}

static struct libvirt_options *options_set(const char *name, const char *value)
{
	struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
	struct error e = {""};

	if (name && option_set(option_find(libvirt_rows, name), options, value, &e) < 0)
		fail_msg("%s", e.text);
	return options;
}

static const struct {
	const char *option, *value;
} expected[] = {
	{"machine", "pc-q35-7.2"},
	{"emulator", "/usr/bin/qemu-system-x86_64"},
	{"cache", "writeback"},
	{"io", "threads"},
	{"discard", "unmap"},
	{"disk_queues", "2"},
	{"iothreads", "2"},
	{"disk_model", "virtio-blk"},
	{"net_model", "virtio"},
	{"net_queues", "2"},
	{"vhost", "off"},
	{"balloon", "virtio"},
	{"hugepages", "0"},
	{"ksm", "auto"},
};

static void options_are_taken_over(void **state)
{
	(void)state;
	cleanup_free char *xml = template_text();
	struct libvirt_options *asked = options_set("cache", "none");
	struct libvirt_options *options = template_options(asked, xml, NULL);

	assert_non_null(options);
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		cleanup_free char *text =
			option_text(option_find(libvirt_rows, expected[i].option), options);
		/* What the campaign sets comes first. */
		bool is_asked = strcmp(expected[i].option, "cache") == 0;
		if (strcmp(text, is_asked ? "none" : expected[i].value) != 0)
			fail_msg("%s is %s", expected[i].option, text);
	}
	options_free(libvirt_rows, options);
	options_free(libvirt_rows, asked);
}

/* The whole guest, with the options and elements of the template. */
static char *guest_xml(const char *option, const char *value, const char *type)
{
	cleanup_free char *xml = template_text();
	struct libvirt_options *asked = options_set(option, value);
	struct libvirt_options *options = template_options(asked, xml, NULL);
	struct domain domain = domain_example(options, 2);
	struct error e = {""};

	domain.type = type;
	domain.template_xml = xml;
	char *guest = domain_changed_xml(&domain, &e);
	if (!guest)
		fail_msg("%s", e.text);
	options_free(libvirt_rows, options);
	options_free(libvirt_rows, asked);
	return guest;
}

static void elements_are_taken_over(void **state)
{
	(void)state;
	static const char topology[] =
		"<topology sockets=\"1\" dies=\"1\" cores=\"2\" threads=\"1\"/>";
	cleanup_free char *guest = guest_xml(NULL, NULL, "kvm");
	cleanup_free char *with_cpu = guest_xml("features", "-svm", "kvm");
	cleanup_free char *emulated = guest_xml(NULL, NULL, "qemu");

	assert_non_null(strstr(guest, topology));
	assert_non_null(strstr(guest, "<timer name=\"hpet\" present=\"no\"/>"));
	assert_non_null(strstr(guest, "<vmport state=\"off\"/>"));
	/* Options about the CPU are about all of it, and an emulated one is not the host's. */
	assert_null(strstr(with_cpu, topology));
	assert_null(strstr(emulated, topology));
	assert_non_null(strstr(emulated, "<timer name=\"hpet\" present=\"no\"/>"));
}

static void the_guest_itself_is_left_alone(void **state)
{
	(void)state;
	static const char *const own[] = {"<name>database", "0b3f6f3e", "8388608", "cpuset=\"14\"",
		"OVMF", "/dev/vg0", "52:54:00:6d:90:02", "network=\"default\"", "spice", "<rng",
		"cdrom"};
	cleanup_free char *guest = guest_xml(NULL, NULL, "kvm");

	for (size_t i = 0; i < ARRAY_COUNT(own); i++) {
		if (strstr(guest, own[i]))
			fail_msg("%s is in the guest", own[i]);
	}
	assert_non_null(strstr(guest, "<name>tare-example</name>"));
	assert_non_null(strstr(guest, "org.tare.0"));
}

static void add(void *context, const char *part, const char *value, const char *becomes)
{
	text_addf(context, "%s|%s|%s\n", part, value, becomes);
}

static void every_part_is_listed(void **state)
{
	(void)state;
	static const char *const lines[] = {"disk's cache|writeback|option cache: writeback\n",
		"I/O threads|4|option iothreads: 2\n", "<uuid>||tare's own\n",
		"<clock>||taken over as it is\n", "<cpu>||taken over as it is, under KVM\n",
		"<graphics>||not taken over\n", "<rng>||not taken over\n"};
	cleanup_free char *xml = template_text();
	cleanup_text struct text text = {0};

	assert_int_equal(template_list(xml, add, &text, NULL), 0);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		if (!strstr(text.bytes, lines[i]))
			fail_msg("no %s in %s", lines[i], text.bytes);
	}
	assert_null(strstr(text.bytes, "huge pages|"));
}

/* libvirt's test driver has one domain. */
static void domains_have_names(void **state)
{
	(void)state;
	struct error e = {""};
	cleanup_free char *xml = template_read("test:///default", "test", &e);

	if (!xml) {
		fail_msg("%s", e.text);
		return;
	}
	assert_non_null(strstr(xml, "<name>test</name>"));
	assert_null(template_read("test:///default", "none-such", &e));
	assert_non_null(strstr(e.text, "none-such"));
}

static void what_is_no_domain_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *xml, *error;
	} rows[] = {
		{"<domain>\n<name>", "the domain:2: "},
		{"<network/>", "expected a <domain>, not <network>"},
		{"", "the domain:"},
	};
	struct libvirt_options *asked = options_set(NULL, NULL);

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct error e = {""};
		assert_null(template_options(asked, rows[i].xml, &e));
		if (strncmp(e.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s", e.text);
	}
	options_free(libvirt_rows, asked);
	assert_null(template_read("unused", "/nowhere.xml", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_taken_over),
		cmocka_unit_test(elements_are_taken_over),
		cmocka_unit_test(the_guest_itself_is_left_alone),
		cmocka_unit_test(every_part_is_listed),
		cmocka_unit_test(domains_have_names),
		cmocka_unit_test(what_is_no_domain_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
