/* tare publish: campaigns as one directory and archive that can be handed on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cli/sources.h"
#include "drivers/driver.h"
#include "publish/publish.h"

/* The manifest of the campaign's image where this machine has it; else NULL, and a warning. */
static char *image_manifest(const char *directory, struct error *e)
{
	struct source source;
	struct image *image = NULL;
	struct error why_not = {""};
	char *manifest = NULL;

	if (source_open(directory, &source, e) < 0)
		return NULL;
	const char *digest = source.data->image_digest;
	if (digest && *digest) {
		if (image_open(digest, &image, &why_not) == 0)
			manifest = str_dup(image->manifest);
		else
			fprintf(stderr, "tare publish: %s: without its image's manifest: %s\n",
				directory, why_not.text);
	}
	image_free(image);
	source_close(&source);
	return manifest;
}

int cmd_publish(const struct arguments *arguments, struct error *e)
{
	const struct publish_options options = {.title = flag_value(arguments, 't'),
		.authors = flag_value(arguments, 'a'),
		.licence = flag_value(arguments, 'l'),
		.identify = flag_given(arguments, 'i')};
	const char *out = flag_value(arguments, 'o');
	size_t count = arguments->count;
	int status = 0;

	if (!out) {
		error_set(e, "name the directory to make with --out CRATE");
		return EXIT_USAGE;
	}
	cleanup_free struct publish_source *sources = mem_new(count, sizeof(*sources));
	char **manifests = mem_new(count, sizeof(*manifests));
	for (size_t i = 0; i < count && !error_is_set(e); i++) {
		manifests[i] = image_manifest(arguments->positionals[i], e);
		sources[i] = (struct publish_source){arguments->positionals[i], manifests[i]};
	}
	status = error_is_set(e) ? -1 : publish_crate(sources, count, &options, out, e);
	for (size_t i = 0; i < count; i++)
		free(manifests[i]);
	free(manifests);
	if (status == 0)
		printf("%s and %s.tar.zst; `tare verify --check %s` checks them\n", out, out, out);
	return status < 0 ? EXIT_USAGE : EXIT_OK;
}
