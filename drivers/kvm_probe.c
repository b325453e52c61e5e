/* Boots the image's kernel under KVM by QEMU itself, without disks or network, and listens on the
 * serial line. */
#include "drivers/kvm_probe.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"

/* The agent, as process 1, says on the console that its kernel command line lacks something. */
#define MARKER "tare-agent:"

/* An emulated host's KVM works, at an emulator's pace. */
static const double boot_limit_s = 10, emulated_boot_limit_s = 120;

static struct {
	pthread_mutex_t mutex;
	bool known, works;
	struct error why_not;
} found = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void probe_argv(const char *qemu, const struct image *image, struct argv *argv)
{
	argv_add_all(argv, qemu, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-machine", "pc,accel=kvm", "-cpu", "host", "-m", "256", "-kernel", image->kernel,
		"-initrd", image->initrd, "-append", "console=ttyS0 quiet panic=-1", "-serial",
		"stdio", NULL);
}

/* Reads until the marker (1), the end of the stream (0) or the deadline (-1). */
static int listen_for_marker(int fd, double deadline_s)
{
	char seen[8192] = "";
	size_t count = 0;

	for (;;) {
		double left_s = deadline_s - clock_monotonic_s();
		struct pollfd from = {.fd = fd, .events = POLLIN};
		if (left_s <= 0 || poll(&from, 1, (int)(left_s * 1000) + 1) == 0)
			return -1;
		/* Keep the last half when full: the marker may be split. */
		if (count == sizeof(seen) - 1) {
			count /= 2;
			memmove(seen, seen + sizeof(seen) - 1 - count, count);
		}
		ssize_t more = read(fd, seen + count, sizeof(seen) - 1 - count);
		if (more <= 0)
			return 0;
		for (ssize_t i = 0; i < more; i++)
			seen[count + (size_t)i] |= seen[count + (size_t)i] ? 0 : ' ';
		count += (size_t)more;
		seen[count] = '\0';
		if (strstr(seen, MARKER))
			return 1;
	}
}

/* The last line that QEMU itself printed, or a phrase. Caller frees. */
static char *last_words(const char *log)
{
	char *text = NULL;
	size_t count;

	if (file_read(log, 1 << 20, &text, &count, NULL) < 0 || count == 0) {
		free(text);
		return str_dup("QEMU said nothing");
	}
	while (count > 0 && text[count - 1] == '\n')
		text[--count] = '\0';
	const char *line = strrchr(text, '\n');
	char *words = str_dup(line ? line + 1 : text);
	free(text);
	return words;
}

static int boot(const char *qemu, const struct image *image, struct error *why_not)
{
	char log[] = "/tmp/tare-kvm-probe-XXXXXX";
	cleanup_fd int log_fd = mkstemp(log);
	cleanup_fd int to = -1, from = -1;
	cleanup_argv struct argv argv = {0};
	pid_t pid;

	if (log_fd < 0)
		return error_errno(why_not, errno, "%s", log);
	double limit_s = host_is_emulated() ? emulated_boot_limit_s : boot_limit_s;
	probe_argv(qemu, image, &argv);
	int status = process_spawn(&argv, log, &pid, &to, &from, why_not);
	if (status == 0) {
		int heard = listen_for_marker(from, clock_monotonic_s() + limit_s);
		process_end(pid, 0);
		cleanup_free char *words = last_words(log);
		if (heard < 0)
			status = error_set(why_not,
				"/dev/kvm exists but a guest did not boot within %.0f s: %s",
				limit_s, words);
		else if (heard == 0)
			status = error_set(why_not,
				"/dev/kvm exists but QEMU ended before a guest had booted: %s",
				words);
	}
	unlink(log);
	return status;
}

static int probe(const struct image *image, struct error *why_not)
{
	cleanup_free char *qemu = program_find("qemu-system-x86_64");

	if (!file_exists("/dev/kvm"))
		return error_set(why_not, "/dev/kvm does not exist: no hardware virtualization, "
					  "or the modules kvm_intel and kvm_amd are not loaded");
	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return error_errno(why_not, errno, "/dev/kvm");
	if (!qemu)
		return error_set(why_not, "qemu-system-x86_64: not installed; apt-get install "
					  "qemu-system-x86");
	return boot(qemu, image, why_not);
}

int kvm_works(const struct image *image, struct error *why_not)
{
	pthread_mutex_lock(&found.mutex);
	if (!found.known) {
		found.works = probe(image, &found.why_not) == 0;
		found.known = true;
	}
	pthread_mutex_unlock(&found.mutex);
	return found.works ? 0 : error_set(why_not, "%s", found.why_not.text);
}
