/* Builds a cpio archive in memory and writes it to a file. */
#include "drivers/initrd.h"

#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"

enum { FILE_LIMIT = 64 << 20 };

static void pad(struct text *archive)
{
	while (archive->count % 4)
		text_add_bytes(archive, "", 1);
}

/* One member: inode and times are 0, one link, owned by root. */
static void add(
	struct text *archive, const char *name, unsigned mode, const char *bytes, size_t count)
{
	size_t name_bytes = strlen(name) + 1;

	text_addf(archive, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0, mode,
		0, 0, 1, 0, count, 0, 0, 0, 0, name_bytes, 0);
	text_add_bytes(archive, name, name_bytes);
	pad(archive);
	if (count > 0)
		text_add_bytes(archive, bytes, count);
	pad(archive);
}

static int add_file(
	struct text *archive, const char *name, unsigned mode, const char *source, struct error *e)
{
	cleanup_free char *bytes = NULL;
	size_t count;

	if (file_read(source, FILE_LIMIT, &bytes, &count, e) < 0)
		return -1;
	add(archive, name, S_IFREG | mode, bytes, count);
	return 0;
}

static int add_modules(
	struct text *archive, const char *group, const char *const *modules, struct error *e)
{
	cleanup_free char *list_name = str_printf("lib/tare/%s.modules", group);
	cleanup_text struct text list = {0};

	for (; *modules; modules++) {
		cleanup_free char *name = str_printf("lib/tare%s", strrchr(*modules, '/'));
		if (add_file(archive, name, 0644, *modules, e) < 0)
			return -1;
		text_addf(&list, "/%s\n", name);
	}
	add(archive, list_name, S_IFREG | 0644, list.bytes, list.count);
	return 0;
}

int initrd_make(const char *path, const char *agent, const char *group, const char *const *modules,
	struct error *e)
{
	static const char *const directories[] = {"dev", "proc", "sys", "lib", "lib/tare"};
	cleanup_text struct text archive = {0};

	for (size_t i = 0; i < ARRAY_COUNT(directories); i++)
		add(&archive, directories[i], S_IFDIR | 0755, NULL, 0);
	if (add_file(&archive, "init", 0755, agent, e) < 0 ||
		add_modules(&archive, group, modules, e) < 0)
		return -1;
	add(&archive, "lib/tare/scratch.modules", S_IFREG | 0644, NULL, 0);
	add(&archive, "TRAILER!!!", 0, NULL, 0);
	return file_write(path, archive.bytes, archive.count, e);
}
