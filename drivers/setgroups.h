/* The supplementary groups of QEMU, which libvirt starts. */
#ifndef TARE_DRIVERS_SETGROUPS_H
#define TARE_DRIVERS_SETGROUPS_H

/* From now on setgroups() does nothing if this process is in a user namespace of tare-room, so that
 * what it starts keeps the user's groups; otherwise it is the C library's. Call it before libvirt
 * is initialized. */
void setgroups_prepare(void);

#endif
