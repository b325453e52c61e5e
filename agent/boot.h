/* The first second of a guest: from the kernel's hand-over to a machine that runs benchmarks.
 * Linux, inside a guest, as process 1 only; independent of the protocol that is used on the
 * channel afterwards. Docs: docs/image.md. */
#ifndef TARE_AGENT_BOOT_H
#define TARE_AGENT_BOOT_H

#include "base/error.h"

/* Prepares this guest when the agent is process 1. The kernel command line says how:
 *
 *   tare.modules=GROUP[,GROUP…]  loads /lib/tare/GROUP.modules of the initrd, in that order
 *   tare.channel=virtio:NAME     the virtio-serial port of that name
 *                tty:/dev/ttyS1  a serial line
 *                hvc:/dev/hvc1   a Xen console channel
 *   tare.root=/dev/vda           the image's disk; mounted read-only, under a throw-away overlay
 *   tare.scratch=/dev/vdb        (optional) an ext4 disk for the benchmarks, mounted at /scratch;
 *                                loads the group "scratch" first
 *   tare.hostname=NAME           (optional) "tare" without it
 *
 * Afterwards / is the image (writes go to memory), /proc, /sys, /dev, /dev/pts, /dev/shm and /run
 * are mounted, the loopback interface is up and SIGCHLD is untouched: reaping is the caller's.
 *
 * Returns the channel's open descriptor: close-on-exec, blocking, a terminal in raw mode. A
 * virtio port is returned only once the host has opened its end, so that end-of-file means that
 * the host has gone. On failure the reason is printed on the console and the guest is powered
 * off, so that the host sees the guest end instead of getting no answer; -1 with e set is returned
 * only where even that fails. */
int boot_guest(struct error *e);

/* The channel of a guest that was saved or moved: Linux removes a Xen console channel then and
 * makes a new one, whose name may be another. The old descriptor is closed before; where no new one
 * appears, the guest is powered off, as in boot_guest. -1: the channel is of another kind, and
 * stays what it was. */
int boot_channel_again(int old_fd);

/* Says why on the console, flushes disks and powers the machine off. Returns only if the kernel
 * refuses. */
void boot_power_off(const char *why);

#endif
