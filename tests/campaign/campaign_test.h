/* Shared by the campaign room's tests: campaign files out of texts. */
#ifndef TARE_TESTS_CAMPAIGN_TEST_H
#define TARE_TESTS_CAMPAIGN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "campaign/file/campaign.h"

/* A site of one host with 4 CPUs and 8 GiB, whatever the machine of the test has. */
static inline struct site *small_site(void)
{
	static const unsigned cpus[] = {0, 1, 2, 3};
	struct site *site = calloc(1, sizeof(*site));
	site->name = strdup("test");
	site->work_dir = strdup("/nonexistent");
	site->hosts = calloc(1, sizeof(*site->hosts));
	site->host_count = 1;
	site->hosts[0].name = strdup("localhost");
	site->hosts[0].cpus = malloc(sizeof(cpus));
	memcpy(site->hosts[0].cpus, cpus, sizeof(cpus));
	site->hosts[0].cpu_count = 4;
	site->hosts[0].memory_bytes = (uint64_t)8 << 30;
	site->cpus = 4;
	site->memory_bytes = (uint64_t)8 << 30;
	return site;
}

/* Writes the text to a file of its own; remove it with unlink(path). */
static inline void write_yaml(const char *text, char path[64])
{
	strcpy(path, "/tmp/tare-test-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline struct campaign *load_text(
	const char *text, const struct site *site, struct yaml_mistakes *mistakes)
{
	char path[64];
	write_yaml(text, path);
	struct campaign *campaign = campaign_load(path, NULL, site, mistakes);
	unlink(path);
	return campaign;
}

static inline struct site *site_text(const char *text, struct yaml_mistakes *mistakes)
{
	char path[64];
	write_yaml(text, path);
	struct site *site = site_load(path, mistakes);
	unlink(path);
	return site;
}

#endif
