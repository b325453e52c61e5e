/* Copying an image to a host: complete, repeated, resumed, damaged, and by two at once. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skippable.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "hosts/digest.h"
#include "tests/hosts/rig.h"

#define IMAGE_DIGEST "0123456789abcdef"

enum { DISK_BYTES = 3000000 };

/* A made-up image and the cache of a host, below one directory. */
struct stage {
	struct rig rig;
	char *directory, *cache, *cache_word;
	struct image image;
};

/* The tree's one program. */
static const char sha256_of_x[] =
	"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

static const char *const names[] = {"root.img", "vmlinuz", "initrd.img", "initrd.img.zst"};

static char *there(const struct stage *stage, const char *name)
{
	return str_printf("%s/images/" IMAGE_DIGEST "/%s", stage->cache, name);
}

static void write_file(const char *path, const void *bytes, size_t count)
{
	struct error e = {""};

	assert_ok(file_write(path, bytes, count, &e), e);
}

/* The manifest names what the files are, or a wrong hash for one of them. */
static void write_manifest(struct stage *stage, const char *wrong)
{
	cleanup_free char *path = str_printf("%s/manifest.json", stage->directory);
	cleanup_text struct text text = {0};
	struct error e = {""};

	text_addf(&text, "{\"digest\": \"" IMAGE_DIGEST "\", \"files\": {");
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		cleanup_free char *file = str_printf("%s/%s", stage->directory, names[i]);
		char hex[DIGEST_TEXT_BYTES];
		assert_ok(digest_file(file, hex, &e), e);
		if (wrong && strcmp(wrong, names[i]) == 0)
			hex[0] = hex[0] == '0' ? '1' : '0';
		text_addf(&text, "%s\"%s\": \"%s\"", i ? ", " : "", names[i], hex);
	}
	text_addf(&text, "}, \"own\": {\"program\": \"%s\"}}", sha256_of_x);
	write_file(path, text.bytes, text.count);
	free(stage->image.manifest);
	stage->image.manifest = str_dup(text.bytes);
}

static void stage_open(struct stage *stage)
{
	*stage = (struct stage){.directory = str_printf("/tmp/tare-test-stage-%d", (int)getpid())};
	cleanup_free char *disk = mem_new(DISK_BYTES, 1);
	cleanup_free char *root = NULL;
	struct error e = {""};

	stage->cache = str_printf("%s/cache", stage->directory);
	stage->cache_word = str_printf("TARE_CACHE=%s", stage->cache);
	root = there(stage, "root");
	dir_remove(stage->directory, NULL);
	/* A tree that is there already, with the manifest's program: then nothing is mounted. */
	cleanup_free char *own = str_printf("%s/usr/lib/tare", root);
	cleanup_free char *program = str_printf("%s/program", own);
	assert_ok(dir_make(own, &e), e);
	write_file(program, "x", 1);
	for (size_t i = 0; i < DISK_BYTES; i++)
		disk[i] = (char)(i * 2654435761U >> 13);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		cleanup_free char *path = str_printf("%s/%s", stage->directory, names[i]);
		write_file(path, disk, DISK_BYTES >> (4 * i));
	}
	stage->image =
		(struct image){.directory = stage->directory, .digest = str_dup(IMAGE_DIGEST)};
	write_manifest(stage, NULL);
	rig_open(&stage->rig, "stage", &stage->image, "env", stage->cache_word, NULL);
	assert_ok(host_connect(stage->rig.host, 30, &e), e);
}

static void stage_close(struct stage *stage)
{
	rig_close(&stage->rig);
	dir_remove(stage->directory, NULL);
	free(stage->image.manifest);
	free(stage->image.digest);
	free(stage->cache_word);
	free(stage->cache);
	free(stage->directory);
}

static void assert_same(const struct stage *stage, const char *name)
{
	cleanup_free char *from = str_printf("%s/%s", stage->directory, name);
	cleanup_free char *to = there(stage, name);
	char a[DIGEST_TEXT_BYTES], b[DIGEST_TEXT_BYTES];
	struct error e = {""};

	assert_ok(digest_file(from, a, &e), e);
	assert_ok(digest_file(to, b, &e), e);
	assert_string_equal(a, b);
}

