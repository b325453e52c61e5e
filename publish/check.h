/* What a crate of tare publish is worth as it is: nothing is missing or was changed, and every
 * number of its reports follows from its samples. */
#ifndef TARE_PUBLISH_CHECK_H
#define TARE_PUBLISH_CHECK_H

#include <stddef.h>

#include "base/error.h"

struct check_result {
	size_t problems;
	size_t campaigns, files; /* files: that follow from a store, and were made again */
	size_t numbers; /* of report.json, each equal to the last digit */
	size_t layouts; /* reports that were not compared: another version laid them out */
	const char *version; /* of the tare that published; inside result */
	char version_text[32];
};

/* Where a problem is: a file of the crate, and what is wrong with it, one line. */
typedef void check_found(void *context, const char *file, const char *what);

/* Calls found for every problem. -1: the directory is no crate at all. */
int check_crate(const char *directory, check_found *found, void *context,
	struct check_result *result, struct error *e);

#endif
