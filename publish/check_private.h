/* Private to check*.c. */
#ifndef TARE_PUBLISH_CHECK_PRIVATE_H
#define TARE_PUBLISH_CHECK_PRIVATE_H

#include <stdbool.h>

#include "publish/check.h"

struct check {
	const char *directory;
	check_found *found;
	void *context;
	struct check_result *result;
};

void check_report(struct check *check, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether the file is there and may be opened: a pipe would be waited for, and a link leads
 * elsewhere. If not, the digests' check has reported it. */
bool check_is_plain(const struct check *check, const char *file);
/* Whether all that follows from the store in a campaign's folder is there, and the same. */
void check_numbers(struct check *check, const char *folder);

#endif
