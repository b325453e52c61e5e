/* The search: the anchors' gate, then block after block. See search.h. */
#include "bisect/search.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/numbers.h"
#include "base/text.h"
#include "bisect/campaigns.h"
#include "bisect/state.h"

/* A revision whose machines fail as often as this cannot be tested. */
enum { FAILURES_MOST = 2, LARGEST_CAMPAIGN_BYTES = 1 << 20 };

static const double enough = .95;

struct search {
	const struct search_setup *setup;
	struct search_answer *answer;
	struct state *state;
	struct builds builds;
	struct bisect *bisect;
	size_t last; /* the bad revision */
	char **values; /* of the option, by revision; NULL: not built yet */
	unsigned *failures; /* starts, by revision */
	char *builds_directory;
};

static void say(const struct search *search, struct text *line)
{
	text_one_line(line->bytes);
	search->setup->say(search->setup->context, line->bytes);
	text_free(line);
}

/* --- building --------------------------------------------------------------------------------- */

static enum builds_result make_value(struct search *search, size_t revision, struct error *e)
{
	cleanup_free char *label = revisions_label(search->setup->revisions, revision);
	struct text line = {0};

	if (search->values[revision])
		return BUILDS_DONE;
	if (!builds_is_made(&search->builds, revision)) {
		text_addf(&line, "building %s", label);
		say(search, &line);
	}
	enum builds_result result =
		builds_make(&search->builds, revision, &search->values[revision], e);

	if (result == BUILDS_FAILED)
		error_prefix(e, "%s cannot be built", label);
	return result;
}

/* --- campaigns -------------------------------------------------------------------------------- */

static struct variants variants_of(
	const struct search *search, const size_t *revisions, size_t count, bool decide)
{
	struct variants variants = {
		.path = search->setup->campaign_path,
		.target = search->setup->target,
		.option = search->setup->option,
		.count = count,
		.decide = decide,
		.delta = search->setup->delta,
	};

	for (size_t i = 0; i < count; i++) {
		struct variant *variant = &variants.list[i];

		variant->value = search->values[revisions[i]];
		if (revisions[i] == 0 || revisions[i] == search->last)
			snprintf(variant->name, sizeof(variant->name), "%s",
				revisions[i] ? "bad" : "good");
		else
			snprintf(variant->name, sizeof(variant->name), "r%zu", revisions[i]);
	}
	return variants;
}

/* The blocks of DIR/NAME, appended to the answer's. *added: how many. */
static int read_blocks(struct search *search, const struct store_data *data,
	const struct variants *variants, const size_t *revisions, size_t *added, struct error *e)
{
	struct search_answer *answer = search->answer;
	struct measured_target measured[VARIANTS_MOST];
	cleanup_free struct bisect_block *blocks = NULL;
	size_t capacity = answer->block_count;

	for (size_t i = 0; i < variants->count; i++)
		measured[i] = (struct measured_target){variants->list[i].name, revisions[i]};
	if (measured_read(data, &answer->metric, measured, variants->count, &blocks, added, e) < 0)
		return -1;
	array_reserve(&answer->blocks, &capacity, answer->block_count + *added);
	for (size_t i = 0; i < *added; i++)
		answer->blocks[answer->block_count++] = blocks[i];
	return 0;
}

static enum search_result result_of(enum run_result result)
{
	return result == RUN_INTERRUPTED ? SEARCH_INTERRUPTED : SEARCH_REFUSED;
}

/* --- the anchors ------------------------------------------------------------------------------ */

static void begin_posterior(struct search *search)
{
	struct search_answer *answer = search->answer;
	cleanup_free double *differences = mem_new(answer->block_count + 1, sizeof(*differences));
	size_t count = 0;

	for (size_t b = 0; b < answer->block_count; b++) {
		const struct bisect_block *block = &answer->blocks[b];

		if (block->count == 2)
			differences[count++] = block->y[1] - block->y[0];
	}
	search->bisect = bisect_new(search->last, differences, count, answer->metric.margin);
	for (size_t b = 0; b < answer->block_count; b++)
		bisect_add(search->bisect, &answer->blocks[b]);
	answer->chances = mem_new(search->last, sizeof(*answer->chances));
}

static enum search_result compare_anchors(
	struct search *search, const struct variants *variants, struct error *e)
{
	const size_t revisions[] = {0, search->last};
	struct store_data *data = campaigns_read(search->setup, "anchors", e);
	enum search_result result = SEARCH_REFUSED;
	struct text line = {0};
	size_t added;

	if (!data)
		return SEARCH_REFUSED;
	if (measured_find(data, "good", "bad", &search->answer->metric, e) < 0)
		result = SEARCH_OPEN;
	else if (read_blocks(search, data, variants, revisions, &added, e) == 0)
		result = SEARCH_FOUND;
	store_data_free(data);
	if (result != SEARCH_FOUND)
		return result;
	cleanup_free char *metric = measured_metric_text(&search->answer->metric);

	text_addf(&line, "bad is worse than good: %s, %s (%zu blocks)",
		search->answer->metric.change, metric, added);
	say(search, &line);
	begin_posterior(search);
	return SEARCH_FOUND;
}

