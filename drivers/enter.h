/* What drivers and their program tare-enter agree on. */
#ifndef TARE_DRIVERS_ENTER_H
#define TARE_DRIVERS_ENTER_H

/* Uid and gid on the host of a machine that tare-enter --user starts: those that no file belongs
 * to. What the machine writes to must be given to it. */
enum { ENTER_OUTSIDE_ID = 65534 };

/* Where tare-enter --put copies a file to, in the image's tree: nothing is mounted over it. */
#define ENTER_PUT "/.tare-agent"

#endif
