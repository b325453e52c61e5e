/* How numbers, metrics and statuses are written, the same in every format, and how text from
 * elsewhere is made valid for each. Knows no format's layout. */
#ifndef TARE_REPORT_WORDS_H
#define TARE_REPORT_WORDS_H

#include <stdint.h>

#include "base/numbers.h"
#include "base/text.h"
#include "report/model/model.h"

enum { WORDS_BYTES = 3 * NUMBER_BYTES };

/* Adds text with newlines and tabs as spaces: for one line of a table. */
void words_add_line(struct text *out, const char *text);
/* Whether the blank stands between a number and its unit ("+5 %", "4 KiB"), where no line should
 * end; text: the whole, blank: inside it. */
bool words_before_unit(const char *text, const char *blank);
/* "4 KiB", "1000" … the place on the metric's axis; "" where there is none. Returns buffer. */
char *words_x(const struct report_metric *metric, double x, char buffer[WORDS_BYTES]);
/* The slowdown: "+1.23 %" between half and twice as slow, else "×12.3"; in the unit for additive
 * metrics; "" if it is not known. " ~" follows where a headline is undecided. */
char *words_cost(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES]);
/* "[+0.81, +1.65]", or why there is no interval: "n=2: no interval". */
char *words_interval(const struct report_value *value, const struct report_metric *metric,
	char buffer[WORDS_BYTES]);
/* The marks of a number: of "emu", "ker" and "net" those that apply, or "". */
const char *words_marks(const struct report_cell *cell);
/* "p 0.012", "p < 0.0001". Returns buffer. */
char *words_p(double p, char buffer[WORDS_BYTES]);
/* What went wrong in a run, or in any behind a value: "clk", "bsy", "thr", "wrn", "mem", with
 * blanks between them; "": nothing. Returns buffer. */
char *words_flags(bool clock, unsigned run_marks, char buffer[WORDS_BYTES]);
/* What a slowdown includes, and what disturbed the runs behind it: "net bsy" … Emulated CPUs and
 * other kernels are marked at the target. */
const char *words_slowdown_marks(const struct report_value *value);
/* Of a value alone: "clk", "bsy", "thr". */
const char *words_value_marks(const struct report_value *value);
/* An arrow for the direction of better: "↑", "↓" or "". */
const char *words_arrow(enum report_better better);
const char *words_better(enum report_better better); /* "higher", "lower", "none" */

/* Of a headline: neither worse nor better, nor no worse than what matters. */
bool words_undecided(const struct report_value *value);
/* Of a headline: 1 worse, -1 better, 0 undecided (judged together with all others); else 0. */
int words_tone(const struct report_value *value);

/* Of the CPU: "real", "emulated", or "unknown". */
const char *words_emulation(bool emulated, bool known);

/* "keeps time (within 3 ppm)", "drifts +12 ppm", "jumps (in 2 runs)", "unknown". Returns buffer. */
const char *words_clock(const struct report_honesty *honesty, char buffer[WORDS_BYTES]);
/* "honest", "cached by the host", "lying" … */
const char *words_flush(const struct report_flush *flush);

#endif
