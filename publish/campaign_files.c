/* What a crate has of each campaign. The store is copied clean; all the rest is made from the
 * copy. */
#include "publish/crate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/log.h"
#include "publish/remake.h"
#include "report/model/build.h"
#include "report/verdict/decision.h"
#include "report/plot/figures.h"
#include "store/copy.h"

/* A name for files of any system: letters, digits, "-", "_" and "."; at most `limit` bytes. */
static char *safe_name(const char *name, size_t limit)
{
	char *safe = str_printf("%.*s", (int)limit, name);

	for (char *c = safe; *c; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (!isascii(*c) || (!isalnum((unsigned char)*c) && !strchr("-_.", *c)))
			*c = '-';
	}
	return safe;
}

static char *leave(void *context, const char *text)
{
	(void)context;
	(void)text;
	return NULL;
}

/* --- copy and read ------------------------------------------------------------------------------
 */

static int read_store(const char *directory, struct store_data **data, struct error *e)
{
	struct store *store;

	if (store_open_readonly(directory, &store, e) < 0)
		return -1;
	int status = store_read(store, data, e);
	store_close(store);
	return status;
}

static void set_names(struct crate_campaign *campaign, const struct store_data *data)
{
	enum { NAME_BYTES = 60 };
	cleanup_free char *name = safe_name(data->name, NAME_BYTES);

	campaign->name = str_printf("%s-%s", name, data->campaign_id);
	campaign->folder = str_printf("campaigns/%s", campaign->name);
}

/* Before anything of it is written. */
static int check_distinct(
	const struct crate *crate, const struct crate_campaign *campaign, struct error *e)
{
	for (const struct crate_campaign *other = crate->campaigns; other < campaign; other++)
		if (strcmp(other->name, campaign->name) == 0)
			return error_set(e, "the same campaign as %s; name it once",
				other->source->directory);
	return 0;
}

/* The name of the clean copy's folder comes from the name as it is there. */
static void clean_name(struct identity *identity, struct store_data *data)
{
	char *clean = identity_clean(identity, data->name);

	if (!clean)
		return;
	free(data->name);
	data->name = clean;
}

static int copy_clean(const struct crate *crate, struct crate_campaign *campaign, struct error *e)
{
	struct identity identity = {0};
	struct store_data *data = NULL;
	bool keep = crate->options->identify;
	int status = read_store(campaign->source->directory, &data, e);

	if (status == 0 && !keep) {
		status = identity_collect(&identity, data, e);
		clean_name(&identity, data);
	}
	if (status == 0) {
		set_names(campaign, data);
		status = check_distinct(crate, campaign, e);
	}
	if (status == 0) {
		cleanup_free char *to = str_printf("%s/%s", crate->directory, campaign->folder);
		status = store_copy(campaign->source->directory, to, keep ? leave : identity_clean,
			&identity, e);
	}
	store_data_free(data);
	identity_free(&identity);
	return status;
}

static void set_times(struct crate_campaign *campaign)
{
	const struct store_data *data = campaign->data;

	campaign->started_ns = campaign->ended_ns = data->started_ns;
	for (size_t i = 0; i < data->run_count; i++)
		if (data->runs[i].ended_ns > campaign->ended_ns)
			campaign->ended_ns = data->runs[i].ended_ns;
	for (size_t i = 0; i < data->event_count; i++)
		if (data->events[i].time_ns > campaign->ended_ns)
			campaign->ended_ns = data->events[i].time_ns;
}

static int make_model(const struct crate *crate, struct crate_campaign *campaign, struct error *e)
{
	cleanup_free char *folder = str_printf("%s/%s", crate->directory, campaign->folder);

	if (read_store(folder, &campaign->data, e) < 0)
		return -1;
	set_times(campaign);
	if (report_model_new(campaign->data, &remake_options, &campaign->model, e) < 0)
		return -1;
	return decision_apply(campaign->model, e);
}

/* --- files --------------------------------------------------------------------------------------
 */

static int add_text(struct crate *crate, long index, const char *name, char *description,
	const char *content, bool input, struct error *e)
{
	cleanup_text struct text text = {0};
	cleanup_free char *path = str_printf("%s/%s", crate->campaigns[index].folder, name);

	text_add(&text, content);
	if (crate_add(crate, path, crate_type_of(name), description, index, &text, e) < 0)
		return -1;
	crate->files[crate->count - 1].input = input;
	return 0;
}

static int add_inputs(struct crate *crate, long index, struct error *e)
{
	const struct crate_campaign *campaign = &crate->campaigns[index];
	const struct store_data *data = campaign->data;
	const char *manifest = campaign->source->image_manifest;

	if (data->yaml && *data->yaml &&
		add_text(crate, index, "campaign.yaml", str_dup("the campaign file"), data->yaml,
			true, e) < 0)
		return -1;
	if (data->site_yaml && *data->site_yaml &&
		add_text(crate, index, "site.yaml", str_dup("the site file"), data->site_yaml, true,
			e) < 0)
		return -1;
	if (!manifest)
		return 0;
	return add_text(crate, index, "image-manifest.json",
		str_dup("the image that every machine ran: digests and versions of its packages"),
		manifest, true, e);
}

struct adding {
	struct crate *crate;
	long index; /* of the campaign */
};

static int add_found(void *context, const struct remade_file *file, struct error *e)
{
	const struct adding *adding = context;
	const struct crate_campaign *campaign = &adding->crate->campaigns[adding->index];
	cleanup_free char *path = str_printf("%s/%s", campaign->folder, file->name);

	return crate_add(adding->crate, path, crate_type_of(path), str_dup(file->description),
		adding->index, file->text, e);
}

/* What can be made again from the store, and is when the crate is checked. */
static int add_remade(struct crate *crate, long index, struct error *e)
{
	const struct crate_campaign *campaign = &crate->campaigns[index];
	struct adding adding = {crate, index};
	cleanup_free char *directory = str_printf("%s/%s", crate->directory, campaign->folder);

	return remake(directory, campaign->model, add_found, &adding, e);
}

static int add_figures(struct crate *crate, long index, struct error *e)
{
	const struct crate_campaign *campaign = &crate->campaigns[index];
	cleanup_free char *folder = str_printf("%s/figures", campaign->folder);
	cleanup_free char *directory = str_printf("%s/%s", crate->directory, folder);
	struct error undrawn = {""};
	size_t drawn = 0;

	if (report_figures(campaign->model, directory, &drawn, &undrawn) < 0)
		log_warn("%s: no figures: %s", campaign->name, undrawn.text);
	if (!drawn)
		return dir_remove(directory, e);
	return crate_record_folder(crate, folder, "a figure, or what draws it", index, e);
}

static int add_campaign(struct crate *crate, long index, struct error *e)
{
	struct crate_campaign *campaign = &crate->campaigns[index];

	if (copy_clean(crate, campaign, e) < 0 || make_model(crate, campaign, e) < 0)
		return error_prefix(e, "%s", campaign->source->directory);
	cleanup_free char *store = str_printf("%s/campaign.sqlite", campaign->folder);
	crate_record(crate, store, crate_type_of(store),
		str_dup("the store: every sample, raw output, machine fact and failure"), index,
		false);
	/* Figures last: a page that is written after them would show them. */
	if (add_inputs(crate, index, e) < 0 || add_remade(crate, index, e) < 0 ||
		add_figures(crate, index, e) < 0)
		return -1;
	return 0;
}

int campaign_files_add(struct crate *crate, struct error *e)
{
	for (long i = 0; i < (long)crate->campaign_count; i++)
		if (add_campaign(crate, i, e) < 0)
			return -1;
	return 0;
}
