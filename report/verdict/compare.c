/* What a comparison owns, and what it says of one item. */
#include "report/verdict/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/verdict/compare_build.h"

const char *compare_keep(struct comparison *comparison, char *text)
{
	array_reserve(&comparison->pool, &comparison->pool_capacity, comparison->pool_count + 1);
	comparison->pool[comparison->pool_count++] = text;
	return text;
}

void compare_note(struct comparison *comparison, char *text)
{
	const char *kept = compare_keep(comparison, text);

	for (size_t i = 0; i < comparison->note_count; i++)
		if (strcmp(comparison->notes[i], kept) == 0)
			return;
	array_reserve(&comparison->notes, &comparison->note_capacity, comparison->note_count + 1);
	comparison->notes[comparison->note_count++] = kept;
}

void compare_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	for (size_t i = 0; i < comparison->pool_count; i++)
		free(comparison->pool[i]);
	free(comparison->pool);
	for (size_t i = 0; comparison->earlier_models && i < comparison->options.earlier_count; i++)
		report_model_free(comparison->earlier_models[i]);
	free(comparison->earlier_models);
	declared_free(&comparison->declared);
	margins_free(&comparison->declared_margins);
	free(comparison->notes);
	free(comparison->items);
	report_model_free(comparison->base_model);
	if (comparison->new_model != comparison->base_model)
		report_model_free(comparison->new_model);
	free(comparison);
}

bool compare_is_of(const struct compare_item *item, const char *placement, const char *benchmark,
	const char *parameters)
{
	return strcmp(item->placement, placement) == 0 && strcmp(item->benchmark, benchmark) == 0 &&
	       strcmp(item->parameters, parameters) == 0;
}

bool compare_is_gated(const struct compare_item *item)
{
	return item->headline || item->gate == GATE_REGRESSION || item->gate == GATE_EXPECTED;
}

bool compare_is_shown(const struct comparison *comparison, const struct compare_item *item)
{
	return comparison->options.details || compare_is_gated(item);
}

bool compare_has_direction(const struct compare_item *item)
{
	return !item->metric || item->metric->better != REPORT_BETTER_NONE;
}

const char *compare_state_text(const struct compare_item *item)
{
	static const char *const texts[] = {
		[COMPARE_EXPLORATORY] = "exploratory",
		[COMPARE_UNTESTABLE] = "INCONCLUSIVE",
		[COMPARE_NOT_MEASURED] = "NOT MEASURED",
		[COMPARE_FAILED] = "FAILED",
		[COMPARE_NEW] = "new",
	};

	return item->state == COMPARE_JUDGED ? verdict_text(item->judged.verdict)
					     : texts[item->state];
}

char *compare_decides(const struct compare_item *item, char buffer[256])
{
	size_t further = item->judged.further_blocks;
	bool open = item->state == COMPARE_UNTESTABLE ||
		    (item->state == COMPARE_JUDGED && item->judged.verdict == VERDICT_INCONCLUSIVE);

	buffer[0] = '\0';
	if (!open || item->sequential)
		snprintf(buffer, 256, "%s", item->reason);
	else if (item->state == COMPARE_UNTESTABLE && further > 0 && further != VERDICT_UNDECIDABLE)
		snprintf(buffer, 256, "%s; at least %zu more", item->reason, further);
	else if (item->state == COMPARE_UNTESTABLE)
		snprintf(buffer, 256, "%s", item->reason);
	else if (further == VERDICT_UNDECIDABLE)
		snprintf(buffer, 256, "no number of blocks decides this: it is at the margin%s%s",
			item->reason[0] ? "; " : "", item->reason);
	else
		snprintf(buffer, 256, "%zu more block%s%s%s%s", further, further == 1 ? "" : "s",
			item->paired ? "" : " a side", item->reason[0] ? "; " : "", item->reason);
	/* Without the half of a character that did not fit. */
	text_one_line(buffer);
	return buffer;
}
