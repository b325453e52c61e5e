/* Where tare keeps files on this host: root's directories, or the user's own. */
#include "base/directories.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

char *directories_cache(void)
{
	const char *cache = getenv("TARE_CACHE");

	return str_dup(cache && cache[0] ? cache : CACHE_DIR);
}

char *directories_work(void)
{
	cleanup_free char *cache = directories_cache();

	return getenv("TARE_ROOM") ? str_printf("%s/work", cache) : str_dup(WORK_DIR);
}
