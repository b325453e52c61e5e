/* Network conditions: what a link is made to be like while one run lasts, by netem at the egress
 * of every machine that takes part. So each is one way: between two machines the round trip grows
 * by twice the delay. Knows tc(8)'s and ip(8)'s words and nothing of how they get into a machine.
 */
#ifndef TARE_CAMPAIGN_CONDITIONS_H
#define TARE_CAMPAIGN_CONDITIONS_H

#include "base/process.h"

struct conditions {
	double delay_s; /* added to every packet */
	double jitter_s; /* the delay varies by at most this, uniformly; packets may overtake */
	double loss; /* fraction of the packets that is dropped, independently */
	double rate_bit_s; /* 0: not limited */
};

/* "100Mbit", "1.5Gbit", "64kbit", "9600bit" (decimal; "/s" may follow) → bit/s. */
int conditions_parse_rate(const char *text, double *bit_s, struct error *e);
/* One sentence for each broken rule between the values. */
int conditions_check(const struct conditions *conditions, struct error *e);
/* "delay 10ms jitter 1ms loss 0.1% rate 100Mbit": what is set, in this order. Caller frees. */
char *conditions_text(const struct conditions *conditions);
/* tc's command line that makes the interface so. The queue takes what is on its way for as long
 * as it is delayed (at the rate, or at 10 Gbit/s), and 1,000 packets, netem's default, besides. */
void conditions_add_argv(
	const struct conditions *conditions, const char *interface, struct argv *argv);
/* tc's command line that undoes it. */
void conditions_remove_argv(const char *interface, struct argv *argv);
/* ip's command line that lets what is sent on the interface hold that many TCP segments at most
 * before it is cut into packets. 1: netem, which is asked before the cut, sees packets. It is valid
 * for connections that begin afterwards. */
void conditions_segments_argv(const char *interface, unsigned segments, struct argv *argv);

#endif
