/* ro-crate-metadata.json: RO-Crate 1.2. Every campaign is a CreateAction: its instrument is tare,
 * its object what it was made from, its result what came out. */
#include "publish/crate.h"

#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "publish/rocrate.h"
#include "report/write/json.h"

static const char metadata[] = ROCRATE_NAME;

static json_t *reference(const char *id)
{
	return json_pack("{s:s}", "@id", id);
}

/* An identifier is a URI: what a path may have and a URI may not is written as %XX. */
static char *identifier(const char *path)
{
	cleanup_text struct text id = {0};

	for (; *path; path++)
		if (strchr(" %<>\"{}|\\^`#?", *path) || *path & 0x80)
			text_addf(&id, "%%%02X", (unsigned char)*path);
		else
			text_add_bytes(&id, path, 1);
	return text_take(&id);
}

static json_t *time_text(int64_t time_ns)
{
	char text[CLOCK_TEXT_BYTES];

	return time_ns ? json_sprintf("%sZ", clock_utc_text(time_ns, text)) : json_null();
}

static int add_file(const struct crate *crate, const struct crate_file *file, json_t *graph,
	json_t *parts, struct error *e)
{
	char hex[SHA256_DIGEST_STRING_LENGTH], size[32];
	cleanup_free char *path = str_printf("%s/%s", crate->directory, file->path);
	cleanup_free char *id = identifier(file->path);
	struct stat status;

	if (stat(path, &status) < 0 || !SHA256File(path, hex))
		return error_set(e, "cannot read %s", path);
	snprintf(size, sizeof(size), "%lld", (long long)status.st_size);
	json_array_append_new(
		graph, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "@id", id, "@type", "File",
			       "name", file->path, "description", file->description,
			       "encodingFormat", file->type, "contentSize", size, "sha256", hex));
	json_array_append_new(parts, reference(id));
	return 0;
}

/* What the action was made from, and what came out. */
static json_t *files_of(const struct crate *crate, long campaign, bool input)
{
	json_t *list = json_array();

	for (size_t i = 0; i < crate->count; i++) {
		const struct crate_file *file = &crate->files[i];
		cleanup_free char *id = identifier(file->path);
		if (file->campaign == campaign && file->input == input)
			json_array_append_new(list, reference(id));
	}
	return list;
}

static void add_action(const struct crate *crate, long index, json_t *graph, json_t *mentions)
{
	const struct crate_campaign *campaign = &crate->campaigns[index];
	cleanup_free char *id = str_printf("#%s", campaign->name);
	cleanup_free char *name = str_printf("Campaign %s", campaign->model->name);
	json_t *action = json_pack("{s:s, s:s, s:s, s:{s:s}, s:o, s:o}", "@id", id, "@type",
		"CreateAction", "name", name, "instrument", "@id", "#tare", "object",
		files_of(crate, index, true), "result", files_of(crate, index, false));

	if (campaign->started_ns) {
		json_object_set_new(action, "startTime", time_text(campaign->started_ns));
		json_object_set_new(action, "endTime", time_text(campaign->ended_ns));
	}
	json_array_append_new(graph, action);
	json_array_append_new(mentions, reference(id));
}

static void add_authors(const struct crate *crate, json_t *root, json_t *graph)
{
	cleanup_free char *names = str_dup(crate->options->authors);
	char *rest = names, *name;
	json_t *list = json_array();

	for (size_t number = 1; (name = strsep(&rest, ";"));) {
		name += strspn(name, " ");
		if (!*name)
			continue;
		cleanup_free char *id = str_printf("#author-%zu", number++);
		json_array_append_new(graph,
			json_pack("{s:s, s:s, s:s}", "@id", id, "@type", "Person", "name", name));
		json_array_append_new(list, reference(id));
	}
	json_object_set_new(root, "author", list);
}

static void add_root(const struct crate *crate, json_t *graph, json_t *parts, json_t *mentions)
{
	cleanup_free char *title = crate_title(crate);
	cleanup_free char *licence = crate_licence_address(crate_licence(crate));
	json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:o, s:o}", "@id", "./",
		"@type", "Dataset", "name", title, "description",
		"Measurements of what virtualization layers cost, by tare: every sample, raw "
		"output, "
		"machine fact and failure, the reports made from them, and how to measure again.",
		"datePublished", crate->date, "license", "@id", licence, "hasPart", parts,
		"mentions", mentions);

	json_array_append_new(mentions, reference("#publication"));
	json_array_append_new(graph, json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "@id", metadata,
					     "@type", "CreativeWork", "about", "@id", "./",
					     "conformsTo", "@id", "https://w3id.org/ro/crate/1.2"));
	if (crate->options->authors)
		add_authors(crate, root, graph);
	json_array_append_new(graph, root);
	json_array_append_new(graph, json_pack("{s:s, s:s, s:s}", "@id", licence, "@type",
					     "CreativeWork", "name", crate_licence(crate)));
	json_array_append_new(
		graph, json_pack("{s:s, s:s, s:s, s:s, s:s}", "@id", "#tare", "@type",
			       "SoftwareApplication", "name", "tare", "softwareVersion",
			       crate->campaigns[0].model->tare_version, "description",
			       "measures what a virtualization layer costs"));
	/* A check of the crate depends on the version of tare that wrote its reports. */
	json_array_append_new(graph, json_pack("{s:s, s:s, s:s, s:s}", "@id", ROCRATE_PUBLISHER,
					     "@type", "SoftwareApplication", "name", "tare publish",
					     "softwareVersion", TARE_VERSION));
	json_array_append_new(graph,
		json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s}, s:s}", "@id", "#publication", "@type",
			"CreateAction", "name", "Making of this crate", "instrument", "@id",
			ROCRATE_PUBLISHER, "result", "@id", "./", "endTime", crate->date));
}

int rocrate_add(struct crate *crate, struct error *e)
{
	cleanup_text struct text text = {0};
	json_t *graph = json_array(), *parts = json_array(), *mentions = json_array();
	json_t *files = json_array();

	for (size_t i = 0; i < crate->count; i++)
		if (add_file(crate, &crate->files[i], files, parts, e) < 0) {
			json_decref(graph);
			json_decref(parts);
			json_decref(mentions);
			json_decref(files);
			return -1;
		}
	add_root(crate, graph, parts, mentions);
	for (long i = 0; i < (long)crate->campaign_count; i++)
		add_action(crate, i, graph, mentions);
	json_array_extend(graph, files);
	json_decref(files);
	json_add(&text, json_pack("{s:s, s:o}", "@context", "https://w3id.org/ro/crate/1.2/context",
				"@graph", graph));
	if (text.count > ROCRATE_MOST_BYTES)
		return error_set(e,
			"%zu files are too many for a crate, whose %s has at most %zu MiB; publish "
			"fewer campaigns at once",
			crate->count, metadata, ROCRATE_MOST_BYTES >> 20);
	return crate_add(crate, metadata, "application/ld+json", str_dup("what is in this crate"),
		CRATE_NO_CAMPAIGN, &text, e);
}
