/* Private to the campaign room: how far a machine's clock is from its host's. */
#ifndef TARE_CAMPAIGN_CLOCK_OFFSET_H
#define TARE_CAMPAIGN_CLOCK_OFFSET_H

#include "agent/client.h"
#include "hosts/host.h"

/* The machine's CLOCK_REALTIME minus the host's, in s; host NULL: this machine. Both are asked three
 * times from here, and the shortest answer of each counts. *error_s (NAN at first) becomes the most
 * that any call so far may be wrong by. NAN: one of them did not answer. */
double clock_offset_s(struct agent *agent, struct host *host, double *error_s);

#endif
