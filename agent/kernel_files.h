/* What the machine's kernel counts, as it writes it in /proc. */
#ifndef TARE_AGENT_KERNEL_FILES_H
#define TARE_AGENT_KERNEL_FILES_H

#include "base/text.h"

/* Reads the files and packs an entry for each: string path (without its first slash), u8 whether it
 * could be read, string its text or why not. What says whether a disk or a network card is a device
 * of the machine's own (/sys/block/NAME/device) is an entry with an empty text. */
void kernel_files_pack(struct text *out);

#endif
