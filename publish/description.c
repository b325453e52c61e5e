/* artifact-description.md: the fields that the appendices of ACM and SC ask for, filled from what
 * was measured. */
#include "publish/crate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "report/model/timing.h"

enum { MIB = 1 << 20, IMAGE_MIB = 1100 };

/* One line for a table or a list: without what Markdown would take for its own. */
static void add_line(struct text *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_[]<>|#", *text))
			text_add(out, "\\");
		text_add_bytes(out, *text == '\n' || *text == '\t' ? " " : text, 1);
	}
}

static double minutes_between(int64_t start_ns, int64_t end_ns)
{
	enum { NS_PER_S = 1000000000, S_PER_MIN = 60 };

	return (double)(end_ns - start_ns) / NS_PER_S / S_PER_MIN;
}

/* Wall time of a campaign without interruptions, in minutes. */
static double minutes_of(const struct crate_campaign *campaign)
{
	enum { S_PER_MIN = 60 };
	struct timing timing = {0};
	double minutes = minutes_between(campaign->started_ns, campaign->ended_ns);

	if (timing_read(campaign->data, &timing, NULL) == 0) {
		double longest = 0;
		for (size_t i = 0; i < timing.count; i++)
			longest = fmax(longest, timing.hosts[i].wall_s);
		minutes = longest / S_PER_MIN;
	}
	timing_free(&timing);
	return minutes;
}

static double size_mib(const struct crate *crate)
{
	double bytes = 0;

	for (size_t i = 0; i < crate->count; i++) {
		cleanup_free char *path =
			str_printf("%s/%s", crate->directory, crate->files[i].path);
		struct stat status;
		if (stat(path, &status) == 0)
			bytes += (double)status.st_size;
	}
	return bytes / MIB;
}

/* --- per campaign -------------------------------------------------------------------------------
 */

/* Without root tare runs in a user namespace, and records that (campaign/run.c). */
static bool was_root(const struct crate_campaign *campaign)
{
	const struct store_data *data = campaign->data;

	for (size_t i = 0; i < data->event_count; i++)
		if (strcmp(data->events[i].kind, "privileges") == 0)
			return false;
	return true;
}

static bool any_emulated(const struct report_model *model)
{
	for (size_t t = 0; t < model->target_count; t++)
		if (model->targets[t].emulated)
			return true;
	return false;
}

static void add_targets(const struct report_model *model, struct text *out)
{
	for (size_t t = 0; t < model->target_count; t++) {
		text_add(out, t ? "; " : "");
		add_line(out, model->targets[t].name);
		text_addf(out, "%s%s", model->targets[t].is_baseline ? " (baseline)" : "",
			model->targets[t].emulated ? " (emulated CPU)" : "");
	}
}

/* The benchmarks, each once. */
static void add_benchmarks(const struct report_model *model, struct text *out)
{
	size_t found = 0;

	for (size_t g = 0; g < model->group_count; g++) {
		size_t earlier = 0;
		while (strcmp(model->groups[earlier].benchmark, model->groups[g].benchmark) != 0)
			earlier++;
		if (earlier < g)
			continue;
		text_add(out, found++ ? ", " : "");
		add_line(out, model->groups[g].benchmark);
	}
}

static void add_machines(const struct report_model *model, struct text *out)
{
	const struct store_data *data = model->data;
	unsigned cpus = 0;
	uint64_t memory = 0;

	for (size_t i = 0; i < data->machine_count; i++) {
		cpus = data->machines[i].cpus > cpus ? data->machines[i].cpus : cpus;
		memory = data->machines[i].memory_bytes > memory ? data->machines[i].memory_bytes
								 : memory;
	}
	text_addf(out, "- largest machine: %u CPUs, %.0f MiB of memory\n", cpus,
		(double)memory / MIB);
	for (size_t i = 0; i < model->fact_count; i++) {
		const struct report_fact *fact = &model->facts[i];
		text_add(out, "- ");
		add_line(out, fact->name);
		text_add(out, " (");
		add_line(out, fact->targets);
		text_add(out, "): ");
		add_line(out, fact->value);
		text_add(out, "\n");
	}
	text_add(out, "\n");
}

static void count_runs(const struct store_data *data, size_t *measured, size_t *failed)
{
	*measured = *failed = 0;
	for (size_t i = 0; i < data->run_count; i++)
		++*(data->runs[i].failure ? failed : measured);
}

static void add_campaign(const struct crate_campaign *campaign, struct text *out)
{
	const struct report_model *model = campaign->model;
	size_t measured, failed;

	count_runs(campaign->data, &measured, &failed);
	text_add(out, "### ");
	add_line(out, model->name);
	text_addf(out,
		"\n\nFolder `%s`; began %s; %zu runs measured, %zu failed; %.0f minutes.\n\n",
		campaign->folder, model->started, measured, failed, minutes_of(campaign));
	text_add(out, "- targets: ");
	add_targets(model, out);
	text_add(out, "\n- benchmarks: ");
	add_benchmarks(model, out);
	text_add(out, "\n- image: ");
	add_line(out, model->image_digest[0] ? model->image_digest : "none");
	text_add(out, campaign->source->image_manifest
			      ? " (`image-manifest.json` has the version of every package)\n"
			      : "\n");
	text_addf(out, "- privileges: %s\n",
		was_root(campaign) ? "root" : "none; measured in a user namespace");
	add_machines(model, out);
}

