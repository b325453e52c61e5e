/* Private to publish/: a crate while it is being made. */
#ifndef TARE_PUBLISH_CRATE_H
#define TARE_PUBLISH_CRATE_H

#include <jansson.h>

#include "base/text.h"
#include "publish/identity.h"
#include "publish/publish.h"
#include "report/model/model.h"

enum { CRATE_NO_CAMPAIGN = -1 };

/* A file of the crate. */
struct crate_file {
	char *path; /* owned; relative to the crate */
	const char *type; /* media type */
	char *description; /* owned; one line */
	long campaign; /* index, or CRATE_NO_CAMPAIGN */
	bool input; /* what the campaign was made from, not what came out */
};

struct crate_campaign {
	const struct publish_source *source;
	char *folder; /* owned: "campaigns/NAME-ID" */
	char *name; /* owned: "NAME-ID", of letters that every format takes */
	struct store_data *data; /* of the clean copy */
	struct report_model *model;
	int64_t started_ns, ended_ns; /* first and last thing recorded; 0: unknown */
};

struct crate {
	const struct publish_options *options;
	const char *out; /* as the user named it */
	char *directory; /* owned: where it is being made */
	char *date; /* owned: today, "2026-03-01" */
	struct crate_campaign *campaigns;
	size_t campaign_count;
	struct crate_file *files;
	size_t count, capacity;
};

/* Records a file that is there. description is taken. */
void crate_record(struct crate *crate, const char *path, const char *type, char *description,
	long campaign, bool input);
/* Writes a file and records it, with its folders. */
int crate_add(struct crate *crate, const char *path, const char *type, char *description,
	long campaign, const struct text *content, struct error *e);
/* Records every file of a folder that is there, in the order of names, with one description. */
int crate_record_folder(struct crate *crate, const char *folder, const char *description,
	long campaign, struct error *e);
/* Media type by the end of a name. */
const char *crate_type_of(const char *path);
/* "CC-BY-4.0" and the like as the address of their text. Owned by the caller. */
char *crate_licence_address(const char *licence);
const char *crate_licence(const struct crate *crate);
/* The crate's title; owned by the caller. */
char *crate_title(const struct crate *crate);

/* --- the parts, in this order -------------------------------------------------------------------
 */

/* The clean copy of each store, and everything that is made from it. */
int campaign_files_add(struct crate *crate, struct error *e);
int datapackage_add(struct crate *crate, struct error *e);
int description_add(struct crate *crate, struct error *e);
int citation_add(struct crate *crate, struct error *e);
int rocrate_add(struct crate *crate, struct error *e);

#endif
