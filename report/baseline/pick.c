/* Which campaigns of a baseline store another one can be compared with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/baseline/baseline.h"

/* By their names alone; NULL: nothing is against it. */
static char *key_differs(const struct baseline_key *stored, const struct baseline_key *own)
{
	if (strcmp(stored->host, own->host) != 0)
		return str_printf("another host (%s)", stored->host);
	if (strcmp(stored->image, own->image) != 0)
		return str_printf("another image (%s)", stored->image);
	if (strcmp(stored->campaign, own->campaign) != 0)
		return str_printf("another campaign file (%s)", stored->campaign);
	if (strcmp(stored->entry, own->entry) == 0)
		return str_dup("the campaign itself");
	/* They begin with the date. */
	if (strcmp(stored->entry, own->entry) > 0)
		return str_dup("later than the campaign");
	return NULL;
}

/* A target of the same name that is emulated on one side only. */
static char *emulation_differs(const struct store_data *stored, const struct store_data *own)
{
	for (size_t i = 0; i < stored->target_count; i++)
		for (size_t k = 0; k < own->target_count; k++) {
			const struct data_target *a = &stored->targets[i], *b = &own->targets[k];

			if (strcmp(a->name, b->name) == 0 && a->emulated != b->emulated)
				return str_printf("%s is emulated %s", a->name,
					a->emulated ? "there only" : "in the campaign only");
		}
	return NULL;
}

/* What its store says; one that cannot be read is not comparable either. */
static char *content_differs(const char *path, const struct store_data *own)
{
	struct error e = {""};
	struct store *store = NULL;
	struct store_data *data = NULL;
	char *why = NULL;

	if (store_open_readonly(path, &store, &e) < 0 || store_read(store, &data, &e) < 0)
		why = str_dup(e.text);
	else
		why = emulation_differs(data, own);
	store_data_free(data);
	store_close(store);
	return why;
}

int baseline_pick(const char *store, const struct store_data *campaign, struct baseline_list *list,
	struct error *e)
{
	struct baseline_key own;

	if (baseline_list(store, list, e) < 0)
		return -1;
	baseline_key_of(campaign, &own);
	for (size_t i = 0; i < list->count; i++) {
		struct baseline_entry *entry = &list->entries[i];

		entry->why_not = key_differs(&entry->key, &own);
		if (!entry->why_not)
			entry->why_not = content_differs(entry->path, campaign);
	}
	baseline_key_free(&own);
	return 0;
}
