/* tare run: runs a campaign, and says in the end what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/run.h"
#include "cli/deadline.h"
#include "cli/failures.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "report/model/build.h"
#include "report/verdict/decision.h"
#include "report/write/text_table.h"
#include "store/store.h"

/* The answer: a sentence for each target. */
static void add_answer(const struct store_data *data, size_t width, struct text *out)
{
	const struct report_options options = {.width = (unsigned)width};
	struct report_model *model = NULL;
	struct sections sections = {0};

	if (report_model_new(data, &options, &model, NULL) < 0)
		return;
	decision_apply(model, NULL);
	sections_add_answer(model, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		const struct table *table = &sections.tables[i];
		text_table_add_rows(table, table_rows(table), width, false, out);
		text_table_add_lines(out, table->note ? table->note : "", width);
		text_add(out, "\n");
	}
	sections_free(&sections);
	report_model_free(model);
}

/* How many runs failed; and why, where no terminal has just shown it: a log may be read from its
 * end. */
static void add_failures(const struct store_data *data, struct text *out)
{
	enum { SHOWN_MOST = 3 };
	struct failures failures = {0};
	size_t failed = 0;

	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_cell *cell = &data->cells[data->runs[i].cell_index];

		if (!data->runs[i].failure)
			continue;
		failed++;
		failures_note(&failures, data->targets[cell->target_index].name,
			data->runs[i].failure, 1);
	}
	if (failed)
		text_addf(out, "%zu of %zu runs failed\n", failed, data->run_count);
	if (!terminal_has_sequences(STDERR_FILENO))
		failures_add_most(&failures, SHOWN_MOST, out);
	failures_free(&failures);
}

/* What was measured, from the store: also what earlier invocations did. A campaign that runs until
 * it is decided has no answer of a fixed number of blocks: `tare gate` has its answer. */
static void print_outcome(const char *directory, bool answer)
{
	cleanup_text struct text out = {0};
	struct store *store = NULL;
	struct store_data *data = NULL;

	if (store_open_readonly(directory, &store, NULL) == 0 &&
		store_read(store, &data, NULL) == 0) {
		if (answer)
			add_answer(data, terminal_columns(STDERR_FILENO), &out);
		add_failures(data, &out);
	}
	fputs(out.bytes ? out.bytes : "", stderr);
	store_data_free(data);
	store_close(store);
}

/* The flags of campaigns that run until they are decided. */
static int read_flags(const struct arguments *arguments, const struct campaign *campaign,
	struct run_setup *setup, struct error *e)
{
	const char *deadline = flag_value(arguments, 'D');
	bool decides = campaign->decide.delta;

	setup->complete = flag_given(arguments, 'C');
	if (flag_given(arguments, 'd') && !flag_given(arguments, 'u'))
		return error_set(e, "--delta is for campaigns that run --until-decided");
	if (flag_given(arguments, 'x') && !decides)
		return error_set(e, "--expect is for campaigns that run --until-decided");
	if (setup->complete && !decides)
		return error_set(e, "--complete is for campaigns that run --until-decided");
	if (deadline && deadline_parse(deadline, &setup->deadline_s, e) < 0)
		return -1;
	return flag_number(arguments, 'e', 0, UINT64_MAX, &setup->seed, e);
}

int cmd_run(const struct arguments *arguments, struct error *e)
{
	struct run_setup setup = {.has_seed = flag_given(arguments, 'e')};
	struct site *site;
	struct campaign *campaign;
	int status = EXIT_USAGE;

	if (common_load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	cleanup_free char *directory = common_result_directory(arguments, campaign->name);
	setup.campaign = campaign;
	setup.site = site;
	setup.directory = directory;
	if (read_flags(arguments, campaign, &setup, e) == 0)
		status = common_run_campaign(&setup, flag_given(arguments, 'q'), e);
	if (status != EXIT_USAGE && !flag_given(arguments, 'q'))
		print_outcome(directory, status != EXIT_INTERRUPTED && !campaign->decide.delta);
	if (status != EXIT_USAGE)
		fprintf(stderr, "results in %s; `tare report %s` shows them%s\n", directory,
			directory, campaign->decide.delta ? ", `tare gate` what was decided" : "");
	campaign_free(campaign);
	site_free(site);
	return status;
}
