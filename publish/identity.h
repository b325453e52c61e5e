/* What would say whose machines were measured: names of hosts and users, addresses, serial numbers.
 * They are collected from a campaign and from here, and replaced wherever they stand. */
#ifndef TARE_PUBLISH_IDENTITY_H
#define TARE_PUBLISH_IDENTITY_H

#include "store/store.h"

struct identity_word {
	char *word; /* owned */
	char *instead; /* owned */
	bool numbered; /* a number may follow: the beginning of a range of names */
};

/* Zero-initialised is empty. */
struct identity {
	struct identity_word *words; /* longest first */
	size_t count, capacity, hosts, domains, users, serials;
};

/* Adds the hosts of the campaign and of its site, the domains of their names, serial numbers among
 * its facts, this host, and the user. Refused: a name that is also one of the campaign's own (a
 * target, a benchmark, a metric …), because the two cannot be told apart; the error says so. */
int identity_collect(struct identity *identity, const struct store_data *data, struct error *e);
void identity_free(struct identity *identity);

/* The text without: those names, in capitals or not; MAC addresses; IP addresses but those of
 * loopback, of 198.18.0.0/15 (which tare's own networks have) and 0.0.0.0; UUIDs; what follows the
 * word "serial"; names in /home/NAME and NAME@HOST. NULL: there was none of it. A store_cleaner
 * (store/copy.h) with the identity as its context. */
char *identity_clean(void *context, const char *text);

#endif