static ino_t inode(const struct stage *stage, const char *name)
{
	cleanup_free char *path = there(stage, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void test_copied_once(void **state)
{
	struct error e = {""};
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		assert_same(&stage, names[i]);
	assert_same(&stage, "manifest.json");
	ino_t before = inode(&stage, "root.img");
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_int_equal(inode(&stage, "root.img"), before);
	/* A file that is damaged afterwards is detected and copied again, and no other is. */
	ino_t other = inode(&stage, "vmlinuz");
	cleanup_free char *path = there(&stage, "root.img");
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "damage", 6, 1000), 6);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_same(&stage, "root.img");
	assert_int_not_equal(inode(&stage, "root.img"), before);
	assert_int_equal(inode(&stage, "vmlinuz"), other);
	stage_close(&stage);
}

/* An interrupted copy is resumed, whether the partial file is right or wrong. */
static void test_resumed(void **state)
{
	struct error e = {""};
	struct stage stage;
	size_t count;

	(void)state;
	stage_open(&stage);
	cleanup_free char *from = str_printf("%s/root.img", stage.directory);
	cleanup_free char *part = there(&stage, "root.img.part");
	cleanup_free char *bytes = NULL;
	assert_ok(file_read(from, DISK_BYTES, &bytes, &count, &e), e);
	write_file(part, bytes, 2000000);
	struct stat st;
	assert_int_equal(stat(part, &st), 0);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_same(&stage, "root.img");
	assert_int_equal(inode(&stage, "root.img"), st.st_ino); /* the very file, completed */
	cleanup_free char *final = there(&stage, "root.img");
	assert_int_equal(unlink(final), 0);
	bytes[5] ^= 1;
	write_file(part, bytes, 2000000);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_string_equal(e.text, ""); /* the wrong copy has been replaced */
	assert_same(&stage, "root.img");
	assert_int_equal(unlink(final), 0);
	cleanup_free char *more = mem_new(1, DISK_BYTES + 10);
	write_file(part, more, DISK_BYTES + 10);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_same(&stage, "root.img");
	assert_false(file_exists(part));
	stage_close(&stage);
}

/* A receiver that is killed leaves a partial file, which is not locked. */
static void test_interrupted(void **state)
{
	cleanup_argv struct argv argv = {0};
	cleanup_free char *bytes = NULL;
	char hex[DIGEST_TEXT_BYTES], line[64];
	struct error e = {""};
	struct stage stage;
	int to, from;
	size_t count;
	pid_t pid;

	(void)state;
	stage_open(&stage);
	cleanup_free char *path = str_printf("%s/root.img", stage.directory);
	cleanup_free char *part = there(&stage, "root.img.part");
	assert_ok(file_read(path, DISK_BYTES, &bytes, &count, &e), e);
	assert_ok(digest_file(path, hex, &e), e);
	argv_add_all(&argv, "env", stage.cache_word, TARE_BINARY_DIR "/hosts/tare-host", "receive",
		IMAGE_DIGEST, "root.img", hex, NULL);
	argv_addf(&argv, "%zu", count);
	assert_ok(process_spawn(&argv, NULL, &pid, &to, &from, &e), e);
	ssize_t got = read(from, line, sizeof(line) - 1);
	line[got > 0 ? got : 0] = '\0';
	assert_string_equal(line, "tare-receive at 0\n");
	assert_int_equal(write(to, bytes, DISK_BYTES / 2), DISK_BYTES / 2);
	struct stat st = {0};
	for (int i = 0; i < 500 && st.st_size < DISK_BYTES / 2; i++) {
		clock_sleep_s(0.01);
		stat(part, &st);
	}
	kill(pid, SIGKILL);
	process_end(pid, 1);
	close(to);
	close(from);
	assert_int_equal(st.st_size, DISK_BYTES / 2);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_same(&stage, "root.img");
	assert_int_equal(inode(&stage, "root.img"), st.st_ino);
	stage_close(&stage);
}

static void test_wrong_hash(void **state)
{
	struct error e = {""};
	struct stage stage;

	(void)state;
	stage_open(&stage);
	write_manifest(&stage, "root.img");
	assert_int_equal(host_stage_image(stage.rig.host, &e), -1);
	assert_non_null(strstr(e.text, "stage: root.img: failed SHA-256 is "));
	cleanup_free char *final = there(&stage, "root.img");
	cleanup_free char *part = there(&stage, "root.img.part");
	assert_false(file_exists(final));
	assert_false(file_exists(part));
	write_manifest(&stage, NULL);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	stage_close(&stage);
}

