/* What the native driver and its program tare-enter agree on. */
#ifndef TARE_DRIVERS_ENTER_H
#define TARE_DRIVERS_ENTER_H

/* Uid and gid on the host of a machine that tare-enter --user starts: those that no file belongs
 * to. What the machine writes to must be given to it. */
enum { ENTER_OUTSIDE_ID = 65534 };

#endif
