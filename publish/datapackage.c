/* datapackage.json: the tidy tables of all campaigns, with their columns, sizes and digests. */
#include "publish/crate.h"

#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/export/export.h"
#include "report/write/json.h"

/* A table of a campaign as the package names it. */
static int place_resource(const struct crate *crate, const struct crate_campaign *campaign,
	json_t *resource, struct error *e)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	cleanup_free char *path = str_printf("%s/data/%s", campaign->folder,
		json_string_value(json_object_get(resource, "path")));
	cleanup_free char *file = str_printf("%s/%s", crate->directory, path);
	cleanup_free char *name = str_printf(
		"%s-%s", campaign->name, json_string_value(json_object_get(resource, "name")));
	struct stat status;

	if (stat(file, &status) < 0 || !SHA256File(file, hex))
		return error_set(e, "cannot read %s", file);
	cleanup_free char *hash = str_printf("sha256:%s", hex);
	json_object_set_new(resource, "path", json_string(path));
	json_object_set_new(resource, "name", json_string(name));
	json_object_set_new(resource, "bytes", json_integer(status.st_size));
	json_object_set_new(resource, "hash", json_string(hash));
	return 0;
}

static int add_resources(const struct crate *crate, const struct crate_campaign *campaign,
	json_t *resources, struct error *e)
{
	json_t *package = export_tidy_package(campaign->model), *resource;
	size_t i;
	int status = 0;

	json_array_foreach(json_object_get(package, "resources"), i, resource)
	{
		if (status == 0)
			status = place_resource(crate, campaign, resource, e);
		json_array_append(resources, resource);
	}
	json_decref(package);
	return status;
}

int datapackage_add(struct crate *crate, struct error *e)
{
	cleanup_text struct text text = {0};
	cleanup_free char *title = crate_title(crate);
	cleanup_free char *name = str_printf("tare-%s", crate->campaigns[0].name);
	cleanup_free char *address = crate_licence_address(crate_licence(crate));
	json_t *resources = json_array();

	for (size_t i = 0; i < crate->campaign_count; i++)
		if (add_resources(crate, &crate->campaigns[i], resources, e) < 0) {
			json_decref(resources);
			return -1;
		}
	json_add(&text, json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s}], s:o}", "$schema",
				"https://datapackage.org/profiles/2.0/datapackage.json", "name",
				name, "title", title, "created", crate->date, "description",
				"Raw measurements by tare, one row a sample.", "licenses", "name",
				crate_licence(crate), "path", address, "resources", resources));
	return crate_add(crate, "datapackage.json", "application/json",
		str_dup("the Data Package: the columns of all tables"), CRATE_NO_CAMPAIGN, &text,
		e);
}
