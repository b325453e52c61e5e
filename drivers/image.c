/* Opens the image that scripts/image built. Reads only file names and the manifest. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/directories.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

#define IMAGE_FIX "run tare image to build it"

enum { MANIFEST_LIMIT = 16 << 20 };

static char *image_directory(const char *digest, struct error *e)
{
	cleanup_free char *cache = directories_cache();
	const char *name = digest ? digest : "current";
	cleanup_free char *link = str_printf("%s/images/%s", cache, name);
	cleanup_free char *shared = str_printf(CACHE_DIR "/images/%s", name);
	/* The real path: another build may move the link while machines run. */
	char *directory = realpath(link, NULL);

	/* A user without an image uses the one that root built. */
	if (!directory && (privileges_in_namespace() || geteuid() != 0))
		directory = realpath(shared, NULL);
	if (!directory)
		error_errno(e, errno, "no image at %s (" IMAGE_FIX ")", link);
	return directory;
}

/* The kernel as ELF starts sooner under emulation (nothing to decompress); both hypervisor
 * families boot it through its PVH entry. */
static const char *kernel_name(const char *directory)
{
	cleanup_free char *elf = str_printf("%s/vmlinux", directory);

	return file_exists(elf) ? "vmlinux" : "vmlinuz";
}

static int image_check(const struct image *image, struct error *e)
{
	const char *const paths[] = {image->root_dir, image->root_disk, image->kernel,
		image->initrd, image->initrd_packed};

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		if (!file_exists(paths[i]))
			return error_set(e, "the image lacks %s (" IMAGE_FIX ")", paths[i]);
	}
	return 0;
}

static int manifest_read(struct image *image, struct error *e)
{
	cleanup_free char *path = str_printf("%s/manifest.json", image->directory);
	size_t count;

	if (file_read(path, MANIFEST_LIMIT, &image->manifest, &count, e) < 0)
		return error_prefix(e, "the image has no manifest (" IMAGE_FIX ")");
	json_t *manifest = json_loads(image->manifest, 0, NULL);
	const char *digest = json_string_value(json_object_get(manifest, "digest"));
	image->digest = str_dup(digest ? digest : strrchr(image->directory, '/') + 1);
	json_decref(manifest);
	return manifest ? 0 : error_set(e, "%s is not JSON (" IMAGE_FIX ")", path);
}

int image_open(const char *digest, struct image **out, struct error *e)
{
	struct image *image = mem_new(1, sizeof(*image));

	image->directory = image_directory(digest, e);
	if (!image->directory)
		goto fail;
	image->root_dir = str_printf("%s/root", image->directory);
	image->root_disk = str_printf("%s/root.img", image->directory);
	image->kernel = str_printf("%s/%s", image->directory, kernel_name(image->directory));
	image->kernel_bzimage = str_printf("%s/vmlinuz", image->directory);
	image->initrd = str_printf("%s/initrd.img", image->directory);
	image->initrd_packed = str_printf("%s/initrd.img.zst", image->directory);
	if (image_check(image, e) < 0 || manifest_read(image, e) < 0)
		goto fail;
	*out = image;
	return 0;
fail:
	image_free(image);
	return -1;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->directory);
	free(image->digest);
	free(image->root_dir);
	free(image->root_disk);
	free(image->kernel);
	free(image->kernel_bzimage);
	free(image->initrd);
	free(image->initrd_packed);
	free(image->manifest);
	free(image);
}
