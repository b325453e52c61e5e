/* The list of formats. */
#include "report/write/formats.h"

#include <string.h>

const struct report_format report_formats[] = {
	{"text", "report.txt", "tables for a terminal", report_write_text},
	{"md", "report.md", "Markdown tables, for merge requests and wikis", report_write_markdown},
	{"csv", "report.csv", "one line per target, metric and x, for spreadsheets",
		report_write_csv},
	{"counters", "counters.csv", "one line per counter of a run's hosts, as CSV",
		report_write_counters_csv},
	{"json", "report.json", "everything, for programs (docs/report-json.md)",
		report_write_json},
	{"html", "report.html", "one self-contained page", report_write_html},
	{"latex", "report.tex", "booktabs tables and figures for a paper", report_write_latex},
	{NULL, NULL, NULL, NULL},
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *format = report_formats; format->name; format++)
		if (strcmp(format->name, name) == 0)
			return format;
	return NULL;
}
