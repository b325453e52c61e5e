/* Private to check*.c. */
#ifndef TARE_PUBLISH_CHECK_PRIVATE_H
#define TARE_PUBLISH_CHECK_PRIVATE_H

#include "publish/check.h"

struct check {
	const char *directory;
	check_found *found;
	void *context;
	struct check_result *result;
};

void check_report(struct check *check, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether all that follows from the store in a campaign's folder is there, and the same. */
void check_numbers(struct check *check, const char *folder);

#endif