/* SEARCH_FOUND: they differ, and the search can begin. */
static enum search_result measure_anchors(struct search *search, struct error *e)
{
	const size_t revisions[] = {0, search->last};
	struct run_setup setup = {.seed = state_seed(search->state)};

	for (size_t i = 0; i < ARRAY_COUNT(revisions); i++) {
		enum builds_result built = make_value(search, revisions[i], e);

		if (built != BUILDS_DONE)
			return built == BUILDS_INTERRUPTED ? SEARCH_INTERRUPTED : SEARCH_REFUSED;
	}
	struct variants variants = variants_of(search, revisions, ARRAY_COUNT(revisions), true);
	enum run_result ran = campaigns_run(search->setup, "anchors", &variants, NULL, &setup, e);

	if (ran == RUN_REFUSED || ran == RUN_INTERRUPTED)
		return result_of(ran);
	return compare_anchors(search, &variants, e);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void set_untestable(struct search *search, size_t revision, const char *why)
{
	cleanup_free char *label = revisions_label(search->setup->revisions, revision);
	struct text line = {0};

	search->answer->untestable[revision] = true;
	text_addf(&line, "skipped: %s: %s", label, why);
	say(search, &line);
}

/* The anchors and what can be built of what should be tested next. Returns how many; 0: it was
 * interrupted. */
static size_t choose(struct search *search, size_t revisions[BISECT_STARTS_MOST])
{
	const struct search_answer *answer = search->answer;

	for (;;) {
		size_t count = 2 + bisect_next(answer->chances, search->last, answer->untestable,
					   revisions + 2);
		bool all = true;

		revisions[0] = 0;
		revisions[1] = search->last;
		for (size_t i = 2; i < count && all; i++) {
			struct error e = {""};
			enum builds_result built = make_value(search, revisions[i], &e);

			if (built == BUILDS_INTERRUPTED)
				return 0;
			all = built == BUILDS_DONE;
			if (!all)
				set_untestable(search, revisions[i], e.text);
		}
		if (all)
			return count;
	}
}

/* The revisions of a block: as it was begun, or the next ones. *count 0: interrupted. */
static int choose_block(struct search *search, size_t block, size_t revisions[BISECT_STARTS_MOST],
	size_t *count, struct error *e)
{
	*count = state_block(search->state, block, revisions);
	for (size_t i = 0; i < *count; i++) {
		if (revisions[i] > search->last)
			return error_set(e, "%s/bisect.json: there is no revision %zu",
				search->setup->directory, revisions[i]);
		enum builds_result built = make_value(search, revisions[i], e);

		if (built == BUILDS_FAILED)
			return -1;
		if (built == BUILDS_INTERRUPTED)
			*count = 0;
	}
	if (*count || state_block(search->state, block, revisions))
		return 0;
	*count = choose(search, revisions);
	return *count ? state_add_block(search->state, revisions, *count, e) : 0;
}

static bool is_in(const struct bisect_block *block, size_t revision)
{
	for (size_t i = 0; i < block->count; i++)
		if (block->revisions[i] == revision)
			return true;
	return false;
}

/* Counts the starts that have no value. -1: not even an anchor has one. */
static int note_failures(struct search *search, const struct store_data *data,
	const struct variants *variants, const struct bisect_block *block, const size_t *revisions,
	struct error *e)
{
	for (size_t i = 2; i < variants->count; i++) {
		const char *why = measured_why_not(data, variants->list[i].name);

		if (!is_in(block, revisions[i]) &&
			++search->failures[revisions[i]] == FAILURES_MOST)
			set_untestable(search, revisions[i], why);
	}
	if (!is_in(block, 0) && !is_in(block, search->last))
		return error_set(e, "neither good nor bad has a value: good: %s; bad: %s",
			measured_why_not(data, "good"), measured_why_not(data, "bad"));
	return 0;
}

/* "bad +5.1 %," or "17 -0.2 %,": a start against the good one of its block. */
static void add_change(
	const struct search *search, const struct bisect_block *block, size_t i, struct text *line)
{
	bool additive = search->answer->metric.additive;
	double change = block->y[i] - block->y[0];
	char number[NUMBER_BYTES];

	if (block->revisions[i] == search->last)
		text_add(line, " bad");
	else
		text_addf(line, " %zu", block->revisions[i]);
	text_addf(line, " %s%s,", number_signed(additive ? change : 100 * expm1(change), number),
		additive ? "" : " %");
}

static void say_block(const struct search *search, const struct bisect_block *block)
{
	const struct search_answer *answer = search->answer;
	struct text line = {0};

	text_addf(&line, "block %zu:", answer->searched);
	for (size_t i = 1; i < block->count; i++)
		if (block->revisions[0] == 0)
			add_change(search, block, i, &line);
	text_addf(&line, " the first bad one is %zu", answer->group.first);
	if (answer->group.last > answer->group.first)
		text_addf(&line, " to %zu", answer->group.last);
	text_addf(&line, " with a chance of %.1f %%", 100 * answer->group.chance);
	say(search, &line);
}

static int take_block(struct search *search, const char *name, const struct variants *variants,
	const size_t *revisions, struct error *e)
{
	struct search_answer *answer = search->answer;
	const struct bisect_block nothing = {0};
	struct store_data *data = campaigns_read(search->setup, name, e);
	size_t added = 0;

	if (!data)
		return -1;
	int status = read_blocks(search, data, variants, revisions, &added, e);
	const struct bisect_block *block =
		added ? &answer->blocks[answer->block_count - 1] : &nothing;

	if (status == 0)
		status = note_failures(search, data, variants, block, revisions, e);
	store_data_free(data);
	if (status == 0)
		bisect_add(search->bisect, block);
	return status;
}

static enum search_result measure_block(struct search *search, size_t block, struct error *e)
{
	size_t revisions[BISECT_STARTS_MOST], count;
	cleanup_free char *name = str_printf("block-%02zu", block + 1);
	/* Blocks in pairs, the second in the reverse order of the first. */
	struct run_setup setup = {
		.seed = state_seed(search->state) + 1 + block / 2, .reversed = block % 2};

