/* Boots a guest from its initrd until it can run benchmarks: modules, channel, root under an
 * overlay. Runs as process 1, where no other process can report a failure: so every failure is
 * printed on the console and powers the guest off. Independent of the protocol on the channel. */
#include "agent/boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"

/* How long a device may take to appear after its driver is loaded, and the host to open its end
 * of the channel: generous, because an emulated machine on a busy host is slow. */
enum { DEVICE_WAIT_MS = 20000, HOST_WAIT_MS = 120000, POLL_MS = 1 };
enum { KEY_BYTES = 96, PATH_BYTES = 288 };
enum { XEN_CONSOLES = 8 }; /* HVC_ALLOC_TTY_ADAPTERS of Linux */

#define NEW_ROOT "/newroot"

struct boot_keys {
	char modules[KEY_BYTES];
	char channel[KEY_BYTES];
	char root[KEY_BYTES];
	char scratch[KEY_BYTES];
	char share[KEY_BYTES];
	char hostname[KEY_BYTES];
};

static const struct {
	const char *name;
	size_t offset;
	bool required;
} KEYS[] = {
	{"tare.modules=", offsetof(struct boot_keys, modules), true},
	{"tare.channel=", offsetof(struct boot_keys, channel), true},
	{"tare.root=", offsetof(struct boot_keys, root), true},
	{"tare.scratch=", offsetof(struct boot_keys, scratch), false},
	{"tare.share=", offsetof(struct boot_keys, share), false},
	{"tare.hostname=", offsetof(struct boot_keys, hostname), false},
};

struct mount_row {
	const char *type, *target;
	unsigned long flags;
	const char *options;
};

