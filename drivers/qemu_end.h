/* Ends QEMUs of which nothing is kept at once. libvirt asks QEMU to end (SIGTERM), lets it write
 * out and close its disks, and looks five times a second whether it is gone, which it is not as
 * long as it is a zombie. */
#ifndef TARE_DRIVERS_QEMU_END_H
#define TARE_DRIVERS_QEMU_END_H

/* Kills the QEMU that has an argument which begins with word, and waits until nothing of it is
 * left, at most limit_s seconds. Returns a descriptor to be closed when libvirt has destroyed the
 * domain: as long as it is open, libvirt does not notice the end by itself, in the middle of it,
 * and begin to wait. -1: there is none, because there is no such process, or not ours to kill, or
 * the kernel is older than 5.6; then libvirt is a little slower. */
int qemu_end(const char *word, double limit_s);

#endif
