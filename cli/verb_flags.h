/* Options that several verbs have, as rows of their tables. Private to verbs.c. */
#ifndef TARE_CLI_VERB_FLAGS_H
#define TARE_CLI_VERB_FLAGS_H

#define SITE_FLAG \
	{ \
		's', "site", "FILE", \
			"site file with the hosts to measure on (default: this machine)" \
	}

#define SET_FLAG \
	{ \
		'S', "set", "KEY=VALUE...", \
			"set values of the file, such as blocks=2, limits.time=1h or " \
			"hpcc.max_n=256; several in one argument: \"blocks=2 cpu.work=1\"" \
	}
#define ALPHA_FLAG \
	{ \
		'a', "alpha", "LEVEL", \
			"probability of any false alarm among all headlines (default: 5%)" \
	}
#define DELTA_FLAG \
	{ \
		'd', "delta", "MARGIN[,METRIC=MARGIN...]", \
			"the smallest change that matters (default: 1%); for a METRIC that may " \
			"be " \
			"zero, in its unit" \
	}
#define EQUIVALENCE_FLAG \
	{ \
		'E', "equivalent", NULL, \
			"pass only what is EQUIVALENT or better: NOT WORSE is not enough" \
	}
#define FORCE_FLAG \
	{ \
		'F', "force", NULL, \
			"compare in spite of different images or units, or of emulation on one " \
			"side; the output says so" \
	}

#define EXPECT_FLAG \
	{ \
		'x', "expect", "FILE", \
			"known noise, which is shown and makes nothing red until it expires " \
			"(docs/ci.md)" \
	}
#define ALL_FLAG \
	{ \
		'A', "all", NULL, "also show details; they are exploratory and decide nothing" \
	}

#endif
