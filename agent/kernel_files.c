/* Packs the kernel's counters for the orchestrator: see kernel_files.h. */
#include "agent/kernel_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/protocol.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

/* All of them together fit one frame. */
enum {
	ALL_MOST_BYTES = FRAME_PAYLOAD_MAX - (64 << 10),
	DEVICES_MOST = 256,
	PIECE_BYTES = 16 << 10
};

static const char *const files[] = {"proc/stat", "proc/schedstat", "proc/interrupts",
	"proc/softirqs", "proc/vmstat", "proc/meminfo", "proc/pressure/cpu", "proc/pressure/memory",
	"proc/pressure/io", "proc/diskstats", "proc/net/dev"};

static void pack(struct text *out, const char *path, bool found, const char *text)
{
	pack_string(out, path);
	pack_u8(out, found);
	pack_string(out, text);
}

static int read_text(const char *path, struct text *text)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = 1;

	if (fd < 0)
		return -1;
	while (got > 0) {
		array_reserve(&text->bytes, &text->capacity, text->count + PIECE_BYTES + 1);
		got = read(fd, text->bytes + text->count, PIECE_BYTES);
		if (got < 0)
			return -1;
		text->count += (size_t)got;
		text->bytes[text->count] = '\0';
		if (text->count > ALL_MOST_BYTES) {
			errno = EFBIG;
			return -1;
		}
	}
	return 0;
}

static void pack_file(struct text *out, const char *path)
{
	cleanup_free char *whole = str_printf("/%s", path);
	cleanup_text struct text text = {0};

	if (read_text(whole, &text) < 0)
		pack(out, path, false, strerror(errno));
	else if (out->count + text.count > ALL_MOST_BYTES)
		pack(out, path, false, strerror(EFBIG));
	else
		pack(out, path, true, text.bytes);
}

/* An entry "DIRECTORY/NAME/device" for each name that has it. */
static void pack_devices(struct text *out, const char *directory)
{
	cleanup_free char *whole = str_printf("/%s", directory);
	cleanup_dir DIR *dir = opendir(whole);
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < DEVICES_MOST && (entry = readdir(dir))) {
		cleanup_free char *device = str_printf("/%s/%s/device", directory, entry->d_name);
		if (entry->d_name[0] == '.' || !file_exists(device))
			continue;
		pack(out, device + 1, true, "");
		count++;
	}
}

void kernel_files_pack(struct text *out)
{
	for (size_t i = 0; i < ARRAY_COUNT(files); i++)
		pack_file(out, files[i]);
	pack_devices(out, "sys/block");
	pack_devices(out, "sys/class/net");
}
