/* Which root tree an image's machines get: never one of an earlier root.img, and never an
 * unverified one. */
#include "hosts/image_root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "drivers/privileges.h"
#include "hosts/digest.h"
#include "hosts/wire.h"

/* Where the programs that the manifest lists under "own" lie in the tree. */
#define OWN_DIRECTORY "usr/lib/tare"

enum { MOST_MOUNTS = 16, SPACE_BYTES = 4 << 20 };

#define EXTRACTING_ID "65534"

static const double mount_timeout_s = 60, extract_timeout_s = 300;

static bool is_mounted(const char *directory, const char *root)
{
	struct stat outer, inner;

	return stat(directory, &outer) == 0 && stat(root, &inner) == 0 &&
	       outer.st_dev != inner.st_dev;
}

/* Whether what is mounted there comes from that very file, which may have been replaced since. */
static bool is_mount_of(const char *root, const char *disk)
{
	struct stat mount, file;
	struct loop_info64 info;

	if (stat(root, &mount) < 0 || stat(disk, &file) < 0)
		return false;
	cleanup_free char *device =
		str_printf("/dev/block/%u:%u", major(mount.st_dev), minor(mount.st_dev));
	cleanup_free char *plain = str_printf("/dev/loop%u", minor(mount.st_dev));
	cleanup_fd int fd = open(file_exists(device) ? device : plain, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && ioctl(fd, LOOP_GET_STATUS64, &info) == 0 &&
	       info.lo_inode == file.st_ino &&
	       makedev((info.lo_device >> 8) & 0xfff,
		       (info.lo_device & 0xff) | (info.lo_device >> 12 & 0xfff00)) == file.st_dev;
}

static bool has_entries(const char *path)
{
	cleanup_dir DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return true;
	}
	return false;
}

static bool is_own_program(const char *root, const char *name, const char *sha256)
{
	cleanup_free char *path = str_printf("%s/" OWN_DIRECTORY "/%s", root, name);
	char hex[DIGEST_TEXT_BYTES];

	return sha256 && !strstr(name, "..") && digest_file(path, hex, NULL) == 0 &&
	       strcmp(hex, sha256) == 0;
}

/* A tree that scripts/image built on this host contains the programs of its manifest. */
static bool is_built_tree(const char *directory, const char *root)
{
	cleanup_free char *path = str_printf("%s/manifest.json", directory);
	json_t *manifest = json_load_file(path, 0, NULL), *sha256;
	json_t *own = json_object_get(manifest, "own");
	bool is = json_object_size(own) > 0;
	const char *name;

	json_object_foreach(own, name, sha256)
	{
		is = is && is_own_program(root, name, json_string_value(sha256));
	}
	json_decref(manifest);
	return is;
}

int image_root_close(const char *directory, struct error *e)
{
	cleanup_free char *root = str_printf("%s/root", directory);
	cleanup_free char *disk = str_printf("%s/root.img", directory);

	if (is_mount_of(root, disk))
		return 0;
	for (int i = 0; i < MOST_MOUNTS && is_mounted(directory, root); i++) {
		if (umount2(root, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			return error_errno(
				e, errno, "cannot unmount %s; run: umount -l %s", root, root);
	}
	return 0;
}

/* fsck.erofs calls a full disk or a quota an I/O error: whether it is, writing tells. */
static int check_space(const char *directory, struct error *e)
{
	cleanup_free char *path = str_printf("%s/space", directory);
	cleanup_free char *bytes = mem_new(1, SPACE_BYTES);

	return file_write(path, bytes, SPACE_BYTES, e);
}

/* Where the kernel refuses to mount it. fsck.erofs makes device nodes when it is root, which fails
 * there, and skips them otherwise: so it runs in one more user namespace, as another uid. A tree
 * appears whole. */
static int extract(const char *disk, const char *root, struct error *e)
{
	cleanup_free char *part = str_printf("%s.part", root);
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, "unshare", "--user", "--map-user=" EXTRACTING_ID,
		"--map-group=" EXTRACTING_ID, "fsck.erofs", NULL);
	argv_addf(&argv, "--extract=%s", part);
	argv_add(&argv, disk);
	int status = dir_remove(part, e);
	if (status == 0)
		status = process_check(&argv, extract_timeout_s, e);
	if (status < 0 && file_exists(part))
		check_space(part, e);
	if (status < 0 || dir_remove(root, e) < 0) {
		dir_remove(part, NULL);
		return error_prefix(e, "cannot extract the image's root disk");
	}
	return rename(part, root) < 0 ? error_errno(e, errno, "%s", root) : 0;
}

int image_root_open(const char *directory, struct error *e)
{
	cleanup_free char *root = str_printf("%s/root", directory);
	cleanup_free char *disk = str_printf("%s/root.img", directory);
	cleanup_argv struct argv argv = {0};

	if (!file_exists(disk))
		return 0;
	if (image_root_close(directory, e) < 0)
		return -1;
	if (is_mount_of(root, disk) || (has_entries(root) && is_built_tree(directory, root)))
		return 0;
	if (privileges_in_namespace())
		return extract(disk, root, e);
	argv_add_all(&argv, "mount", "-o", "ro,loop", disk, root, NULL);
	if (dir_make(root, e) < 0 || process_check(&argv, mount_timeout_s, e) < 0)
		return error_prefix(e,
			"cannot mount the image's root disk (the host's kernel needs "
			"EROFS and loop devices)");
	return 0;
}
