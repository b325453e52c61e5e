/* What the files that write a domain's XML share. */
#ifndef TARE_DRIVERS_DOMAIN_PRIVATE_H
#define TARE_DRIVERS_DOMAIN_PRIVATE_H

#include "base/text.h"
#include "drivers/domain.h"

/* QEMU's PCI devices sit on the root bus itself: the ports that libvirt would put between are
 * hot-plug bridges, which kernels probe slowly. Slot 1 is the chipset's on i440fx. */
enum { SLOT_DISK = 2, SLOT_NIC = 4, SLOT_CHANNEL = 5, SLOT_BALLOON = 6, SLOT_SHARE = 7 };

/* A firmware that does nothing but start the kernel. */
#define DOMAIN_QBOOT "/usr/share/qemu/qboot.rom"

/* QEMU's name of a block node and device that libvirt does not know. */
#define DOMAIN_NVME_NODE "tare-nvme"

/* By which the guest finds the shared directory. */
#define DOMAIN_SHARE_TAG "tare"

bool domain_is_qemu(const struct domain *domain);
bool domain_is_container(const struct domain *domain);
/* BEFORE VALUE AFTER with the value escaped, e.g. an attribute. */
void domain_add_quoted(struct text *xml, const char *before, const char *value, const char *after);
void domain_add_slot(struct text *xml, const struct domain *domain, int slot);

/* The name of a choice of an option of driver libvirt; NULL for the first, which leaves it open. */
const char *domain_choice(const char *option, int value);

/* Disks, or a container's directories: domain_disks.c. */
void domain_add_disks(struct text *xml, const struct domain *domain);
/* A directory that the guest shares with the host, and the words of the kernel's command line by
 * which it is mounted: domain_share.c. */
void domain_add_share(struct text *xml, const struct domain *domain);
void domain_add_share_words(struct text *line, const struct domain *domain);
/* PCI devices of the host: domain_pci.c. */
void domain_add_hostdevs(struct text *xml, const struct domain *domain);
/* Arguments of QEMU, for the disk that libvirt does not know, and capabilities of QEMU that libvirt
 * is not to use; and whether there are any: domain_qemu.c. */
void domain_add_qemu_words(struct text *xml, const struct domain *domain);
bool domain_has_qemu_words(const struct domain *domain);

#endif
