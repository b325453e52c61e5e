/* Helpers for memory, arrays and strings. They never return NULL for lack of memory: the program
 * then ends at once with one line, since no caller could do better. */
#ifndef TARE_BASE_ARRAY_H
#define TARE_BASE_ARRAY_H

#include <stddef.h>

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Zeroed memory for count elements of size bytes; freed with free(). */
void *mem_new(size_t count, size_t size);
/* Grows *array (elements of size bytes, *capacity of them) so that `needed` fit. */
void array_reserve_(void **array, size_t *capacity, size_t needed, size_t size);
#define array_reserve(array, capacity, needed) \
	array_reserve_((void **)(array), (capacity), (needed), sizeof(**(array)))
/* Copies; freed with free(). str_dup(NULL) is NULL. */
char *str_dup(const char *text);
char *str_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
