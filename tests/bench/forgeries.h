/* What tests of outputs share that are changed in one place, and of values that were computed. */
#ifndef TARE_TESTS_BENCH_FORGERIES_H
#define TARE_TESTS_BENCH_FORGERIES_H

#include <math.h>
#include <string.h>

#include "harness.h"

#include "base/array.h"
#include "base/cleanup.h"

/* A copy with the first `from` replaced; the caller frees. */
static inline char *with(const char *text, const char *from, const char *to)
{
	const char *place = strstr(text, from);

	if (!place)
		fail_msg("no \"%s\" in the text", from);
	return str_printf("%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
}

struct forgery {
	const char *from, *to, *message;
};

static inline void check_forgeries(const struct benchmark *bench, const char *text,
	const struct forgery *forgeries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *copy = with(text, forgeries[i].from, forgeries[i].to);

		parse_bad(bench, copy, strlen(copy), forgeries[i].message);
	}
}

static inline void close_to(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6 * fabs(expected) + 1e-9))
		fail_msg("%.12g is not %.12g", value, expected);
}

#endif
