/* The list of benchmarks, in the order of `tare list`. CMake writes benchmarks.def, a row
 * BENCHMARK(NAME) for each, from the names in CMakeLists.txt. */
#include "bench/bench.h"

#include <string.h>

#define BENCHMARK(name) extern const struct benchmark bench_##name;
#include "benchmarks.def"
#undef BENCHMARK

#define BENCHMARK(name) &bench_##name,
const struct benchmark *const benchmarks[] = {
#include "benchmarks.def"
	NULL};

const struct benchmark *benchmark_find(const char *name)
{
	for (size_t i = 0; benchmarks[i]; i++)
		if (strcmp(benchmarks[i]->name, name) == 0)
			return benchmarks[i];
	return NULL;
}
