/* The list of exports. */
#include "report/export/export.h"

#include <string.h>

const struct export_format export_formats[] = {
	{"openmetrics", "metrics.txt", "text for Prometheus and what reads its metrics", false,
		export_openmetrics},
	{"bencher", "bencher.json", "JSON for Bencher", false, export_bencher},
	{"benchmark-action", "benchmark-action", "JSON for github-action-benchmark", true,
		export_benchmark_action},
	{"pgfplots", "pgfplots", "data and figures for a LaTeX document", true, export_pgfplots},
	{"tidy", "tidy", "CSV tables, one row a sample, as a Data Package", true, export_tidy},
	{NULL, NULL, NULL, false, NULL},
};

const struct export_format *export_format_find(const char *name)
{
	for (const struct export_format *format = export_formats; format->name; format++)
		if (strcmp(format->name, name) == 0)
			return format;
	return NULL;
}
