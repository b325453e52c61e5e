/* p values of many tests at once, adjusted for their number. */
#ifndef TARE_STATS_MULTIPLE_H
#define TARE_STATS_MULTIPLE_H

#include <stddef.h>

/* A p that is NaN or outside 0 … 1 (a test that could not be made) stays in the family and is
 * ranked as 1, so that a failed measurement never makes the others look better; its adjusted
 * value is NaN. adjusted may be the same array as p. */

/* Holm (Scand. J. Statistics 6, 1979): family-wise error, whatever the dependence. With p
 * ascending: max over j ≤ i of min(1, (m − j) p_j), j from 0. */
void multiple_holm(const double *p, size_t count, double *adjusted);

/* Benjamini & Hochberg (J. Royal Statist. Soc. B 57, 1995): false discovery rate, for tables
 * that explore. min over j ≥ i of min(1, m p_j / (j + 1)). */
void multiple_benjamini_hochberg(const double *p, size_t count, double *adjusted);

#endif
