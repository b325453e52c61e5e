/* Private to history*.c: what all formats of a history say in the same words. */
#ifndef TARE_REPORT_HISTORY_WORDS_H
#define TARE_REPORT_HISTORY_WORDS_H

#include "report/verdict/history.h"

enum { HISTORY_DATE_BYTES = 64, HISTORY_USUAL_WIDTH = 100 };

/* When a campaign began, in UTC: for people, or as ISO 8601. Returns buffer. */
char *history_date(const struct store_data *data, bool iso, char buffer[HISTORY_DATE_BYTES]);
/* The newest point against those before it: "like", "UNLIKE", "WORSE", "BETTER" or "too few". */
const char *history_newest_text(const struct history_series *series);

#endif
