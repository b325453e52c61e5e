/* Which margin is that of a metric. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "report/verdict/compare_build.h"

bool compare_margin_names(const struct compare_margin *margin, const struct report_metric *metric)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is judged has a metric */
	return margins_name(margin, metric->benchmark, metric->name);
}

/* A margin for a metric that no item has is a misspelt one. */
static int no_such_metric(
	const struct comparison *c, const char *from, const char *name, struct error *e)
{
	cleanup_free const char **names = mem_new(c->count + 1, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].metric)
			names[count++] = c->items[i].metric->name;
	cleanup_free char *hint = nearest_hint(name, names, count);
	return error_set(e, "%s: there is no metric \"%s\"%s", from, name, hint);
}

int compare_check_margins(const struct compare_build *build, struct error *e)
{
	const struct comparison *c = build->comparison;
	const char *from = build->margins_from;
	const struct compare_margin *margins = c->options.margins;

	for (size_t m = 0; m < c->options.margin_count; m++) {
		bool known = false;
		for (size_t i = 0; i < c->count; i++) {
			const struct report_metric *metric = c->items[i].metric;
			if (!metric || !compare_margin_names(&margins[m], metric))
				continue;
			known = true;
			if (margins[m].value > 1 && !metric->additive)
				return error_set(e,
					"%s: %s=%g is a margin of %g%%; at most 100%%, such "
					"as %s=%g%%",
					from, margins[m].name, margins[m].value,
					100 * margins[m].value, margins[m].name,
					fmin(margins[m].value, 100));
			for (size_t k = 0; k < m; k++)
				if (compare_margin_names(&margins[k], metric))
					return error_set(e, "%s: two margins for %s: %s and %s",
						from, metric->name, margins[k].name,
						margins[m].name);
		}
		if (!known)
			return no_such_metric(c, from, margins[m].name, e);
	}
	return 0;
}

double compare_margin_of(const struct comparison *c, const struct report_metric *metric, bool *own)
{
	*own = true;
	for (size_t m = 0; m < c->options.margin_count; m++)
		if (compare_margin_names(&c->options.margins[m], metric))
			return c->options.margins[m].value;
	*own = false;
	return c->options.delta;
}