static const struct mount_row EARLY_MOUNTS[] = {
	{"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	{"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	{"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
};

static const struct mount_row LATE_MOUNTS[] = {
	{"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666"},
	{"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"},
	{"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
};

/* One line in the kernel's log, which is the guest's console: level 3 passes "quiet". */
static void console(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void console(int level, const char *format, ...)
{
	char line[ERROR_TEXT_BYTES + 32];
	va_list args;
	int used = snprintf(line, sizeof(line), "<%d>tare-agent: ", level);

	va_start(args, format);
	vsnprintf(line + used, sizeof(line) - (size_t)used, format, args);
	va_end(args);
	cleanup_fd int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		dprintf(STDERR_FILENO, "%s\n", line);
}

static void wait_ms(int ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static int mount_rows(const struct mount_row *rows, size_t count, struct error *e)
{
	for (size_t i = 0; i < count; i++) {
		const struct mount_row *row = &rows[i];

		mkdir(row->target, 0755);
		if (mount(row->type, row->target, row->type, row->flags, row->options) < 0)
			return error_errno(e, errno, "mount %s", row->target);
	}
	return 0;
}

static void key_take(struct boot_keys *keys, const char *word, bool seen[])
{
	for (size_t i = 0; i < ARRAY_COUNT(KEYS); i++) {
		size_t length = strlen(KEYS[i].name);

		if (strncmp(word, KEYS[i].name, length) == 0) {
			snprintf((char *)keys + KEYS[i].offset, KEY_BYTES, "%s", word + length);
			seen[i] = word[length] != '\0';
		}
	}
}

static int keys_read(struct boot_keys *keys, struct error *e)
{
	char line[4096];
	bool seen[ARRAY_COUNT(KEYS)] = {false};
	cleanup_fd int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (count < 0)
		return error_errno(e, errno, "/proc/cmdline");
	line[count] = '\0';
	*keys = (struct boot_keys){.hostname = "tare"};
	for (char *rest = line, *word; (word = strsep(&rest, " \n"));)
		key_take(keys, word, seen);
	for (size_t i = 0; i < ARRAY_COUNT(KEYS); i++) {
		if (KEYS[i].required && !seen[i])
			return error_set(e, "the kernel command line lacks %s", KEYS[i].name);
	}
	return 0;
}

/* Groups have modules in common, and the kernel reads the whole file before it finds that out. */
static bool module_is_loaded(const char *path)
{
	char name[PATH_BYTES], in_sys[PATH_BYTES + sizeof("/sys/module/")];
	const char *slash = strrchr(path, '/');

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	name[strcspn(name, ".")] = '\0';
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	snprintf(in_sys, sizeof(in_sys), "/sys/module/%s", name);
	return access(in_sys, F_OK) == 0;
}

/* A module that is loaded already, or that finds no hardware of its own (an accelerated checksum
 * on a plain CPU), is no failure. */
static int module_load(const char *path, struct error *e)
{
	if (module_is_loaded(path))
		return 0;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(e, errno, "module %s", path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST && errno != ENODEV)
		return error_errno(e, errno, "module %s", path);
	return 0;
}

static int group_load(const char *group, struct error *e)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/lib/tare/%s.modules", group);
	cleanup_file FILE *list = fopen(path, "re");
	if (!list)
		return error_errno(e, errno, "module group %s", group);
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		if (module_load(path, e) < 0)
			return -1;
	}
	return 0;
}

static int modules_load(char *groups, struct error *e)
{
	for (char *group; (group = strsep(&groups, ","));) {
		if (group_load(group, e) < 0)
			return -1;
	}
	return 0;
}

/* Waits until the device node exists: disks appear some time after their driver. */
static int device_wait(const char *path, struct error *e)
{
	for (int waited_ms = 0; access(path, F_OK) < 0; waited_ms += POLL_MS) {
		if (waited_ms >= DEVICE_WAIT_MS)
			return error_set(
				e, "%s did not appear within %d s", path, DEVICE_WAIT_MS / 1000);
		wait_ms(POLL_MS);
	}
	return 0;
}

/* Writes the device node of the virtio port called name to path; false while there is none. */
static bool virtio_port_find(const char *name, char path[PATH_BYTES])
{
	cleanup_dir DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *port;

	while (ports && (port = readdir(ports))) {
		char line[KEY_BYTES] = "";

		snprintf(path, PATH_BYTES, "/sys/class/virtio-ports/%s/name", port->d_name);
		cleanup_file FILE *file = fopen(path, "re");
		if (!file || !fgets(line, sizeof(line), file))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, PATH_BYTES, "/dev/%s", port->d_name);
		if (strcmp(line, name) == 0 && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* A port's read gives end-of-file and its poll a hang-up as long as the host's end is closed. */
static int virtio_host_wait(int fd, const char *name, struct error *e)
{
	struct pollfd port = {.fd = fd, .events = POLLOUT};

	for (int waited_ms = 0; poll(&port, 1, 0) < 0 || (port.revents & POLLHUP);
		waited_ms += POLL_MS) {
		if (waited_ms >= HOST_WAIT_MS)
			return error_set(e, "the host did not open the channel %s within %d s",
				name, HOST_WAIT_MS / 1000);
		wait_ms(POLL_MS);
	}
	return 0;
}

static int virtio_open(const char *name, struct error *e)
{
	char path[PATH_BYTES];

	for (int waited_ms = 0; !virtio_port_find(name, path); waited_ms += POLL_MS) {
		if (waited_ms >= DEVICE_WAIT_MS)
			return error_set(e, "no virtio port is named %s", name);
		wait_ms(POLL_MS);
	}
	cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	if (virtio_host_wait(fd, name, e) < 0)
		return -1;
	return take_fd(&fd);
}

/* Raw before the first byte: echo would send the host its own bytes back. */
static int terminal_open(const char *path, struct error *e)
{
	struct termios mode;

	if (device_wait(path, e) < 0)
		return -1;
	cleanup_fd int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || tcgetattr(fd, &mode) < 0)
		return error_errno(e, errno, "%s", path);
	cfmakeraw(&mode);
	cfsetspeed(&mode, B115200);
	mode.c_cflag |= CLOCAL | CREAD;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &mode) < 0)
		return error_errno(e, errno, "%s", path);
	return take_fd(&fd);
}

/* Whether the channel is one that boot_channel_again can reopen. */
static bool channel_is_console;

static int console_open(const char *path, struct error *e)
{
	channel_is_console = true;
	return terminal_open(path, e);
}

int boot_channel_again(int old_fd)
{
	if (!channel_is_console)
		return -1;
	/* As long as it is open, its name leads to the old one. */
	close(old_fd);
	for (int waited_ms = 0; waited_ms < DEVICE_WAIT_MS; waited_ms += POLL_MS) {
		for (int i = 1; i < XEN_CONSOLES; i++) {
			char path[PATH_BYTES];
			snprintf(path, sizeof(path), "/dev/hvc%d", i);
			int fd = access(path, F_OK) == 0 ? terminal_open(path, NULL) : -1;
			if (fd >= 0)
				return fd;
		}
		wait_ms(POLL_MS);
	}
	boot_power_off("the console channel did not reappear");
	_exit(1); /* as process 1, where even that fails: the kernel panics */
}

static int channel_open(const char *channel, struct error *e)
{
	static const struct {
		const char *prefix;
		int (*open)(const char *, struct error *);
	} KINDS[] = {
		{"virtio:", virtio_open},
		{"tty:", terminal_open},
		{"hvc:", console_open},
	};

	for (size_t i = 0; i < ARRAY_COUNT(KINDS); i++) {
		size_t length = strlen(KINDS[i].prefix);

		if (strncmp(channel, KINDS[i].prefix, length) == 0)
			return KINDS[i].open(channel + length, e);
	}
	return error_set(e, "tare.channel=%s: expected virtio:NAME, tty:PATH or hvc:PATH", channel);
}

/* SATA disks are probed in parallel, so that either may get the first name: if the image is not on
 * the named disk, it is on the other. */
static int image_mount(struct boot_keys *keys, struct error *e)
{
	char other[KEY_BYTES];

	if (device_wait(keys->root, e) < 0)
		return -1;
	if (mount(keys->root, "/lower", "erofs", MS_RDONLY, NULL) == 0)
		return 0;
	if (errno != EINVAL || !keys->scratch[0])
		return error_errno(e, errno, "mount the image %s", keys->root);
	snprintf(other, sizeof(other), "%s", keys->root);
	snprintf(keys->root, sizeof(keys->root), "%s", keys->scratch);
	snprintf(keys->scratch, sizeof(keys->scratch), "%s", other);
	if (device_wait(keys->root, e) < 0)
		return -1;
	if (mount(keys->root, "/lower", "erofs", MS_RDONLY, NULL) < 0)
		return error_errno(e, errno, "mount the image %s or %s", other, keys->root);
	return 0;
}

/* The image below, a tmpfs above: every boot starts from the same bytes. */
static int root_mount(struct boot_keys *keys, struct error *e)
{
	static const struct mount_row UPPER[] = {{"tmpfs", "/upper", 0, "mode=0755"}};

	mkdir("/lower", 0755);
	mkdir(NEW_ROOT, 0755);
	if (image_mount(keys, e) < 0 || mount_rows(UPPER, ARRAY_COUNT(UPPER), e) < 0)
		return -1;
	mkdir("/upper/data", 0755);
	mkdir("/upper/work", 0755);
	if (mount("overlay", NEW_ROOT, "overlay", 0,
		    "lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work") < 0)
		return error_errno(e, errno, "mount the overlay");
	return 0;
}

static int scratch_mount(const struct boot_keys *keys, struct error *e)
{
	if (!keys->scratch[0])
		return 0;
	if (group_load("scratch", e) < 0 || device_wait(keys->scratch, e) < 0)
		return -1;
	mkdir(NEW_ROOT "/scratch", 0755);
	if (mount(keys->scratch, NEW_ROOT "/scratch", "ext4", MS_NOATIME, NULL) < 0)
		return error_errno(e, errno, "mount the scratch disk %s", keys->scratch);
	return 0;
}

/* Of the last mount; 128 KiB is what Linux does not print. */
static long share_message_bytes(void)
{
	char line[PATH_BYTES] = "", *at = NULL;
	cleanup_file FILE *mounts = fopen("/proc/self/mounts", "re");

	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (strstr(line, " " NEW_ROOT "/share 9p "))
			at = strstr(line, ",msize=");
	}
	return at ? strtol(at + strlen(",msize="), NULL, 10) : 131072;
}

/* "virtiofs", or "9p:BYTES" with the size of messages, which the kernel and the host lower without
 * a word. */
static int share_mount(const struct boot_keys *keys, struct error *e)
{
	bool is_9p = strncmp(keys->share, "9p:", 3) == 0;
	long bytes = is_9p ? strtol(keys->share + 3, NULL, 10) : 0;
	char options[KEY_BYTES] = "";

	if (!keys->share[0])
		return 0;
	mkdir(NEW_ROOT "/share", 0755);
	if (is_9p)
		snprintf(options, sizeof(options),
			"trans=virtio,version=9p2000.L,cache=none,msize=%ld", bytes);
	if (mount("tare", NEW_ROOT "/share", is_9p ? "9p" : keys->share, MS_NOATIME, options) < 0)
		return error_errno(e, errno, "mount the shared directory (%s)", keys->share);
	if (is_9p && share_message_bytes() != bytes)
		return error_set(e, "share_msize: %ld bytes were asked for, but the mount has %ld",
			bytes, share_message_bytes());
	return 0;
}

/* The initrd is a ramfs that cannot be pivoted away; the new root is moved over it. Its few MB
 * stay: the agent is still running from there. */
static int root_switch(struct error *e)
{
	for (size_t i = 0; i < ARRAY_COUNT(EARLY_MOUNTS); i++) {
		const char *old = EARLY_MOUNTS[i].target;
		char moved[PATH_BYTES];

		snprintf(moved, sizeof(moved), NEW_ROOT "%s", old);
		mkdir(moved, 0755);
		if (mount(old, moved, NULL, MS_MOVE, NULL) < 0)
			return error_errno(e, errno, "move %s into the image", old);
	}
	if (chdir(NEW_ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0)
		return error_errno(e, errno, "switch to the image");
	return mount_rows(LATE_MOUNTS, ARRAY_COUNT(LATE_MOUNTS), e);
}

static int loopback_up(struct error *e)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return error_errno(e, errno, "bring the loopback interface up");
	return 0;
}

/* The root comes before the channel: the host may open its end late, and the wait costs nothing
 * then. */
static int boot_steps(struct error *e)
{
	struct boot_keys keys;

	if (mount_rows(EARLY_MOUNTS, ARRAY_COUNT(EARLY_MOUNTS), e) < 0 || keys_read(&keys, e) < 0 ||
		modules_load(keys.modules, e) < 0 || root_mount(&keys, e) < 0 ||
		scratch_mount(&keys, e) < 0 || share_mount(&keys, e) < 0 || root_switch(e) < 0 ||
		loopback_up(e) < 0)
		return -1;
	if (sethostname(keys.hostname, strlen(keys.hostname)) < 0)
		return error_errno(e, errno, "set the host name %s", keys.hostname);
	return channel_open(keys.channel, e);
}

void boot_power_off(const char *why)
{
	console(3, "%s; powering off", why);
	sync();
	reboot(RB_POWER_OFF);
}

int boot_guest(struct error *e)
{
	int channel = boot_steps(e);

	if (channel < 0)
		boot_power_off(e->text);
	else
		console(6, "guest ready");
	return channel;
}
