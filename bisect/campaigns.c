/* Running campaigns of a search. See campaigns.h. */
#include "bisect/campaigns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/file/campaign.h"
#include "campaign/file/keep.h"
#include "report/verdict/margins.h"
#include "store/store.h"

static struct campaign *load(const struct search_setup *search, const struct variants *variants,
	const char *path, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	struct campaign *campaign = NULL;

	if (variants_write(variants, path, &mistakes) == 0)
		campaign = campaign_load(path, search->settings, search->site, &mistakes);
	if (campaign && campaign->target_count != variants->count) {
		error_set(e,
			"%s: the target to bisect is a sweep; give it one value of each option",
			search->campaign_path);
		campaign_free(campaign);
		campaign = NULL;
	}
	if (mistakes.count)
		error_set(e, "%s", mistakes.lines[0]);
	yaml_mistakes_free(&mistakes);
	return campaign;
}

/* A mistake in a file that the user did not write has no place that helps. */
static void remove_place(const char *path, struct error *e)
{
	size_t length = strlen(path);
	struct error before = *e;
	unsigned line, column;
	int end = 0;

	if (strncmp(e->text, path, length) != 0)
		return;
	if (sscanf(before.text + length, ":%u:%u: %n", &line, &column, &end) == 2 && end)
		error_set(e, "%s", before.text + length + (size_t)end);
}

/* Puts what is wrong with the user's own file, where it stands in it, in place of the error. */
static void find_place(const struct search_setup *search, struct error *e)
{
	struct yaml_mistakes mistakes = {0};
	struct campaign *campaign =
		campaign_load(search->campaign_path, search->settings, search->site, &mistakes);

	campaign_free(campaign);
	if (mistakes.count)
		error_set(e, "%s", mistakes.lines[0]);
	yaml_mistakes_free(&mistakes);
}

static int check_variants(const struct search_setup *search, struct error *e)
{
	const struct builds builds = {.revisions = search->revisions,
		.command = search->command,
		.value = search->value,
		.directory = "/"};
	cleanup_free char *good = builds_value(&builds, 0);
	cleanup_free char *bad = builds_value(&builds, search->revisions->count - 1);
	const struct variants variants = {.path = search->campaign_path,
		.target = search->target,
		.option = search->option,
		.list = {{"good", good}, {"bad", bad}},
		.count = 2,
		.decide = true,
		.delta = search->delta};
	char path[] = "/tmp/tare-bisect-XXXXXX";
	cleanup_fd int fd = mkstemp(path);

	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	struct campaign *campaign = load(search, &variants, path, e);

	unlink(path);
	campaign_free(campaign);
	if (campaign)
		return 0;
	remove_place(path, e);
	find_place(search, e);
	return -1;
}

int campaigns_check(const struct search_setup *search, struct error *e)
{
	struct margins margins = {0};
	int status = search->delta ? margins_parse(search->delta, "--delta", &margins, e) : 0;

	margins_free(&margins);
	return status < 0 ? -1 : check_variants(search, e);
}

enum run_result campaigns_run(const struct search_setup *search, const char *name,
	const struct variants *variants, const struct measured_metric *only,
	struct run_setup *setup, struct error *e)
{
	cleanup_free char *path = str_printf("%s/%s.yaml", search->directory, name);
	cleanup_free char *directory = str_printf("%s/%s", search->directory, name);
	struct campaign *campaign = load(search, variants, path, e);

	if (!campaign)
		return RUN_REFUSED;
	if (only)
		campaign_keep_cells(campaign,
			&(struct campaign_cell){only->placement, only->benchmark, only->parameters},
			1);
	setup->campaign = campaign;
	setup->site = search->site;
	setup->directory = directory;
	setup->has_seed = true;
	enum run_result result = search->run(search->context, setup, only, e);

	campaign_free(campaign);
	return result;
}

struct store_data *campaigns_read(
	const struct search_setup *search, const char *name, struct error *e)
{
	cleanup_free char *directory = str_printf("%s/%s", search->directory, name);
	struct store *store = NULL;
	struct store_data *data = NULL;

	if (store_open_readonly(directory, &store, e) == 0 && store_read(store, &data, e) < 0)
		data = NULL;
	store_close(store);
	return data;
}
