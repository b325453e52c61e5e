/* What a campaign that runs until it is decided (declared.h) has decided, put into its report. */
#ifndef TARE_REPORT_DECISION_H
#define TARE_REPORT_DECISION_H

#include "report/model/model.h"

/* Replaces the judgement of all headlines together by that of the campaign's looks, target by
 * target against the baseline, as `tare gate` makes it from the same store: which are decided, and
 * the intervals, which hold at every look. Where the campaign decides against another target, this
 * also puts the headlines of the targets that it decides about, against that one, before all
 * variations; their key is DECISION_KEY. Nothing where no question was declared. */
int decision_apply(struct report_model *model, struct error *e);

#endif
