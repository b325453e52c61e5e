/* The storage back ends of a guest's scratch disk. */
#ifndef TARE_DRIVERS_STORAGE_H
#define TARE_DRIVERS_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum storage_kind {
	STORAGE_RAW_FILE, /* a sparse file */
	STORAGE_QCOW2, /* QEMU's own format, clusters allocated when they are first written */
	STORAGE_BLOCK_DEVICE, /* a loop device over a sparse file, or a spare device as it is */
	STORAGE_PARTITION /* a part of such a device: the guest's disk begins at its offset */
};

/* All pointers stay the caller's. */
struct storage_spec {
	enum storage_kind kind;
	const char *name; /* "tare-ID-MACHINE": in the name of what is made */
	const char *campaign_id;
	const char *work_dir; /* of the machine */
	uint64_t size_bytes; /* of the guest's disk */
	uint64_t offset_bytes; /* of a partition: a multiple of 512 */
	const char *device; /* a spare block device; NULL or "": a loop device is made */
	bool overwrite; /* even if the device holds data */
};

struct storage {
	char *path, *format; /* for the guest's hypervisor */
	bool is_device;
	bool direct; /* bypasses the host's page cache, if the file or device supports it */
	char *words; /* what it is, for the facts */
	char *device, *partition, *record; /* to be undone; NULL: nothing */
	bool is_loop;
	int lock_fd; /* held on a spare device; -1: none */
};

/* Whether a spare device may be used: a block device that is not in use and that is empty, or
 * holds only what tare left there, or overwrite is set. -1 with the reason. */
int storage_check(const char *device, bool overwrite, struct error *why_not);
/* Makes the back end with an empty ext4 on it. */
int storage_make(const struct storage_spec *spec, struct storage **out, struct error *e);
/* Removes partition and loop device; files stay for the owner of the work directory. Safe with
 * NULL. */
void storage_free(struct storage *storage);
/* Detaches the loop devices and partitions that a killed campaign left; returns how many. */
size_t storage_clean(const char *campaign_id);

#endif
