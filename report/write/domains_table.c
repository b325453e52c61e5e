/* The tables of the domains: a unified diff each, against the target's domain without options. */
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "report/write/table.h"

/* With blanks that no format joins. */
static char *indented(const char *line)
{
	struct text text = {0};
	size_t blanks = *line ? strspn(line + 1, " ") : 0;

	text_add_bytes(&text, *line == ' ' ? "\u00a0" : line, *line == ' ' ? strlen("\u00a0") : 1);
	for (size_t i = 0; i < blanks; i++)
		text_add(&text, "\u00a0");
	text_add(&text, *line ? line + 1 + blanks : "");
	return text_take(&text);
}

void sections_add_domains(const struct report_model *model, struct sections *out)
{
	for (size_t i = 0; i < model->domain_count; i++) {
		const struct report_domain *domain = &model->domains[i];
		struct table *table = sections_add(
			out, str_printf("Domain of %s: difference from the target without options",
				     model->targets[domain->target].name));
		table->detail = true;
		table_add_column(table, "", "unified diff of the XML", 0);
		for (size_t k = 0; k < domain->line_count; k++) {
			cleanup_free char *line = indented(domain->lines[k]);
			bool is_changed = line[0] == '+' || line[0] == '-';
			table_add_cell(table, is_changed ? TONE_PLAIN : TONE_DIM, line);
		}
	}
}
