/* Work of a fixed length that touches no memory: steps of a xorshift generator, each of which needs
 * the one before. In a header, so that it is compiled into the loop that it stands in. */
#ifndef TARE_KERNELS_WORK_H
#define TARE_KERNELS_WORK_H

#include <stdint.h>

/* x: not 0. What it returns is to be kept, so that the work is not optimised away. */
static inline uint64_t work(uint64_t x, long steps)
{
	for (long i = 0; i < steps; i++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		/* Keeps the compiler from combining steps. */
		__asm__ volatile("" : "+r"(x));
	}
	return x * 0x2545F4914F6CDD1Du;
}

#endif
