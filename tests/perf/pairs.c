/* Reads lines "OURS THEIRS" (or "OURS" alone) from stdin, "#" lines left out, and prints
 *     PAIRS OURS OURS_LOW OURS_HIGH THEIRS RATIO RATIO_LOW RATIO_HIGH
 * medians, that of the ratio being the median of the pairs' ratios, each with its interval of 95 %
 * from order statistics. What does not apply is "nan". */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "tests/perf/median.h"

enum { PAIRS_MAX = 10000 };
static const double confidence = 0.95;

int main(void)
{
	static double ours[PAIRS_MAX], theirs[PAIRS_MAX], ratios[PAIRS_MAX];
	struct median other = {NAN, NAN, NAN}, ratio = {NAN, NAN, NAN};
	cleanup_free char *line = NULL;
	size_t count = 0, pairs = 0, capacity = 0;

	while (getline(&line, &capacity, stdin) > 0) {
		if (line[0] == '#')
			continue;
		int fields = count == PAIRS_MAX
				     ? 0
				     : sscanf(line, "%lf %lf", &ours[count], &theirs[pairs]);
		if (fields < 1 || (count > 0 && (fields == 2) != (pairs == count))) {
			fprintf(stderr, "pairs: cannot use the line %s", line);
			return 1;
		}
		if (fields == 2) {
			ratios[pairs] = ours[count] / theirs[pairs];
			pairs++;
		}
		count++;
	}
	if (count == 0) {
		fprintf(stderr, "pairs: nothing to read\n");
		return 1;
	}
	struct median our = median_interval(ours, count, confidence);
	if (pairs > 0) {
		other = median_interval(theirs, pairs, confidence);
		ratio = median_interval(ratios, pairs, confidence);
	}
	printf("%zu %.6g %.6g %.6g %.6g %.6g %.6g %.6g\n", count, our.median, our.low, our.high,
		other.median, ratio.median, ratio.low, ratio.high);
	return 0;
}
