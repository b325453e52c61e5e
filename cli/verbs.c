/* The table of verbs. */
#include "cli/verbs.h"

#define SITE_FLAG \
	{ \
		's', "site", "FILE", "the hosts to measure on (default: this machine)" \
	}

#define SET_FLAG \
	{ \
		'S', "set", "KEY=VALUE...", \
			"replace values of the file: blocks=2, limits.time=1h, hpcc.max_n=256; " \
			"several: \"blocks=2 cpu.work=1\"" \
	}
#define ALPHA_FLAG \
	{ \
		'a', "alpha", "LEVEL", "chance of a false alarm among all metrics (default: 5%)" \
	}
#define DELTA_FLAG \
	{ \
		'd', "delta", "MARGIN[,METRIC=MARGIN...]", \
			"the change that matters (default: 1%); of an additive metric in its unit" \
	}
#define FORCE_FLAG \
	{ \
		'F', "force", NULL, \
			"compare different images, units, or emulated with not emulated; it is " \
			"said" \
	}

const struct verb verbs[] = {
	{
		.name = "doctor",
		.summary = "say what can run here, and why the rest cannot",
		.usage = "",
		.description =
			"Probes every driver (KVM by booting a guest, for at most 10 seconds), and "
			"shows tools and their versions, the topology, and what makes measurements "
			"noisy here: governor, SMT, turbo, mitigations, steal, load.\n\n"
			"With a site: reaches each of its hosts, and says what it runs and which "
			"targets can run there as it is booted now.",
		.examples = {"tare doctor", "tare doctor --site configs/sites/this-machine.yaml"},
		.flags = {{'s', "site", "FILE", "look at these hosts instead of this machine"}},
		.function = cmd_doctor,
	},
	{
		.name = "plan",
		.summary = "show what a campaign would do; run nothing",
		.usage = "CAMPAIGN",
		.minimum = 1,
		.maximum = 1,
		.description =
			"Checks the campaign file and shows its cells, blocks, machines and the "
			"expected time (from earlier runs, where the results directory has any), "
			"and "
			"which cells will be skipped and why.",
		.examples = {"tare plan configs/campaigns/quick.yaml"},
		.flags = {SITE_FLAG, SET_FLAG,
			{'o', "out", "DIR", "earlier results (default: results/NAME)"},
			{'n', "no-probe", NULL, "do not try what can run here"}},
		.function = cmd_plan,
	},
	{
		.name = "run",
		.summary = "run a campaign, or continue it",
		.usage = "CAMPAIGN",
		.minimum = 1,
		.maximum = 1,
		.description =
			"Runs every cell in blocks: in a block each target is started freshly, in "
			"random order. Every sample goes to DIR/campaign.sqlite. Run again on the "
			"same "
			"DIR, it continues with the next run; it never overwrites. On a site of "
			"several hosts, what can run at once on different hosts does.",
		.examples = {"tare run configs/campaigns/quick.yaml --out results/today",
			"tare run configs/campaigns/hpc-overhead.yaml --site "
			"configs/sites/lab.yaml",
			"tare run configs/campaigns/quick.yaml --set \"blocks=1 cpu.work=5\""},
		.flags = {SITE_FLAG, SET_FLAG,
			{'o', "out", "DIR", "where the results go (default: results/NAME)"},
			{'e', "seed", "N", "seed of the random order (default: random, recorded)"},
			{'q', "quiet", NULL, "show warnings only"}},
		.exits = {{0, "all was measured"}, {1, "some runs failed"},
			{2, "usage or configuration"},
			{3, "interrupted; the same command continues"}},
		.function = cmd_run,
	},
	{
		.name = "report",
		.summary = "show what a campaign measured",
		.usage = "DIR|FILE.csv [CELL]",
		.minimum = 1,
		.maximum = 2,
		.description =
			"Reads the store alone, so that any report can be made again, later, "
			"elsewhere: the overhead of each target against the baseline with its "
			"interval, absolute values, scaling, fairness, machine facts, and what was "
			"skipped or failed. With --figures it also draws all headlines in one "
			"figure and curves (SVG, PNG, PDF). A published data set (FILE.csv, or its "
			"name) is shown "
			"the "
			"same way, and --beside puts its numbers beside the measured ones.\n\n"
			"With --raw it prints what the benchmarks' programs printed in the runs of "
			"CELL, "
			"which is TARGET.PLACEMENT.BENCHMARK PARAMETERS or the beginning of that; "
			"without CELL it lists all runs.",
		.examples = {"tare report results/quick",
			"tare report results/quick --format html --output quick.html --figures "
			"figures",
			"tare report results/quick --beside nussbaum-2009",
			"tare report results/quick --raw native.1x1.disk --block 0"},
		.flags = {{'f', "format", "FORMAT",
				  "text, md, csv, json, html, latex or samples (default: text)"},
			{'o', "output", "FILE", "instead of standard output"},
			{'g', "figures", "DIR", "draw the figures into DIR"},
			{'a', "figures-all", NULL, "with --figures: details and every sample, too"},
			{'b', "beside", "NAME", "a published data set, or a file like one"},
			{'c', "confidence", "LEVEL", "of the intervals (default: 95%)"},
			{'t', "timing", NULL,
				"where the campaign's wall time went, instead (text or json)"},
			{'r', "raw", NULL, "what the programs of CELL's runs printed, instead"},
			{'k', "block", "N", "with --raw: of this block only"}},
		.function = cmd_report,
	},
	{
		.name = "compare",
		.summary = "compare two campaigns, or two targets of one",
		.usage = "DIR[:TARGET] DIR[:TARGET]",
		.minimum = 2,
		.maximum = 2,
		.description =
			"The first is the base. Two targets of one campaign are compared block by "
			"block, different campaigns by Welch's t on the logarithms of their "
			"blocks; "
			"imported data as well. Each metric gets a ratio, an interval and a "
			"verdict: "
			"REGRESSION, IMPROVEMENT, EQUIVALENT, or INCONCLUSIVE with the blocks that "
			"would decide. Without targets, those of one name are compared.\n\n"
			"Different images, one metric in different units, and emulated against not "
			"emulated are refused unless --force is given, which the output then says.",
		.examples = {"tare compare results/quick:native results/quick:container",
			"tare compare results/before results/after --delta 2% --format md"},
		.flags = {DELTA_FLAG, ALPHA_FLAG,
			{'f', "format", "FORMAT",
				"text, md, csv, json, html or latex (default: text)"},
			{'o', "output", "FILE", "instead of standard output"}, FORCE_FLAG},
		.function = cmd_compare,
	},
	{
		.name = "gate",
		.summary = "decide in CI whether a new campaign is worse than its base",
		.usage = "BASE NEW",
		.minimum = 2,
		.maximum = 2,
		.description =
			"Compares every target of BASE with the one of that name in NEW. What is "
			"skipped, failed or not measured on either side is never green.",
		.examples = {"tare gate results/xen-4.17 results/xen-4.18 --junit gate.xml",
			"tare gate results/before results/after -t xen-pvh -d 2% -m gate.md"},
		.flags = {{'t', "target", "TARGET", "only this target (default: all of BASE)"},
			DELTA_FLAG, ALPHA_FLAG,
			{'j', "junit", "FILE", "a JUnit report, one test case per metric"},
			{'m', "summary", "FILE", "a short Markdown summary for a merge request"},
			{'o', "output", "FILE", "the whole comparison in a file"},
			{'f', "format", "FORMAT",
				"of --output: text, md, csv, json, html or latex (default: text)"},
			{'q', "quiet", NULL, "only what is not green, and the answer"}, FORCE_FLAG},
		.exits = {{0, "no regression, and everything was measured and decided"},
			{1, "a regression"}, {2, "usage, or campaigns that must not be compared"},
			{4, "inconclusive, with what would decide it"}},
		.function = cmd_gate,
	},
	{
		.name = "history",
		.summary = "show how metrics went over campaigns, and where they changed",
		.usage = "DIR...",
		.minimum = 2,
		.maximum = POSITIONALS_MAX,
		.description =
			"Orders campaigns by their start. Values are relative to each campaign's "
			"own "
			"baseline where all have it. Change points are found by E-divisive (from 6 "
			"campaigns on); the newest campaign is judged against those since the last "
			"change.",
		.examples = {"tare history results/nightly-* --benchmark disk --metric bandwidth"},
		.flags = {{'t', "target", "TARGET", "only this target"},
			{'b', "benchmark", "NAME", "only this benchmark"},
			{'m', "metric", "NAME", "only metrics of this name"},
			{'f', "format", "FORMAT", "text, csv or json (default: text)"},
			{'o', "output", "FILE", "instead of standard output"}, ALPHA_FLAG,
			{'g', "figures", "DIR", "draw every series into DIR"},
			{'F', "force", NULL,
				"put campaigns with different images into one series"}},
		.function = cmd_history,
	},
	{
		.name = "selftest",
		.summary = "measure how well this host can tell a difference from none",
		.usage = "",
		.description = "Runs a campaign in which nothing differs: the same target under "
			       "two names. "
			       "Reports how often a test at 5 % finds a difference that is not "
			       "there, and the "
			       "smallest difference that so many blocks would find here.",
		.examples = {"tare selftest --blocks 8"},
		.flags = {SITE_FLAG,
			{'o', "out", "DIR", "where the results go (default: results/selftest)"},
			{'b', "blocks", "N", "how many (default: 8, at least 3)"},
			{'t', "target", "TARGET", "what stands under both names (default: native)"},
			{'c', "campaign", "FILE",
				"a campaign with targets named a and b instead of the built-in "
				"one"},
			{'r', "report", NULL, "only report on what DIR holds; run nothing"},
			{'q', "quiet", NULL, "show warnings only"}},
		.exits = {{0, "all was measured, and enough to tell"}, {1, "some runs failed"},
			{2, "usage or configuration"},
			{3, "interrupted; the same command continues"},
			{4, "too little was measured to tell"}},
		.function = cmd_selftest,
	},
	{
		.name = "import",
		.summary = "make a store of measurements from elsewhere",
		.usage = "FILE.csv",
		.minimum = 1,
		.maximum = 1,
		.description = "One value per line, in the columns target, benchmark, metric, "
			       "unit, better "
			       "(higher, lower or none), block, run, value; a first line with "
			       "their names may "
			       "put them in another order, and add placement, parameters, x, scale "
			       "(ratio or "
			       "difference) and statistic. Lines of the same run are its "
			       "iterations. Every "
			       "mistake is shown with its line, and nothing is written then.",
		.examples = {"tare import others.csv --out results/others"},
		.flags = {{'o', "out", "DIR", "where the store is made"},
			{'b', "baseline", "TARGET",
				"what the others are compared with (default: the "
				"first target)"},
			{'n', "name", "NAME", "of the campaign (default: the file's)"},
			{'d', "date", "DATE",
				"when it was measured, UTC (default: the file's time)"}},
		.function = cmd_import,
	},
	{
		.name = "list",
		.summary = "list benchmarks, targets and the keys of files, with their options",
		.usage = "[benchmarks|targets|metrics|campaign|site] [NAME...]",
		.minimum = 0,
		.maximum = POSITIONALS_MAX,
		.description =
			"Without an argument it lists names; with benchmarks, targets or metrics "
			"everything about each, or only about the given names; with campaign or "
			"site the keys that such a file may have.",
		.examples = {"tare list", "tare list benchmarks disk", "tare list campaign"},
		.flags = {{'f', "format", "FORMAT", "text, or md for Markdown (default: text)"}},
		.function = cmd_list,
	},
	{
		.name = "clean",
		.summary = "remove what a killed campaign left on this host",
		.usage = "",
		.description = "Removes guests, containers, bridges, network namespaces, mounts "
			       "and overlays "
			       "of campaigns that no longer run. `tare run` does the same at its "
			       "start. What "
			       "belongs to a running campaign is left alone.",
		.examples = {"tare clean"},
		.flags = {{'s', "site", "FILE", "clean these hosts instead of this machine"},
			{'w', "work-dir", "DIR",
				"where the site keeps its scratch files (default: /var/lib/tare)"}},
		.function = cmd_clean,
	},
	{.name = NULL},
};
