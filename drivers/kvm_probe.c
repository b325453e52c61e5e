/* Boots the image's kernel under KVM by QEMU itself, without disks or network, and listens on the
 * serial line. */
#include "drivers/kvm_probe.h"

#include <pthread.h>

#include "base/files.h"
#include "drivers/boot_probe.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

static struct {
	pthread_mutex_t mutex;
	bool known, works;
	struct error why_not;
} found = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int boot(const char *qemu, const struct image *image, struct error *why_not)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, qemu, "-nodefaults", "-no-user-config", "-no-reboot", "-display",
		"none", "-machine", "pc,accel=kvm", "-cpu", "host", "-m", "256", "-kernel",
		image->kernel, "-initrd", image->initrd, "-append",
		"console=ttyS0 quiet panic=-1 cryptomgr.notests pci=noearly", "-serial", "stdio",
		NULL);
	return boot_probe(&argv, why_not) < 0
		       ? error_prefix(why_not, "/dev/kvm exists, but KVM runs no guest")
		       : 0;
}

static int probe(const struct image *image, struct error *why_not)
{
	cleanup_free char *qemu = program_find("qemu-system-x86_64");

	if (!file_exists("/dev/kvm"))
		return error_set(why_not, "/dev/kvm does not exist: no hardware virtualization, "
					  "or the modules kvm_intel and kvm_amd are not loaded");
	if (privileges_check_device("/dev/kvm", why_not) < 0)
		return -1;
	if (!qemu)
		return error_set(why_not, "qemu-system-x86_64: not installed; apt-get install "
					  "qemu-system-x86");
	return boot(qemu, image, why_not);
}

int kvm_probe_works(const struct image *image, struct error *why_not)
{
	pthread_mutex_lock(&found.mutex);
	if (!found.known) {
		found.works = probe(image, &found.why_not) == 0;
		found.known = true;
	}
	pthread_mutex_unlock(&found.mutex);
	return found.works ? 0 : error_set(why_not, "%s", found.why_not.text);
}
