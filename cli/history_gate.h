/* tare history --gate: the nights decide, or old against new does. */
#ifndef TARE_CLI_HISTORY_GATE_H
#define TARE_CLI_HISTORY_GATE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/verbs.h"
#include "report/verdict/expectations.h"
#include "report/verdict/history.h"

/* Judges the newest campaign by the flags 'd' (delta), 'x' (known noise), 'B' (a campaign of old
 * against new: its file, which is run for what is flagged, with flags 's' and 'O'; or where it was
 * measured, DIR:OLD). Prints what is flagged and the answer to out; then writes the files of flags
 * 'j' (JUnit) and 'M' (summary), and, json: the history with the decision to that of 'o', or to
 * standard output. Returns the exit code. */
int history_gate(const struct arguments *arguments, const struct history *history,
	const struct expectations *expectations, FILE *out, bool json, struct error *e);

#endif
