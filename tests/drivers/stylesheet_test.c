/* Stylesheets: what they change, and what they get wrong, with the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/domain_change.h"
#include "drivers/stylesheet.h"
#include "drivers/tuning.h"
#include "drivers/xml_diff.h"

#define SHEET(templates) \
	"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>\n" \
	"<xsl:output method='xml' omit-xml-declaration='yes'/>\n" \
	"<xsl:template match='@*|node()'>\n" \
	"<xsl:copy><xsl:apply-templates " \
	"select='@*|node()'/></xsl:copy></xsl:template>\n" templates "</xsl:stylesheet>\n"

static char path[] = "/tmp/tare-sheet-XXXXXX";

static struct libvirt_options *options_with(const char *sheet, const char *hypervisor)
{
	struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
	struct error e = {""};

	assert_int_equal(file_write(path, sheet, strlen(sheet), &e), 0);
	options->xslt = str_dup(path);
	option_set(option_find(libvirt_rows, "hypervisor"), options, hypervisor, &e);
	option_set(option_find(libvirt_rows, "devices"), options,
		strcmp(hypervisor, "kvm") == 0 ? "virtio" : "pv", &e);
	return options;
}

static void changes_the_domain(void **state)
{
	(void)state;
	struct libvirt_options *options =
		options_with(SHEET("<xsl:template match='/domain/vcpu'><xsl:copy-of select='.'/>"
				   "<iothreads>1</iothreads></xsl:template>\n"),
			"kvm");
	struct domain domain = domain_example(options, 2);
	struct error e = {""};
	cleanup_free char *usual = domain_xml(&domain);
	cleanup_free char *xml = domain_changed_xml(&domain, &e);

	if (!xml) {
		fail_msg("%s", e.text);
		return;
	}
	assert_null(strstr(usual, "<iothreads>"));
	assert_non_null(strstr(xml, "</vcpu><iothreads>1</iothreads>"));
	assert_int_equal(tuning_check(options, 2, &e), 0);
	char directory[] = "/tmp/tare-diff-XXXXXX";
	assert_non_null(mkdtemp(directory));
	json_t *lines = xml_diff(directory, usual, xml, &e);
	assert_int_equal(rmdir(directory), 0);
	/* "@@ … @@", three lines before, the change, three lines after. */
	assert_int_equal(json_array_size(lines), 8);
	assert_string_equal(
		json_string_value(json_array_get(lines, 4)), "+  <iothreads>1</iothreads>");
	json_decref(lines);
	cleanup_free char *digest = stylesheet_file_digest(path);
	assert_int_equal(strlen(digest), 64);
	options_free(libvirt_rows, options);
}

/* Without a stylesheet it is the domain itself. */
static void nothing_is_changed(void **state)
{
	(void)state;
	struct libvirt_options *options = options_new(libvirt_rows, sizeof(*options));
	struct domain domain = domain_example(options, 1);
	cleanup_free char *usual = domain_xml(&domain);
	cleanup_free char *xml = domain_changed_xml(&domain, NULL);

	assert_string_equal(xml, usual);
	options_free(libvirt_rows, options);
}

static const struct {
	const char *hypervisor, *sheet, *error; /* after the path */
} wrong[] = {
	{"kvm", "<xsl:stylesheet version='1.0'\n", ":2: "},
	{"kvm", "<a>\n<b>\n</a>", ":3: Premature end of data"},
	{"kvm", SHEET("<xsl:template match='['/>\n"), ":5: "},
	{"kvm",
		SHEET("<xsl:template match='/'>\n<xsl:message terminate='yes'>no such "
		      "disk</xsl:message></xsl:template>\n"),
		": no such disk"},
	{"kvm",
		SHEET("<xsl:template match='/domain/name'>\n<x><xsl:copy-of "
		      "select=\"document('/etc/passwd')\"/></x></xsl:template>\n"),
		""},
	{"kvm", SHEET("<xsl:template match='channel'/>\n"),
		": the result lacks the control channel"},
	{"kvm", SHEET("<xsl:template match='disk'/>\n"), ": the result lacks the root disk"},
	{"kvm", SHEET("<xsl:template match='/domain/name'><name>mine</name></xsl:template>\n"),
		": the result lacks the guest's name"},
	{"xen-pv", SHEET("<xsl:template match='channel'/>\n"),
		": the result lacks the control channel"},
	{"kvm", SHEET("<xsl:template match='/domain/vcpu'><vcpu>4</vcpu></xsl:template>\n"),
		": the result has 4 CPUs and not 1"},
	{"kvm", SHEET("<xsl:template match='/domain/vcpu'/>\n"),
		": the result has no CPUs and not 1"},
	{"kvm", SHEET("<xsl:template match='/'>text</xsl:template>\n"),
		": the result is no XML: the sheet has to copy"},
	{"kvm",
		SHEET("<xsl:template match='disk'>\n<xsl:value-of select='$none'/>"
		      "</xsl:template>\n"),
		":6: Variable 'none' has not been declared"},
	{"kvm", "<nothing/>", ""},
};

static void mistakes_have_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		struct libvirt_options *options = options_with(wrong[i].sheet, wrong[i].hypervisor);
		cleanup_free char *expected = str_printf("xslt: %s%s", path, wrong[i].error);
		struct error e = {""};
		if (tuning_check(options, 1, &e) == 0)
			fail_msg("%s: no error", wrong[i].sheet);
		print_message("%s\n", e.text);
		if (strncmp(e.text, expected, strlen(expected)) != 0)
			print_error("%s, not %s\n", e.text, expected);
		assert_null(strstr(e.text, "root:x"));
		assert_null(strchr(e.text, '\n'));
		options_free(libvirt_rows, options);
	}
}

/* What libvirt would refuse when the guest starts is known before. */
static void the_schema_is_asked(void **state)
{
	static const char typo[] =
		SHEET("<xsl:template match='/domain/vcpu'><xsl:copy-of select='.'/>"
		      "<iothreadz>1</iothreadz></xsl:template>\n");
	static const char right[] = SHEET("");
	struct error e = {""};

	(void)state;
	if (!file_exists("/usr/share/libvirt/schemas/domain.rng"))
		skip();
	struct libvirt_options *options = options_with(typo, "kvm");
	cleanup_free char *expected =
		str_printf("xslt: %s: libvirt's schema refuses the result: ", path);
	assert_int_equal(tuning_check(options, 1, &e), 0);
	assert_int_equal(tuning_check_host(options, &e), -1);
	if (strncmp(e.text, expected, strlen(expected)) != 0 || !strstr(e.text, "iothreadz"))
		fail_msg("%s", e.text);
	options_free(libvirt_rows, options);
	options = options_with(right, "kvm");
	if (tuning_check_host(options, &e) < 0)
		fail_msg("%s", e.text);
	options_free(libvirt_rows, options);
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_the_domain),
		cmocka_unit_test(nothing_is_changed),
		cmocka_unit_test(mistakes_have_their_line),
		cmocka_unit_test(the_schema_is_asked),
	};

	close(mkstemp(path));
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
