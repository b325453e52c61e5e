/* The table of verbs: what --help and the man pages say. */
#include "cli/verbs.h"
#include "cli/report_formats.h"
#include "cli/sources.h"

#include "cli/verb_flags.h"

const struct verb verbs[] = {
	{
		.name = "doctor",
		.summary = "show what can run here, and why the rest cannot",
		.usage = "",
		.description =
			"Probes every driver (KVM by booting a guest, for at most 10 seconds) "
			"and shows tools and their versions, the topology, and what makes "
			"measurements noisy here: governor, SMT, turbo, mitigations, steal, "
			"load. The last line says which targets are ready, and how many warnings "
			"there are.\n\n"
			"With --site it connects to each of the site's hosts, and shows what "
			"each one runs and which targets can run there as it is booted now.",
		.examples = {"tare doctor", "tare doctor --site configs/sites/this-machine.yaml"},
		.flags = {{'s', "site", "FILE",
			"examine the hosts of this site instead of this machine"}},
		.exits = {{0, "something can be measured here"},
			{1, "no target can run here, or a host does not answer"},
			{2, "usage or configuration error"}},
		.starts_machines = true,
		.function = cmd_doctor,
	},
	{
		.name = "plan",
		.summary = "show what a campaign would do; run nothing",
		.usage = "CAMPAIGN",
		.minimum = 1,
		.maximum = 1,
		.description = "Checks the campaign file and shows what one run of each benchmark "
			       "takes on each target, which are skipped and why, and the expected "
			       "time (from earlier runs, where the results directory has any). A "
			       "campaign that takes longer than its limits.time gets a warning.",
		.examples = {"tare plan configs/campaigns/quick.yaml"},
		.flags = {SITE_FLAG, SET_FLAG,
			{'o', "out", "DIR",
				"directory with earlier results (default: results/NAME)"},
			{'n', "no-probe", NULL, "do not test what can run here"}},
		.exits = {{0, "the campaign fits its limit of time"},
			{1, "it is expected to take longer"},
			{2, "usage or configuration error, or nothing of it can run here"}},
		.starts_machines = true,
		.function = cmd_plan,
	},
	{
		.name = "run",
		.summary = "run a campaign, or continue it",
		.usage = "CAMPAIGN",
		.minimum = 1,
		.maximum = 1,
		.description =
			"Runs every cell in blocks: in each block every target is started "
			"afresh, in random order. Every sample is stored in "
			"DIR/campaign.sqlite. Run again on the same DIR, it continues with the "
			"next run; it never overwrites. On a site of several hosts, blocks on "
			"different hosts run at the same time.",
		.examples = {"tare run configs/campaigns/quick.yaml --out results/today",
			"tare run configs/campaigns/hpc-overhead.yaml --site "
			"configs/sites/lab.yaml",
			"tare run configs/campaigns/quick.yaml --set \"blocks=1 cpu.work=5\""},
		.flags = {SITE_FLAG, SET_FLAG,
			{'o', "out", "DIR", "directory for the results (default: results/NAME)"},
			{'e', "seed", "N", "seed of the random order (default: random, recorded)"},
			{'u', "until-decided", NULL,
				"go on until it is decided whether targets are worse than the "
				"baseline (`decide:` in the campaign file)"},
			{'d', "delta", "MARGIN",
				"with --until-decided: the smallest change that matters "
				"(default: 1%)"},
			{'C', "complete", NULL,
				"with --until-decided: decide about all metrics, also where one is "
				"worse"},
			EXPECT_FLAG,
			{'D', "deadline", "TIME",
				"begin nothing after TIME: 05:00, or 8h from now; the same command "
				"continues"},
			{'q', "quiet", NULL, "show warnings only"}},
		.exits = {{0, "everything was measured"},
			{1, "some runs failed, or a limit was reached before all were done"},
			{2, "usage or configuration error"},
			{3, "interrupted (the same command continues the campaign)"}},
		.starts_machines = true,
		.function = cmd_run,
	},
	{
		.name = "slurm",
		.summary = "write or submit the Slurm job that runs a campaign to its end",
		.usage = "CAMPAIGN [-- SBATCH OPTIONS]",
		.minimum = 1,
		.maximum = POSITIONALS_MAX,
		.description =
			"Prints a job script: `tare run CAMPAIGN --site slurm` in an allocation "
			"of as many nodes as the largest placement needs. When its time is over, "
			"the job puts itself into the queue again, until the campaign is done; "
			"runs that were measured are not measured again. Options after -- are "
			"sbatch's, and replace those of the script.",
		.examples = {"tare slurm campaign.yaml -- --time=4:00:00 --partition=batch",
			"tare slurm campaign.yaml --submit -- --time=4:00:00 --nodes=32"},
		.flags = {{'b', "submit", NULL, "submit the job with sbatch"},
			{'s', "site", "FILE",
				"site file with `hosts: slurm` (default: the allocation as it is)"},
			SET_FLAG,
			{'o', "out", "DIR", "directory for the results (default: results/NAME)"}},
		.function = cmd_slurm,
	},
	{
		.name = "report",
		.summary = "show what a campaign measured",
		.usage = "DIR|FILE.csv [CELL]",
		.minimum = 1,
		.maximum = 2,
		.description =
			"Reads only the store, so any report can be made again later and "
			"elsewhere: the slowdown of each target against the baseline with its "
			"interval, absolute values, scaling, fairness, machine facts, and what "
			"was skipped or failed. With --figures it also draws all headlines in "
			"one figure, and curves (SVG, PNG, PDF). A published data set "
			"(FILE.csv, or its name) is shown in the same way, and --beside shows "
			"its numbers next to the measured ones.\n\n"
			"With --raw it prints what the benchmarks' programs printed in the runs "
			"of CELL, which is TARGET.PLACEMENT.BENCHMARK PARAMETERS or the "
			"beginning of that, up to a dot or a blank; without CELL it lists all "
			"runs.",
		.examples = {"tare report results/quick", "tare report results/quick --group disk",
			"tare report results/quick --format html --output quick.html --figures "
			"figures",
			"tare report results/quick --format html,latex,json --output report",
			"tare report results/quick --beside nussbaum-2009",
			"tare report results/quick --raw native.1x1.disk --block 0"},
		.flags = {{'f', "format", "FORMAT,...",
				  "text, md, csv, counters, json, html, latex or samples; "
				  "openmetrics, bencher, benchmark-action, pgfplots or tidy for "
				  "other programs (default: text)"},
			{'o', "output", "FILE",
				"write to FILE instead of standard output; a directory for "
				"several formats (report.html, report.json …), or a format of "
				"several files"},
			{'l', "all", NULL,
				"as text: show everything, not only what fits two screens"},
			{'p', "group", "GROUP",
				"as text: show this group (CPU, disk, MPI …), or benchmark, with "
				"all its metrics"},
			{'g', "figures", "DIR", "draw figures into DIR"},
			{'a', "figures-all", NULL,
				"with --figures: also draw details and every sample"},
			{'b', "beside", "NAME",
				"show a published data set, or a file of its form, next to the "
				"results"},
			{'c', "confidence", "LEVEL",
				"confidence level of the intervals (default: 95%)"},
			{'t', "timing", NULL,
				"show where the campaign's wall time went instead (text or json)"},
			{'N', "nodes", NULL,
				"show how much of the spread comes from nodes, boots and runs, "
				"which nodes differ, and how many --delta needs instead (text or "
				"json)"},
			{'d', "delta", "MARGIN",
				"with --nodes: the smallest change that matters (default: 1%)"},
			{'r', "raw", NULL, "show what the programs of CELL's runs printed instead"},
			{'k', "block", "N", "with --raw: only this block"}},
		.add_formats = report_formats_add,
		.function = cmd_report,
	},
	{
		.name = "compare",
		.summary = "compare two campaigns, or two targets of one",
		.usage = "DIR[:TARGET] DIR[:TARGET]",
		.minimum = 2,
		.maximum = 2,
		.too_few = "two campaigns are needed, or two targets of one as DIR:TARGET; only "
			   "one was given",
		.description =
			"The first is the base. Two targets of one campaign are compared block "
			"by block; different campaigns and imported data by Welch's t on the "
			"logarithms of their blocks. Each headline metric (`tare list "
			"benchmarks`), and each with a margin of its own, gets a ratio, an "
			"interval and a verdict: REGRESSION, IMPROVEMENT, EQUIVALENT, or "
			"INCONCLUSIVE with "
			"the number of blocks that would decide. Without targets, targets of "
			"the same name are compared.\n\n"
			"Different images, one metric in different units, and emulated against "
			"not emulated are refused unless --force is given; the output then says "
			"so.",
		.examples = {"tare compare results/quick:native results/quick:container",
			"tare compare results/before results/after --delta 2% --format md"},
		.flags = {DELTA_FLAG, ALPHA_FLAG,
			{'f', "format", "FORMAT",
				"text, md, csv, json, html or latex (default: text)"},
			{'o', "output", "FILE", "write to FILE instead of standard output"},
			ALL_FLAG, EQUIVALENCE_FLAG, FORCE_FLAG},
		.add_formats = sources_add_formats,
		.function = cmd_compare,
	},
	{
		.name = "gate",
		.summary = "decide in CI whether a new campaign is worse than its base",
		.usage = "BASE NEW [EARLIER...] | --baseline DIR NEW",
		.minimum = 1,
		.maximum = POSITIONALS_MAX,
		.description =
			"Best, BASE and NEW are two targets of one campaign, DIR:OLD and DIR:NEW, "
			"which are compared block by block; where the campaign ran "
			"--until-decided, its looks are read again from the store. Of different "
			"campaigns every target of BASE is compared with the target of the same "
			"name in NEW by what it costs over the baseline of its own campaign; "
			"five or more EARLIER campaigns in which nothing changed tell how much "
			"days differ; with --baseline both are picked from a directory "
			"(tare-baseline(1)). "
			"Prints the verdict, and then writes the files that are "
			"asked for. A headline metric that is skipped, failed or not measured on "
			"either side never passes; of details only a regression counts.",
		.examples = {"tare gate results/upgrade:old results/upgrade:new --junit gate.xml",
			"tare gate results/before results/after results/nightly-*",
			"tare gate --baseline baselines results/nightly-9",
			"tare gate results/before results/after -t xen-pvh -d 2% -m gate.md"},
		.flags = {{'t', "target", "TARGET", "only this target (default: all of BASE)"},
			{'b', "baseline", "DIR",
				"compare with the newest comparable campaign of this baseline "
				"store, and take "
				"the spread between campaigns from its others"},
			DELTA_FLAG, ALPHA_FLAG,
			{'j', "junit", "FILE", "write a JUnit report, one test case per metric"},
			{'m', "summary", "FILE",
				"write a short Markdown summary for a merge request"},
			{'o', "output", "FILE", "write the whole comparison to FILE"},
			{'f', "format", "FORMAT",
				"format of --output: text, md, csv, json, html or latex (default: "
				"text)"},
			{'g', "figures", "DIR",
				"draw the looks of a campaign that ran --until-decided into DIR"},
			{'q', "quiet", NULL,
				"print only metrics that do not pass, and the verdict"},
			{'c', "cost", NULL,
				"decide about the cost over the baseline also where the host "
				"changed between the campaigns"},
			{'r', "bisect-run", NULL, "end with the exit codes of git bisect run"},
			EXPECT_FLAG, ALL_FLAG, EQUIVALENCE_FLAG, FORCE_FLAG},
		.exits = {{0, "no regression, and everything was measured and decided"},
			{1, "a regression"},
			{2, "usage error, or campaigns that must not be compared"},
			{4, "inconclusive (the output says what would decide it)"},
			{125, "with --bisect-run: inconclusive, git skips this revision"},
			{129, "with --bisect-run: no answer, such as a changed host; git stops"}},
		.add_formats = sources_add_formats,
		.function = cmd_gate,
	},
	{
		.name = "bisect",
		.summary = "find the revision that made a target worse",
		.usage = "CAMPAIGN VALUE...|CAMPAIGN -- COMMAND...",
		.minimum = 2,
		.maximum = POSITIONALS_MAX,
		.description =
			"One option of a target, such as its emulator, has another value in "
			"every revision. Values are given as they are, the good one first and "
			"the bad one last; or COMMAND builds a revision {rev} into {out}, and "
			"revisions are the commits from --good to --bad, or the lines of a "
			"file.\n\n"
			"First good and bad alone are measured until it is decided that bad is "
			"worse. Then every block starts both, and two other revisions that the "
			"blocks so far make likely to tell most. It ends when one revision is "
			"the first bad one with a chance of 95 %. Revisions that cannot be "
			"built or run are skipped. Everything is kept in DIR; the same command "
			"continues.",
		.examples = {"tare bisect ab.yaml --option emulator /opt/qemu-*/bin/qemu",
			"tare bisect ab.yaml -O emulator -g v9.0.0 -b HEAD -- ./build {rev} {out}"},
		.flags = {SITE_FLAG, SET_FLAG,
			{'o', "out", "DIR", "directory for everything (default: results/bisect)"},
			{'t', "target", "TARGET",
				"target to bisect (default: the only one but the baseline)"},
			{'O', "option", "NAME", "its option that differs"},
			{'g', "good", "REVISION", "commit at which it was good"},
			{'b', "bad", "REVISION", "commit at which it is bad"},
			{'r', "repository", "DIR", "where the commits are, and COMMAND runs"},
			{'R', "revisions", "FILE", "names of revisions, one a line, good first"},
			{'v', "value", "TEXT",
				"what the option is set to after a build (default: {out})"},
			{'l', "build-limit", "TIME",
				"a build that takes longer has failed (default: 1h)"},
			{'d', "delta", "MARGIN", "the smallest change that matters (default: 1%)"},
			{'q', "quiet", NULL, "show warnings and the answer only"}},
		.exits = {{0, "found"}, {2, "usage error, or good or bad cannot be built or run"},
			{3, "interrupted (the same command continues)"},
			{4, "bad is not worse than good, or it is not clear which one it was"}},
		.starts_machines = true,
		.function = cmd_bisect,
	},
	{
		.name = "baseline",
		.summary = "keep campaigns for later ones to be compared with",
		.usage = "add|list|prune|pick DIR [CAMPAIGN...]",
		.minimum = 2,
		.maximum = POSITIONALS_MAX,
		.description = "DIR keeps copies of campaigns by host, image, campaign file and "
			       "date. `tare gate "
			       "--baseline DIR` compares with the newest that is comparable, and "
			       "takes the spread "
			       "between campaigns from the others.\n\n"
			       "add copies the campaigns and prints where to. list prints their "
			       "directories. "
			       "prune removes all but "
			       "the newest of each host, image and campaign file. pick shows which "
			       "of them CAMPAIGN "
			       "can be compared with, and why not with the others.",
		.examples = {"tare baseline add baselines results/nightly-1",
			"tare baseline pick baselines results/nightly-2",
			"tare baseline prune baselines --keep 30"},
		.flags = {{'k', "keep", "N", "with prune: how many of each stay (default: 30)"}},
		.exits = {{0, "success"}, {2, "usage error, or the directory cannot be used"},
			{4, "pick: nothing is comparable"}},
		.function = cmd_baseline,
	},
	{
		.name = "history",
		.summary = "show metrics over many campaigns, and where they changed",
		.usage = "DIR...",
		.minimum = 2,
		.maximum = POSITIONALS_MAX,
		.too_few = "at least two campaigns are needed; only one was given (after a first "
			   "night there is no history yet)",
		.description =
			"Orders campaigns by their start and shows their headline metrics. "
			"Values are relative to each "
			"campaign's own baseline where all have it. Change points are found by "
			"E-divisive (from 6 campaigns on); the newest campaign is judged "
			"against those since the last change.\n\n"
			"With --gate the newest campaign decides about the exit code. With --ab "
			"what a "
			"screen flags is decided by a campaign of old against new; without it, a "
			"metric is worse when two of the last three campaigns are, and their mean "
			"by "
			"more than delta. Prints the verdict, and then writes the files that are "
			"asked for; as json the history has it, too.",
		.examples = {"tare history results/nightly-* --benchmark disk --metric bandwidth",
			"tare history results/nightly-* --gate --ab "
			"configs/campaigns/ab-upgrade.yaml"},
		.flags = {{'t', "target", "TARGET", "only this target"},
			{'b', "benchmark", "NAME", "only this benchmark"},
			{'m', "metric", "NAME", "only metrics of this name, details too"},
			{'f', "format", "FORMAT", "text, csv or json (default: text)"},
			{'o', "output", "FILE", "write to FILE instead of standard output"},
			ALPHA_FLAG, {'A', "all", NULL, "all metrics, not only headlines"},
			{'g', "figures", "DIR", "draw a figure of each series into DIR"},
			{'F', "force", NULL, "put campaigns with different images into one series"},
			{'G', "gate", NULL, "decide whether the newest campaign is worse"},
			{'B', "ab", "FILE|DIR:OLD",
				"with --gate: campaign of old against new that decides about what "
				"is "
				"flagged, run for these cells alone; or where it was measured, and "
				"its "
				"old target"},
			{'O', "ab-out", "DIR",
				"with --ab FILE: directory for its results (default: "
				"results/NAME-ID)"},
			{'d', "delta", "MARGIN",
				"with --gate: the smallest change that matters (default: 1%)"},
			{'j', "junit", "FILE",
				"with --gate: write a JUnit report, one test case per metric"},
			{'M', "summary", "FILE",
				"with --gate: write a short Markdown summary for a merge request"},
			EXPECT_FLAG, SITE_FLAG},
		.exits = {{0, "shown; with --gate: nothing is worse"}, {1, "--gate: a regression"},
			{2, "usage error, or campaigns that must not be compared"},
			{3, "--ab was interrupted"},
			{4, "--gate: something is flagged and not decided, or not measured"}},
		.starts_machines = true,
		.add_formats = cmd_history_add_formats,
		.function = cmd_history,
	},
	{
		.name = "selftest",
		.summary = "measure how small a difference this host can detect",
		.usage = "",
		.description =
			"Runs a campaign in which nothing differs: the same target under two "
			"names. Reports how often a test at 5 % finds a difference that is not "
			"there, and the smallest difference that this number of blocks would "
			"detect here.",
		.examples = {"tare selftest --blocks 8"},
		.flags = {SITE_FLAG,
			{'o', "out", "DIR",
				"directory for the results (default: results/selftest)"},
			{'b', "blocks", "N", "number of blocks (default: 8, at least 3)"},
			{'t', "target", "TARGET",
				"target to run under both names (default: native)"},
			{'c', "campaign", "FILE",
				"campaign with targets named a and b (default: a built-in one)"},
			{'r', "report", NULL, "report on the results in DIR; run nothing"},
			{'q', "quiet", NULL, "show warnings only"}},
		.exits = {{0, "everything was measured"}, {1, "some runs failed"},
			{2, "usage or configuration error"},
			{3, "interrupted (the same command continues the campaign)"},
			{4, "not enough was measured to judge"}},
		.function = cmd_selftest,
	},
	{
		.name = "image",
		.summary = "build the userspace that every machine runs",
		.usage = "",
		.description =
			"Builds the image unless it is there, and prints its path: a Debian tree "
			"with the benchmarks, the kernel that guests boot, and an initrd. Needs "
			"root and a Debian mirror among apt's sources; afterwards everything "
			"works offline. Images are in $TARE_CACHE, or /var/cache/tare, and named "
			"by what they are made of; the last one built is what campaigns use.",
		.examples = {"tare image", "tare image --suite trixie",
			"tare image --with gromacs,kernbuild"},
		.flags = {{'w', "with", "GROUP,...",
				  "with optional packages: gromacs, kernbuild, rt-tests"},
			{'s', "suite", "SUITE", "Debian bookworm or trixie (default: bookworm)"},
			{'k', "kernel", "PACKAGE",
				"another kernel of that Debian, such as linux-image-rt-amd64 "
				"(default: linux-image-amd64)"},
			{'p', "path", NULL, "print the path of this image; build nothing"},
			{'d', "digest", NULL, "print the digest that names it; build nothing"},
			{'P', "prune", NULL,
				"remove every other image and the layers it is not made of"},
			{'r', "refresh", NULL, "build it anew from the mirror's current packages"}},
		.exits = {{0, "success"}, {1, "a step failed; its log is kept in the cache"},
			{2, "usage error, or something that it needs is missing"}},
		.function = cmd_image,
	},
	{
		.name = "import",
		.summary = "make a store of measurements from other tools",
		.usage = "FILE.csv",
		.minimum = 1,
		.maximum = 1,
		.description =
			"Reads one value per line, in the columns target, benchmark, metric, "
			"unit, better (higher, lower or none), block, run, value. A first line "
			"with these names may put them in another order, and add placement, "
			"parameters, x, scale (ratio or difference), statistic and emulated (yes "
			"or no). Lines of the same run are its iterations. Every mistake is shown "
			"with its line; if there is any, nothing is written.",
		.examples = {"tare import others.csv --out results/others"},
		.flags = {{'o', "out", "DIR", "directory for the new store (required)"},
			{'b', "baseline", "TARGET",
				"target to compare the others with (default: the first in the "
				"file)"},
			{'n', "name", "NAME", "name of the campaign (default: the file's)"},
			{'d', "date", "DATE",
				"time of the measurement in UTC, such as 2026-03-01 or "
				"2026-03-01T12:00 (default: the file's modification time)"}},
		.function = cmd_import,
	},
	{
		.name = "publish",
		.summary = "make one directory of campaigns that can be handed on",
		.usage = "DIR...",
		.minimum = 1,
		.maximum = POSITIONALS_MAX,
		.description =
			"Makes CRATE and CRATE.tar.zst: the stores, campaign and site files, image "
			"manifest, raw outputs, machine facts, tidy tables, reports, figures with "
			"their scripts, an artifact description and CITATION.cff, as an RO-Crate "
			"with a Data Package in it.\n\n"
			"Names of hosts and users, MAC and IP addresses, UUIDs and serial numbers "
			"are replaced in all of it, in the stores too, unless --identify is given.",
		.examples = {"tare publish results/quick --out crate",
			"tare publish results/quick --out crate --licence CC0-1.0"},
		.flags = {{'o', "out", "CRATE", "directory to make (required)"},
			{'t', "title", "TEXT",
				"title of the crate (default: the campaigns' names)"},
			{'a', "authors", "NAMES",
				"\"Family, Given; Family, Given\" (default: anonymous)"},
			{'l', "licence", "ID",
				"licence of the data, by its SPDX identifier (default: CC-BY-4.0)"},
			{'i', "identify", NULL,
				"keep names of hosts and users, addresses and serial numbers"}},
		.function = cmd_publish,
	},
	{
		.name = "verify",
		.summary = "check a published crate, or whether it is reproduced here",
		.usage = "CRATE [DIR...]",
		.minimum = 1,
		.maximum = POSITIONALS_MAX,
		.description =
			"With --check: every file is as its digest says, none is missing, and all "
			"tables and reports follow from the samples: they are made again and "
			"compared, each number to the last bit.\n\n"
			"Without: the crate's campaigns are measured again on this machine (or "
			"--site), or the stores DIR are taken, of campaigns of the same names. It "
			"says what differs of hardware, kernel and image, and then of each "
			"headline "
			"REPRODUCED (within the margin), DIFFERS (by more) or CANNOT TELL, by two "
			"one-sided tests on the slowdown against the baseline.",
		.examples = {"tare verify --check crate", "tare verify crate --delta 5%",
			"tare verify crate results/again --format json"},
		.flags = {{'c', "check", NULL, "check the crate; measure nothing"},
			{'d', "delta", "MARGIN[,METRIC=MARGIN...]",
				"the largest difference that is still the same (default: 5%); for "
				"a METRIC that may be zero, in its unit"},
			ALPHA_FLAG, SITE_FLAG,
			{'o', "out", "DIR",
				"directory for the second measurement (default: results/verify)"},
			{'f', "format", "FORMAT", "text or json (default: text)"},
			{'q', "quiet", NULL, "show warnings only while it measures"}},
		.exits = {{0, "whole; or every headline is reproduced"},
			{1, "something was changed; or a headline differs"},
			{2, "usage or configuration error"},
			{3, "interrupted (the same command continues)"},
			{4, "no headline differs, but some cannot be told"}},
		.add_formats = cmd_verify_add_formats,
		.function = cmd_verify,
	},
	{
		.name = "list",
		.summary = "list benchmarks, targets and the keys of files, with their options",
		.usage = "[benchmarks|targets|metrics|campaign|site|domain] [NAME...]",
		.minimum = 0,
		.maximum = POSITIONALS_MAX,
		.description =
			"Without an argument it lists names; with benchmarks, targets or "
			"metrics it shows everything about each, or only about those named; "
			"with campaign or site it shows the keys that such a file may have; with "
			"domain and the name of a guest in libvirt, what a target takes over from "
			"it. Of a benchmark's metrics it shows the headlines.",
		.examples = {"tare list", "tare list benchmarks disk --all", "tare list campaign"},
		.flags = {{'f', "format", "FORMAT", "text, or md for Markdown (default: text)"},
			{'A', "all", NULL,
				"with benchmarks: show every metric, not only headlines"}},
		.add_formats = cmd_list_add_formats,
		.function = cmd_list,
	},
	{
		.name = "clean",
		.summary = "remove what a killed campaign left on this host",
		.usage = "",
		.description =
			"Removes guests, containers, bridges, network namespaces, mounts and "
			"overlays of campaigns that no longer run. `tare run` does the same "
			"when it starts. What belongs to a running campaign is left alone.",
		.examples = {"tare clean"},
		.flags = {{'s', "site", "FILE",
				  "clean the hosts of this site instead of this machine"},
			{'w', "work-dir", "DIR",
				"directory of scratch files (default: /var/lib/tare; without root "
				"work, below the cache)"}},
		.starts_machines = true,
		.function = cmd_clean,
	},
	{.name = NULL},
};
