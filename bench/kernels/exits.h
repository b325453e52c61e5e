/* The operations that tare-exits can time (exits_operations.c, exits_instructions.c). */
#ifndef TARE_KERNELS_EXITS_H
#define TARE_KERNELS_EXITS_H

#include "operation.h"

extern const struct operation exits_operations[]; /* ends with a NULL name */

/* Single instructions that may leave a guest (exits_instructions.c); each after its why_not found
 * that this machine has it. */
void exits_cpuid(long count);
const char *exits_hypercall_why_not(void);
void exits_hypercall(long count);
const char *exits_xen_hypercall_why_not(void);
void exits_xen_hypercall(long count);
const char *exits_port_io_why_not(void);
void exits_port_io(long count);
const char *exits_mmio_why_not(void);
void exits_mmio(long count);

#endif
