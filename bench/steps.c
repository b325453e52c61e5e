/* A sequence of programs: see steps.h. */
#include "bench/steps.h"

#include <stdarg.h>

#define STEPS_FILE "steps"

void steps_add(struct text *steps, bool measured, const char *program, ...)
{
	const char *word;
	va_list words;

	text_addf(steps, "%c\t%s", measured ? '+' : '-', program);
	va_start(words, program);
	while ((word = va_arg(words, const char *)))
		text_addf(steps, "\t%s", word);
	va_end(words);
	text_add(steps, "\n");
}

void steps_command(struct text *steps, struct command *out)
{
	size_t count = steps->count;

	argv_add_all(&out->argv, BENCH_KERNELS_DIR "/tare-steps", STEPS_FILE, NULL);
	bench_command_add_file(out, STEPS_FILE, text_take(steps), count);
}
