/* Mounts and unmounts overlays in the host's own mount namespace. */
#include "drivers/container_root.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

static int overlay_add(const char *tree, const char *directory, const char *name, const char *root,
	struct error *e)
{
	cleanup_free char *upper = str_printf("%s/upper", directory);
	cleanup_free char *work = str_printf("%s/work", directory);
	cleanup_free char *options =
		str_printf("lowerdir=%s,upperdir=%s,workdir=%s", tree, upper, work);

	if (dir_make(upper, e) < 0 || dir_make(work, e) < 0 || dir_make(root, e) < 0)
		return -1;
	if (mount(name, root, "overlay", 0, options) < 0)
		return error_errno(e, errno, "mount the overlay %s", root);
	return 0;
}

int container_root_add(
	const char *tree, const char *directory, const char *name, char **root, struct error *e)
{
	cleanup_free char *at = str_printf("%s/container", directory);
	cleanup_free char *path = str_printf("%s/root", at);

	if (dir_make(at, e) < 0)
		return -1;
	if (mount(name, at, "tmpfs", MS_NODEV, "mode=0755") < 0)
		return error_errno(e, errno, "mount a tmpfs at %s", at);
	if (overlay_add(tree, at, name, path, e) < 0) {
		umount2(at, MNT_DETACH);
		return -1;
	}
	*root = take_ptr(path);
	return 0;
}

void container_root_remove(const char *root)
{
	cleanup_free char *at = str_dup(root);

	umount2(root, MNT_DETACH);
	*strrchr(at, '/') = '\0';
	umount2(at, MNT_DETACH);
}

size_t container_roots_clean(const char *prefix)
{
	cleanup_file FILE *file = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t capacity = 0, count = 0;

	/* "ID PARENT MAJ:MIN ROOT MOUNT OPTIONS … - overlay SOURCE OPTIONS" */
	while (file && getline(&line, &capacity, file) > 0) {
		char mount_point[4096], source[256];
		const char *tail = strstr(line, " - overlay ");
		if (!tail || sscanf(tail, " - overlay %255s", source) != 1 ||
			strncmp(source, prefix, strlen(prefix)) != 0 ||
			sscanf(line, "%*s %*s %*s %*s %4095s", mount_point) != 1)
			continue;
		container_root_remove(mount_point);
		count++;
	}
	return count;
}
