/* See margins.h. */
#include "report/verdict/margins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/units.h"

/* The margin of all metrics: a share, of which there is one. */
static int set_delta(
	const char *part, double value, const char *what, struct margins *margins, struct error *e)
{
	if (margins->delta > 0)
		return error_set(e,
			"%s: two margins for all metrics, %g%% and %g%%; write METRIC=MARGIN "
			"for one metric's",
			what, 100 * margins->delta, 100 * value);
	if (value > 1)
		return error_set(e,
			"%s: %s is a margin of %g%%; expected at most 100%%, such as %s %g%%", what,
			part, 100 * value, what, value < 100 ? value : 1);
	margins->delta = value;
	return 0;
}

/* One part: "1%", or NAME=MARGIN. */
static int parse_part(char *part, const char *what, struct margins *margins, struct error *e)
{
	char *equals = strrchr(part, '=');
	double value;

	if (equals)
		*equals = '\0';
	if (fraction_parse(equals ? equals + 1 : part, &value, e) < 0)
		return error_prefix(e, "%s", what);
	if (!(value > 0 && isfinite(value)))
		return error_set(e, "%s: the margin must be above 0, such as 1%%", what);
	if (!equals)
		return set_delta(part, value, what, margins, e);
	array_reserve(&margins->list, &margins->capacity, margins->count + 1);
	margins->list[margins->count++] = (struct compare_margin){part, value};
	return 0;
}

int margins_parse(const char *text, const char *what, struct margins *margins, struct error *e)
{
	*margins = (struct margins){.text = str_dup(text)};
	for (char *rest = margins->text, *part; (part = strsep(&rest, ","));)
		if (parse_part(part, what, margins, e) < 0)
			return -1;
	return 0;
}

void margins_free(struct margins *margins)
{
	free(margins->list);
	free(margins->text);
	*margins = (struct margins){0};
}

bool margins_name(const struct compare_margin *margin, const char *benchmark, const char *metric)
{
	size_t length = strlen(benchmark);

	return strcmp(margin->name, metric) == 0 ||
	       (strncmp(margin->name, benchmark, length) == 0 && margin->name[length] == '.' &&
		       strcmp(margin->name + length + 1, metric) == 0);
}
