/* What benchmarks print: the input's first line names the benchmark, the rest is its output. What
 * is accepted are finite samples of the benchmark's own metrics. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/array.h"
#include "bench/bench.h"
#include "tests/fuzz/mutate.h"

static void check_samples(const struct benchmark *benchmark, const struct samples *samples)
{
	size_t metrics = 0;

	while (benchmark->metrics[metrics].name)
		metrics++;
	if (!samples->count)
		abort();
	for (size_t i = 0; i < samples->count; i++) {
		const struct series *series = &samples->series[i];

		if (series->metric >= metrics || !series->count || !isfinite(series->x))
			abort();
		for (size_t k = 0; k < series->count; k++)
			if (!isfinite(series->values[k]))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	const uint8_t *end = memchr(bytes, '\n', count);
	size_t length = end ? (size_t)(end - bytes) : 0;
	char name[32] = "";

	if (!end || length >= sizeof(name))
		return 0;
	memcpy(name, bytes, length);
	const struct benchmark *benchmark = benchmark_find(name);
	if (!benchmark)
		return 0;
	/* Agents give parsers a NUL behind the text. */
	size_t text_length = count - length - 1;
	cleanup_free char *text = mem_new(text_length + 1, 1);
	struct samples samples = {0};
	struct error e = {""};
	memcpy(text, end + 1, text_length);
	if (benchmark->parse(text, text_length, &samples, &e) == 0)
		check_samples(benchmark, &samples);
	else if (!error_is_set(&e) || strpbrk(e.text, "\n\r\x1b"))
		abort();
	bench_samples_free(&samples);
	return 0;
}
