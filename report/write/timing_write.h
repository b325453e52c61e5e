/* Where the wall time of a campaign went, as text and as JSON. */
#ifndef TARE_REPORT_TIMING_WRITE_H
#define TARE_REPORT_TIMING_WRITE_H

#include "report/model/timing.h"

void timing_write_text(const struct timing *timing, struct text *out);
void timing_write_json(const struct timing *timing, struct text *out);

/* Where the campaign's wall time went, host by host: booting, measuring, and what is neither; as
 * text or as JSON. Refused for data that no campaign measured. */
int report_timing(const struct store_data *data, bool json, struct text *out, struct error *e);

#endif