/* Makes the image's root.img an EROFS with that one file. False: it cannot be made here. */
static bool make_disk(struct stage *stage, const char *text)
{
	cleanup_argv struct argv make = {0};
	cleanup_free char *tree = str_printf("%s/tree", stage->directory);
	cleanup_free char *file = str_printf("%s/said", tree);
	cleanup_free char *disk = str_printf("%s/root.img", stage->directory);
	struct error e = {""};

	assert_ok(dir_make(tree, &e), e);
	write_file(file, text, strlen(text));
	unlink(disk);
	argv_add_all(&make, "mkfs.erofs", "--quiet", disk, tree, NULL);
	if (process_check(&make, 60, &e) < 0)
		return false;
	write_manifest(stage, NULL);
	return true;
}

static bool can_mount(const struct stage *stage)
{
	cleanup_argv struct argv mount = {0}, unmount = {0};
	cleanup_free char *disk = str_printf("%s/root.img", stage->directory);
	cleanup_free char *tree = str_printf("%s/tree", stage->directory);

	argv_add_all(&mount, "mount", "-o", "ro,loop", disk, tree, NULL);
	argv_add_all(&unmount, "umount", tree, NULL);
	return process_check(&mount, 60, NULL) == 0 && process_check(&unmount, 60, NULL) == 0;
}

static void assert_tree_holds(const struct stage *stage, const char *text)
{
	cleanup_free char *path = there(stage, "root/said");
	cleanup_free char *said = file_read_line(path);

	assert_non_null(said);
	assert_string_equal(said, text);
}

static void unmount_root(const struct stage *stage)
{
	cleanup_free char *root = there(stage, "root");

	while (umount2(root, MNT_DETACH) == 0)
		;
}

/* The tree is that of the present root.img: not of an earlier one, nor an unverified one. */
static void test_tree_is_the_disks(void **state)
{
	struct error e = {""};
	struct stage stage;

	(void)state;
	stage_open(&stage);
	cleanup_free char *program = there(&stage, "root/usr/lib/tare/program");
	cleanup_free char *disk = there(&stage, "root.img");
	bool possible = make_disk(&stage, "one") && can_mount(&stage);
	if (!possible) {
		stage_close(&stage);
		skip();
		return;
	}
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_true(file_exists(program)); /* its hash is in the manifest */
	write_file(program, "y", 1);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_tree_holds(&stage, "one");
	assert_false(file_exists(program));
	/* Damaged and replaced: the mount is of a deleted file. */
	make_disk(&stage, "two");
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_tree_holds(&stage, "two");
	ino_t before = inode(&stage, "root/said");
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_int_equal(inode(&stage, "root/said"), before);
	assert_int_equal(unlink(disk), 0);
	assert_ok(host_stage_image(stage.rig.host, &e), e);
	assert_tree_holds(&stage, "two");
	unmount_root(&stage);
	assert_true(file_exists(program)); /* at most one is mounted there at any time */
	stage_close(&stage);
}

static void *stage_thread(void *context)
{
	static __thread struct error e;
	struct rig *rig = context;

	return host_stage_image(rig->host, &e) < 0 ? e.text : NULL;
}

/* Two campaigns copy the same image to the same host. */
static void test_two_at_once(void **state)
{
	struct error e = {""};
	struct stage stage;
	struct rig other;
	pthread_t threads[2];
	void *failure;

	(void)state;
	stage_open(&stage);
	rig_open(&other, "stage", &stage.image, "env", stage.cache_word, NULL);
	assert_ok(host_connect(other.host, 30, &e), e);
	pthread_create(&threads[0], NULL, stage_thread, &stage.rig);
	pthread_create(&threads[1], NULL, stage_thread, &other);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
		pthread_join(threads[i], &failure);
		assert_null(failure);
	}
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		assert_same(&stage, names[i]);
	rig_close(&other);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copied_once),
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_wrong_hash),
		cmocka_unit_test(test_tree_is_the_disks),
		cmocka_unit_test(test_two_at_once),
	};

	return RUN_AS_ROOT("staging", tests, NULL, NULL);
}