/* --- the document -------------------------------------------------------------------------------
 */

static void add_checklist(const struct crate *crate, struct text *out)
{
	double minutes = 0;
	bool emulated = false, root = false;

	for (size_t i = 0; i < crate->campaign_count; i++) {
		root = root || was_root(&crate->campaigns[i]);
		minutes += minutes_of(&crate->campaigns[i]);
		emulated = emulated || any_emulated(crate->campaigns[i].model);
	}
	text_add(out,
		"## Checklist\n\n| | |\n|---|---|\n"
		"| Program | tare; its benchmarks are in its image |\n| Metrics | the headlines of "
		"each report: slowdowns against the baseline, with intervals |\n"
		"| Output | one store (SQLite) per campaign, and the reports made from it |\n"
		"| Hardware | as below; numbers from different hardware differ |\n");
	text_addf(out, "| Run-time environment | Debian 12 or 13; %s |\n| Emulated | %s |\n",
		root ? "root" : "no root: user namespaces",
		emulated ? "yes: targets that are marked so say nothing about hardware "
			   "virtualization"
			 : "no");
	text_addf(out,
		"| Disk space | %.0f MiB for this crate, about %d MiB for the image |\n"
		"| Time to prepare | about 5 minutes: install, build the image |\n"
		"| Time of the experiments | %.0f minutes, as measured |\n"
		"| Publicly available | where this crate was taken from |\n"
		"| Licence of the program | GPL-2.0-or-later |\n| Licence of the data | %s |\n"
		"| Workflow | tare (version %s) |\n\n",
		ceil(size_mib(crate)), IMAGE_MIB, ceil(minutes), crate_licence(crate),
		crate->campaigns[0].model->tare_version);
}

static void add_again(const struct crate *crate, struct text *out)
{
	const struct crate_campaign *first = &crate->campaigns[0];

	text_add(out,
		"## Installation\n\nInstall the package `tare`, or build tare from its sources. "
		"The image is built as root:\n\n```sh\ntare image\ntare doctor\n```\n\n"
		"## Experiment workflow\n\nIs this crate whole, and does its report follow from "
		"its samples?\n\n```sh\ntare verify --check .\n```\n\n"
		"Does the result hold here? This measures again and compares each headline with "
		"what was published, within 5 %:\n\n```sh\ntare verify . --delta 5%\n```\n\n"
		"By hand:\n\n```sh\n");
	for (size_t i = 0; i < crate->campaign_count; i++) {
		const char *folder = crate->campaigns[i].folder;
		text_addf(out, "tare run %s/campaign.yaml --out again-%zu\ntare report again-%zu\n",
			folder, i + 1, i + 1);
	}
	text_addf(out,
		"```\n\n## Evaluation and expected results\n\n"
		"`%s/report.html` is the report; its first screen has the answer. `tare verify` "
		"ends "
		"with 0 where every headline is reproduced within the margin, with 1 where one "
		"differs, and with 4 where the blocks are too few to tell.\n\n"
		"## Customization\n\nThe campaign files say what is measured; `tare run … --set "
		"KEY=VALUE` changes a value, `--site FILE` measures on other hosts.\n\n"
		"## Where to find what\n\n"
		"| file | content |\n|---|---|\n"
		"| `campaign.sqlite` | the store: everything that was measured |\n"
		"| `campaign.yaml`, `site.yaml` | what was asked for |\n"
		"| `image-manifest.json` | the image: digests, package versions |\n"
		"| `facts.json` | what every machine was |\n"
		"| `raw/` | what the benchmarks printed |\n"
		"| `data/` | tidy tables; `datapackage.json` describes them |\n"
		"| `report.*` | the report in every format |\n"
		"| `figures/` | figures, each with the script that draws it |\n"
		"| `ro-crate-metadata.json` | what is in this crate, for machines |\n"
		"| `manifest-sha256.txt` | digests of all files, for `sha256sum -c` |\n",
		first->folder);
}

int description_add(struct crate *crate, struct error *e)
{
	cleanup_text struct text text = {0};
	cleanup_free char *title = crate_title(crate);

	text_add(&text, "# Artifact description: ");
	add_line(&text, title);
	text_add(&text,
		"\n\nFilled from what was measured, in the fields that the appendices of ACM and "
		"SC ask for.\n\n## Abstract\n\nMeasurements of what virtualization layers cost "
		"against a baseline, by tare. The unit of its statistics is the block: one "
		"fresh start of every target, in random order. Every sample, raw output, "
		"machine fact and failure is here.\n\n");
	if (!crate->options->identify)
		text_add(&text, "Names of hosts and users, MAC and IP addresses, UUIDs and serial "
				"numbers were left out.\n\n");
	add_checklist(crate, &text);
	text_add(&text, "## Hardware and software that was measured\n\n");
	for (size_t i = 0; i < crate->campaign_count; i++)
		add_campaign(&crate->campaigns[i], &text);
	add_again(crate, &text);
	return crate_add(crate, "artifact-description.md", "text/markdown",
		str_dup("the artifact description: hardware, software, time, how to run again"),
		CRATE_NO_CAMPAIGN, &text, e);
}
