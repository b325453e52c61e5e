/* Prints, when tare is built, the table of the usual looks as initializers of an array. */
#include <stdio.h>

#include "stats/sequential_points.h"

int main(void)
{
	struct sequential looks = {SEQUENTIAL_FIRST, SEQUENTIAL_STEP, SEQUENTIAL_MOST, {0}};

	sequential_fill(&looks, 800);
	for (size_t i = 0; i < SEQUENTIAL_POINTS; i++)
		printf("%.17g,\n", looks.log_chances[i]);
	return 0;
}
