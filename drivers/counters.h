/* Write counters of the host's own devices, from the kernel's statistics. */
#ifndef TARE_DRIVERS_COUNTERS_H
#define TARE_DRIVERS_COUNTERS_H

#include <stdbool.h>

#include "drivers/driver.h"

/* The counts of the whole device below path, a file or a block device, since the device appeared;
 * take differences for an interval. Loop devices are followed to their file, partitions to their
 * disk, and mapped devices to the device below if there is only one. False where there is none: a
 * file system in memory, over the network or over another. */
bool counters_of_host(const char *path, struct storage_counts *out);
/* The counters of a machine whose scratch storage is a directory of the host's. */
void counters_of_directory(const char *directory, struct storage_counters *out);
/* Parses one line of /sys/block/NAME/stat (Documentation/block/stat in the kernel's source: 17
 * numbers, of which the 5th, 7th and 16th are writes, sectors of 512 bytes written and flushes). */
bool counters_parse(const char *line, struct storage_counts *out);

#endif
