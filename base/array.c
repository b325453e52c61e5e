/* Memory allocation that ends the program with one line if there is no memory. */
#include "base/array.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* _exit: exit handlers might need memory, too. `tare clean` removes what is left behind. */
static _Noreturn void out_of_memory(void)
{
	static const char line[] = "tare: out of memory\n";

	(void)!write(STDERR_FILENO, line, sizeof(line) - 1);
	_exit(EXIT_FAILURE);
}

void *mem_new(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

void array_reserve_(void **array, size_t *capacity, size_t needed, size_t size)
{
	size_t wanted = *capacity ? *capacity : 8;
	void *memory;

	if (needed <= *capacity)
		return;
	while (wanted < needed)
		wanted = wanted > SIZE_MAX / 2 ? needed : wanted * 2;
	memory = reallocarray(*array, wanted, size);
	if (!memory)
		out_of_memory();
	*array = memory;
	*capacity = wanted;
}

char *str_dup(const char *text)
{
	char *copy;

	if (!text)
		return NULL;
	copy = strdup(text);
	if (!copy)
		out_of_memory();
	return copy;
}

char *str_printf(const char *format, ...)
{
	char *text;
	va_list args;
	int count;

	va_start(args, format);
	count = vasprintf(&text, format, args);
	va_end(args);
	if (count < 0)
		out_of_memory();
	return text;
}
