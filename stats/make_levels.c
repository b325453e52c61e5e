/* Prints, when tare is built, the table of the usual looks as initializers of an array. With the
 * argument "lengths" it prints stats/sequential_lengths.h instead, which takes minutes and is
 * therefore kept with the source (the test stats_sequential computes some of it again). */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "stats/sequential_points.h"

static void print_chances(unsigned most, unsigned nodes, const char *before)
{
	struct sequential looks = {SEQUENTIAL_FIRST, SEQUENTIAL_STEP, most, {0}};

	sequential_fill(&looks, nodes);
	for (size_t i = 0; i < SEQUENTIAL_POINTS; i++)
		printf("%s%.*g,%s", before, *before ? 9 : 17, looks.log_chances[i],
			!*before || i % 6 == 5 || i + 1 == SEQUENTIAL_POINTS ? "\n" : "");
}

static void print_lengths(void)
{
	static const unsigned lengths[] = {6, 8, 12, 18, 26, 36, 50, 70, 100, 140, 200};

	printf("/* Made by make_levels.c: ln G for looks after 4, 6 … so many pairs, at the points "
	       "of\n"
	       " * sequential_points.h. */\n"
	       "#ifndef TARE_STATS_SEQUENTIAL_LENGTHS_H\n#define "
	       "TARE_STATS_SEQUENTIAL_LENGTHS_H\n\n"
	       "#include \"stats/sequential.h\"\n\n"
	       "static const struct {\n\tunsigned most;\n\tdouble log_chances[SEQUENTIAL_POINTS];\n"
	       "} sequential_lengths[] = {\n");
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		printf("\t{%u,\n\t\t{\n", lengths[i]);
		print_chances(lengths[i], 600, " ");
		printf("\t\t}},\n");
		fflush(stdout);
	}
	printf("};\n\n#endif\n");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "lengths") == 0)
		print_lengths();
	else
		print_chances(SEQUENTIAL_MOST, 800, "");
	return 0;
}
