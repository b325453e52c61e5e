/* Where tare keeps files on this host: root's directories, or the user's own. */
#include "base/directories.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

/* The value of a variable, with what follows; NULL: it is unset. Caller frees. */
static char *below(const char *variable, const char *rest)
{
	const char *value = getenv(variable);

	return value && value[0] ? str_printf("%s%s", value, rest) : NULL;
}

char *directories_user_cache(void)
{
	char *cache = below("TARE_CACHE", "");

	if (!cache)
		cache = below("XDG_CACHE_HOME", "/tare");
	return cache ? cache : below("HOME", "/.cache/tare");
}

char *directories_user_run(void)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (base && base[0] == '/' && access(base, F_OK) == 0)
		return str_printf("%s/tare", base);
	return str_printf("/tmp/tare-%u", (unsigned)geteuid());
}

char *directories_cache(void)
{
	char *cache = geteuid() == 0 ? below("TARE_CACHE", "") : directories_user_cache();

	return cache ? cache : str_dup(CACHE_DIR);
}

char *directories_work(void)
{
	cleanup_free char *cache = directories_cache();

	return getenv("TARE_ROOM") || geteuid() != 0 ? str_printf("%s/work", cache)
						     : str_dup(WORK_DIR);
}