	if (choose_block(search, block, revisions, &count, e) < 0)
		return SEARCH_REFUSED;
	if (!count)
		return SEARCH_INTERRUPTED;
	struct variants variants = variants_of(search, revisions, count, false);
	enum run_result ran =
		campaigns_run(search->setup, name, &variants, &search->answer->metric, &setup, e);

	if (ran == RUN_REFUSED || ran == RUN_INTERRUPTED)
		return result_of(ran);
	if (take_block(search, name, &variants, revisions, e) < 0)
		return SEARCH_REFUSED;
	search->answer->searched++;
	return SEARCH_FOUND;
}

static int update(struct search *search, struct error *e)
{
	struct search_answer *answer = search->answer;

	bisect_posterior(search->bisect, answer->chances);
	answer->group = bisect_likeliest(answer->chances, search->last, answer->untestable);
	return state_write_answer(search->state, answer, e);
}

static enum search_result measure_blocks(struct search *search, struct error *e)
{
	for (size_t block = 0;; block++) {
		const struct search_answer *answer = search->answer;

		if (update(search, e) < 0)
			return SEARCH_REFUSED;
		if (block > 0)
			say_block(search, &answer->blocks[answer->block_count - 1]);
		if (answer->group.chance >= enough)
			return SEARCH_FOUND;
		if (block == SEARCH_BLOCKS_MOST) {
			error_set(e, "not found after %d blocks", SEARCH_BLOCKS_MOST);
			return SEARCH_OPEN;
		}
		enum search_result result = measure_block(search, block, e);

		if (result != SEARCH_FOUND)
			return result;
	}
}

/* --- the search ------------------------------------------------------------------------------- */

static int prepare(struct search *search, struct error *e)
{
	const struct search_setup *setup = search->setup;
	cleanup_free char *yaml = NULL;
	char directory[PATH_MAX];
	size_t count;

	if (file_read(setup->campaign_path, LARGEST_CAMPAIGN_BYTES, &yaml, &count, e) < 0 ||
		campaigns_check(setup, e) < 0 || dir_make(setup->directory, e) < 0)
		return -1;
	if (!realpath(setup->directory, directory))
		return error_errno(e, errno, "%s", setup->directory);
	search->builds_directory = str_printf("%s/builds", directory);
	search->builds = (struct builds){
		.revisions = setup->revisions,
		.command = setup->command,
		.value = setup->value,
		.repository = setup->repository,
		.directory = search->builds_directory,
		.limit_s = setup->build_limit_s,
		.interrupt_fd = setup->interrupt_fd,
	};
	search->state = state_open(setup, yaml, e);
	return search->state ? 0 : -1;
}

enum search_result search_run(
	const struct search_setup *setup, struct search_answer *answer, struct error *e)
{
	size_t count = setup->revisions->count;
	struct search search = {.setup = setup, .answer = answer, .last = count - 1};
	enum search_result result = SEARCH_REFUSED;

	*answer = (struct search_answer){.steps_p = NAN};
	answer->untestable = mem_new(count, sizeof(*answer->untestable));
	search.values = mem_new(count, sizeof(*search.values));
	search.failures = mem_new(count, sizeof(*search.failures));
	if (prepare(&search, e) == 0)
		result = measure_anchors(&search, e);
	if (result == SEARCH_FOUND)
		result = measure_blocks(&search, e);
	if (answer->chances)
		answer->steps_p =
			bisect_steps_p(answer->blocks, answer->block_count, answer->group.first);
	for (size_t i = 0; i < count; i++)
		free(search.values[i]);
	free(search.values);
	free(search.failures);
	free(search.builds_directory);
	bisect_free(search.bisect);
	state_free(search.state);
	return result;
}

void search_answer_free(struct search_answer *answer)
{
	free(answer->chances);
	free(answer->untestable);
	free(answer->blocks);
	measured_metric_free(&answer->metric);
}
