/* What a campaign in which nothing differs says about its host. */
#ifndef TARE_CLI_SELFTEST_H
#define TARE_CLI_SELFTEST_H

#include "base/error.h"
#include "base/text.h"
#include "store/store.h"

/* Adds the report in plain words on the targets a and b of data. Returns 0, or 1 if too little
 * was measured to tell (which the report says), or -1 with e. */
int selftest_report(const struct store_data *data, struct text *out, struct error *e);

#endif
