/* The verdict of a comparison. The sign is such that + is worse; the margin L (ln(1 + δ) for
 * ratios, in the metric's unit for additive ones) was declared before the data. */
#ifndef TARE_STATS_VERDICT_H
#define TARE_STATS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict {
	VERDICT_INCONCLUSIVE,
	VERDICT_REGRESSION,
	VERDICT_IMPROVEMENT,
	VERDICT_EQUIVALENT,
	VERDICT_NOT_WORSE,
};

/* Error rates, and what is asked. */
struct verdict_levels {
	double worse; /* of all REGRESSION together */
	double better; /* of all IMPROVEMENT, and of all EQUIVALENT, together */
	double not_worse; /* of each NOT WORSE by itself */
	bool equivalence; /* NOT WORSE is not enough */
};

/* further_blocks when no reasonable number of blocks would decide, or none can be named. */
#define VERDICT_UNDECIDABLE SIZE_MAX

struct verdict_case {
	/* given */
	double centre; /* θ̂ on the scale of the test, + is worse */
	double error; /* its standard error; with moderation the moderated one */
	double df; /* degrees of freedom of error */
	size_t blocks; /* pairs behind it */
	double margin; /* L > 0 */
	bool claim_equivalence; /* in the family of cases that may be EQUIVALENT */

	/* found */
	double p_worse, p_notworse; /* H₀: θ ≤ L; H₀: θ ≥ L */
	double p_better, p_equivalent; /* H₀: θ ≥ −L; H₀: |θ| ≥ L (TOST) */
	double adjusted_worse, adjusted_better, adjusted_equivalent; /* by Holm */
	enum verdict verdict;
	size_t further_blocks; /* 0: decided; else how many more would decide with 90 % power, if
	                        * the present estimate is the truth; or VERDICT_UNDECIDABLE */
};

/* One-sided p of H₀: θ ≤ bound against θ > bound; error = 0 gives 0 or 1 (1 at the bound).
 * NaN when anything is not finite, error < 0 or df ≤ 0. */
double verdict_p_above(double centre, double error, double df, double bound);

/* Two one-sided tests (Schuirmann, J. Pharmacokin. Biopharm. 15, 1987): the larger p of
 * θ ≤ −margin and θ ≥ margin. It is ≤ α exactly when the 1 − 2α interval is in ± margin. */
double verdict_p_equivalent(double centre, double error, double df, double margin);

/* Fills the raw p values; NaN with fewer than 3 blocks or an invalid number. */
void verdict_test(struct verdict_case *one);

/* From the p values, raw or sequential, the adjusted ones: Holm's over all cases for p_worse, over
 * all for p_better, and over those that claim equivalence. */
void verdict_adjust(struct verdict_case *cases, size_t count);

/* What the p values of a case say. NOT WORSE needs no adjustment, because a gate is passed only
 * when every case is: the chance of passing although one is worse is at most that of this one
 * (an intersection-union test). */
enum verdict verdict_of(const struct verdict_case *one, const struct verdict_levels *levels);

/* Judges all metrics of one gate together. A case that cannot be tested is INCONCLUSIVE, its p are
 * NaN, and it still counts in the families. */
void verdict_judge(struct verdict_case *cases, size_t count, const struct verdict_levels *levels);

/* The same without further_blocks, which cost more than all the rest: they are left at 0. */
void verdict_decide(struct verdict_case *cases, size_t count, const struct verdict_levels *levels);

/* "REGRESSION" … as printed everywhere. */
const char *verdict_text(enum verdict verdict);

#endif
