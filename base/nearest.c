/* For "did you mean …?": the candidate that is most similar to a mistyped name. */
#include "base/option.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum { LONGEST_NAME = 63, SHORTEST_PART = 3, PARTS_SHOWN = 5 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours,
 * each 1; upper and lower case are equal. Both names are at most LONGEST_NAME long. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST_NAME + 1];
	size_t *before_last = rows[0], *last = rows[1], *current = rows[2];
	size_t a_count = strlen(a), b_count = strlen(b);

	for (size_t j = 0; j <= b_count; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_count; i++) {
		size_t *spare = before_last;
		int a_letter = tolower((unsigned char)a[i - 1]);

		current[0] = i;
		for (size_t j = 1; j <= b_count; j++) {
			int b_letter = tolower((unsigned char)b[j - 1]);

			current[j] = smaller(last[j], current[j - 1]) + 1;
			current[j] = smaller(current[j], last[j - 1] + (a_letter != b_letter));
			if (i > 1 && j > 1 && a_letter == tolower((unsigned char)b[j - 2]) &&
				b_letter == tolower((unsigned char)a[i - 2]))
				current[j] = smaller(current[j], before_last[j - 2] + 1);
		}
		before_last = last;
		last = current;
		current = spare;
	}
	return last[b_count];
}

/* Near means that at most a third of the longer name (rounded up) differs. */
const char *nearest_name(const char *name, const char *const *candidates, size_t count)
{
	size_t name_count = strlen(name), best_distance = LONGEST_NAME;
	const char *best = NULL;

	if (name_count == 0 || name_count > LONGEST_NAME)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t longer = strlen(candidates[i]), shorter = name_count, distance;

		if (longer > LONGEST_NAME)
			continue;
		if (longer < shorter) {
			shorter = longer;
			longer = name_count;
		}
		size_t limit = (longer + 2) / 3;
		if (longer - shorter > limit)
			continue;
		distance = edit_distance(name, candidates[i]);
		if (distance <= limit && distance < best_distance) {
			best = candidates[i];
			best_distance = distance;
		}
	}
	return best;
}

/* `"kvm-virtio" or "kvm-emulated"`: the different candidates that name is a part of. */
static void add_containing(
	const char *name, const char *const *candidates, size_t count, struct text *out)
{
	const char *shown[PARTS_SHOWN];
	size_t found = 0;

	for (size_t i = 0; i < count && found < PARTS_SHOWN; i++) {
		bool new = strstr(candidates[i], name);
		for (size_t k = 0; k < found; k++)
			new = new &&strcmp(shown[k], candidates[i]) != 0;
		if (new)
			shown[found++] = candidates[i];
	}
	for (size_t i = 0; i < found; i++)
		text_addf(out, "%s\"%s\"", i == 0 ? "" : i + 1 < found ? ", " : " or ", shown[i]);
}

char *nearest_hint(const char *name, const char *const *candidates, size_t count)
{
	const char *near = nearest_name(name, candidates, count);
	cleanup_text struct text names = {0};

	if (near)
		text_addf(&names, "\"%s\"", near);
	else if (strlen(name) >= SHORTEST_PART)
		add_containing(name, candidates, count, &names);
	return names.count ? str_printf("; did you mean %s?", names.bytes) : str_dup("");
}
