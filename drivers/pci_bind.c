/* Binds PCI devices to the driver of pass-through and back to their own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "drivers/pci.h"

#define RECORD "pci-"

#define XEN_DRIVER "pciback"

static const double bind_limit_s = 10, bind_poll_s = 0.01, load_limit_s = 30, backend_limit_s = 30;

/* Not base's file_write, which renames a new file into place. */
static int attribute_write(const char *path, const char *value, struct error *e)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_errno(e, errno, "write %s to %s", value, path);
	return 0;
}

/* Which driver the device is bound to; NULL: none. Caller frees. */
static char *driver_now(const struct pci_place *place, const char *address)
{
	struct pci_device device;

	if (pci_look(place, address, &device, NULL) < 0)
		return NULL;
	char *driver = device.driver;
	device.driver = NULL;
	pci_device_free(&device);
	return driver;
}

/* Lets the kernel look for the device's driver: that of the name, or with "\n" any that knows it.
 */
static int rebind(const struct pci_place *place, const char *address, const char *override,
	const char *expected, struct error *e)
{
	cleanup_free char *device = str_printf("%s/bus/pci/devices/%s", place->sys, address);
	cleanup_free char *override_path = str_printf("%s/driver_override", device);
	cleanup_free char *unbind = str_printf("%s/driver/unbind", device);
	cleanup_free char *probe = str_printf("%s/bus/pci/drivers_probe", place->sys);
	double deadline_s = clock_monotonic_s() + bind_limit_s;

	if (attribute_write(override_path, override, e) < 0)
		return -1;
	if (file_exists(unbind) && attribute_write(unbind, address, e) < 0)
		return -1;
	if (attribute_write(probe, address, e) < 0)
		return -1;
	for (;;) {
		cleanup_free char *now = driver_now(place, address);
		if (now && strcmp(now, expected) == 0)
			return 0;
		if (clock_monotonic_s() > deadline_s)
			return error_set(e, "%s belongs to %s and not to %s", address,
				now ? now : "no driver", expected);
		clock_sleep_s(bind_poll_s);
	}
}

/* Loads the driver of pass-through where it is a module. */
static int driver_load(const struct pci_place *place, const char *driver, struct error *e)
{
	cleanup_free char *path = str_printf("%s/bus/pci/drivers/%s", place->sys, driver);
	bool is_xen = strcmp(driver, XEN_DRIVER) == 0;
	cleanup_argv struct argv argv = {0};

	if (file_exists(path))
		return 0;
	argv_add_all(&argv, "modprobe", is_xen ? "xen-pciback" : driver,
		is_xen ? "passthrough=1" : NULL, NULL);
	return process_check(&argv, load_limit_s, e);
}

int pci_take(const struct pci_place *place, const struct pci_device *device, const char *driver,
	struct error *e)
{
	cleanup_free char *record = str_printf("%s/" RECORD "%s", place->run, device->address);

	if (driver_load(place, driver, e) < 0 ||
		file_write(record, device->driver, strlen(device->driver), e) < 0)
		return -1;
	if (rebind(place, device->address, driver, driver, e) == 0)
		return 0;
	pci_give_back(place, device->address, NULL);
	return -1;
}

/* The driver finds a disk some time after the device is bound to it: what uses it next needs it. */
static int await_disk(const struct pci_place *place, const char *address, struct error *e)
{
	double deadline_s = clock_monotonic_s() + bind_limit_s;

	for (;;) {
		struct pci_device device;
		if (pci_look(place, address, &device, e) < 0)
			return -1;
		bool is_there = device.kind != PCI_DISK || device.block;
		pci_device_free(&device);
		if (is_there)
			return 0;
		if (clock_monotonic_s() > deadline_s)
			return error_set(e, "%s: its own driver found no disk within %.0f s",
				address, bind_limit_s);
		clock_sleep_s(bind_poll_s);
	}
}

/* Whether a guest's devices are still with Xen's back end: "pci-DOMAIN-NUMBER" of the kernel. */
static bool has_backend(const struct pci_place *place)
{
	cleanup_free char *path = str_printf("%s/devices", place->sys);
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "pci-", strlen("pci-")) == 0)
			return true;
	}
	return false;
}

/* Xen's back end resets a device and takes its interrupts from the guest some time after the guest
 * has ended. A device that is unbound just then may be neither reset nor rid of the back end's
 * handler: the kernel then switches its line off, with the host's driver on it. Other guests may
 * have devices, too: their back ends stay. */
static void await_backend(const struct pci_place *place)
{
	double deadline_s = clock_monotonic_s() + backend_limit_s;

	while (has_backend(place) && clock_monotonic_s() < deadline_s)
		clock_sleep_s(bind_poll_s);
}

/* Xen keeps the devices of a guest that has ended from the host: its driver would get no MSI, and
 * fall back to a shared line. Xen refuses where the device was never a guest's. */
static void end_quarantine(const struct pci_place *place, const char *address)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, place->xl, "pci-assignable-remove", address, NULL);
	process_check(&argv, load_limit_s, NULL);
}

int pci_give_back(const struct pci_place *place, const char *address, struct error *e)
{
	cleanup_free char *record = str_printf("%s/" RECORD "%s", place->run, address);
	cleanup_free char *driver = file_read_line(record);
	cleanup_free char *now = driver ? driver_now(place, address) : NULL;

	if (!driver)
		return 0;
	if (now && strcmp(now, XEN_DRIVER) == 0) {
		await_backend(place);
		end_quarantine(place, address);
	}
	if (rebind(place, address, "\n", driver, e) < 0)
		return -1;
	unlink(record);
	return await_disk(place, address, e);
}

bool pci_is_taken(const struct pci_place *place, const char *address)
{
	cleanup_free char *record = str_printf("%s/" RECORD "%s", place->run, address);

	return file_exists(record);
}

int pci_clean(const struct pci_place *place, size_t *count, struct error *e)
{
	cleanup_dir DIR *dir = opendir(place->run);
	struct dirent *entry;
	int status = 0;

	*count = 0;
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, RECORD, strlen(RECORD)) != 0)
			continue;
		if (pci_give_back(place, entry->d_name + strlen(RECORD), e) < 0)
			status = -1;
		else
			++*count;
	}
	return status;
}
