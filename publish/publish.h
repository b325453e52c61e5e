/* Campaigns as one directory that an artefact committee, a reader and a machine can use: a Research
 * Object Crate (RO-Crate 1.2) with a Data Package (2.0) in it, and its archive. docs/publish.md
 * says what is in it. Everything is made from clean copies of the stores, so that all of it can
 * be made again from what is handed on (check.h). */
#ifndef TARE_PUBLISH_PUBLISH_H
#define TARE_PUBLISH_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A campaign to be published. */
struct publish_source {
	const char *directory;
	const char *image_manifest; /* the text of its image's manifest.json; NULL: not here */
};

struct publish_options {
	const char *title; /* NULL: the campaigns' names */
	const char *authors; /* "Family, Given; Family, Given"; NULL: anonymous */
	const char *licence; /* of the data: an identifier of SPDX; NULL: CC-BY-4.0 */
	bool identify; /* keep names of hosts and users, addresses and serial numbers */
};

/* Makes the directory `out`, which must not exist or be empty, and out.tar.zst beside it. Both
 * appear whole or not at all. Without gnuplot there are no figures; that is a warning. */
int publish_crate(const struct publish_source *sources, size_t count,
	const struct publish_options *options, const char *out, struct error *e);

#endif
