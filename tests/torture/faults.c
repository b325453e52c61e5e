/* Preloaded into the programs of tare by torture.py: breaks one of their writing system calls, or
 * their clock. Settings are in the environment:
 *   TARE_FAULT="PROGRAM PATH NUMBER DO": of the calls that write in PROGRAM (the name of its file),
 *     to files whose path contains PATH ("-": any, pipes as well), the NUMBER-th (from 1) and, for
 *     the errors, all later ones: "kill" (SIGKILL instead of it), "kill-after", "EIO", "ENOSPC",
 *     "EIO-once", "ENOSPC-once", "short" (half of it is written), "count"
 *   TARE_CLOCK="PROGRAM NUMBER SECONDS": from the NUMBER-th reading of CLOCK_REALTIME on it is that
 *     much later
 *   TARE_COUNT=FILE: how many such calls and readings there were, when the program exits */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static char fault_path[64], fault_do[16];
static long fault_number, clock_number;
static double clock_step_s;
static bool faulty, stepping;
static atomic_long calls, readings;

static bool is_program(const char *name)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[length > 0 ? length : 0] = '\0';
	const char *file = strrchr(self, '/');
	return file && strcmp(file + 1, name) == 0;
}

__attribute__((constructor)) static void read_settings(void)
{
	const char *fault = getenv("TARE_FAULT"), *step = getenv("TARE_CLOCK");
	char program[64];

	faulty = fault &&
		 sscanf(fault, "%63s %63s %ld %15s", program, fault_path, &fault_number,
			 fault_do) == 4 &&
		 is_program(program);
	stepping = step && sscanf(step, "%63s %ld %lf", program, &clock_number, &clock_step_s) == 3;
	stepping = stepping && is_program(program);
}

__attribute__((destructor)) static void write_counts(void)
{
	const char *path = getenv("TARE_COUNT");
	char text[64];
	int fd = (faulty || stepping) && path
			 ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)
			 : -1;

	if (fd < 0)
		return;
	int length = snprintf(
		text, sizeof(text), "%ld %ld\n", atomic_load(&calls), atomic_load(&readings));
	(void)!syscall(SYS_write, fd, text, (size_t)length);
	close(fd);
}

/* Whether the path of a descriptor (path NULL) or this path is meant. An event counter has no
 * device that could fail; libraries wake their threads by it and have no other means. */
static bool is_meant(int fd, const char *path)
{
	char link[64], target[4096];
	bool any = strcmp(fault_path, "-") == 0;

	if (path)
		return any || strstr(path, fault_path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	return any ? !strstr(target, "[eventfd]") : strstr(target, fault_path) != NULL;
}

enum verdict { AS_IT_IS, FAIL, HALF, THEN_DIE };

/* What becomes of a call that writes; sets errno for FAIL. */
static enum verdict judge(int fd, const char *path)
{
	int before = errno;

	if (!faulty || !is_meant(fd, path)) {
		errno = before;
		return AS_IT_IS;
	}
	long number = atomic_fetch_add(&calls, 1) + 1;
	bool later = !strstr(fault_do, "-once") && fault_do[0] == 'E';

	errno = before;
	if (number < fault_number || (number > fault_number && !later))
		return AS_IT_IS;
	if (strcmp(fault_do, "kill") == 0)
		raise(SIGKILL);
	if (strcmp(fault_do, "kill-after") == 0)
		return THEN_DIE;
	if (strcmp(fault_do, "short") == 0)
		return HALF;
	if (fault_do[0] != 'E')
		return AS_IT_IS;
	errno = strncmp(fault_do, "EIO", 3) == 0 ? EIO : ENOSPC;
	return FAIL;
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

/* The result of a call, after which the process may have to die. */
#define DONE(verdict, call) \
	({ \
		__typeof__(call) result_ = (call); \
		if ((verdict) == THEN_DIE) \
			raise(SIGKILL); \
		result_; \
	})

#define COUNT_OF(verdict, count) ((verdict) == HALF && (count) > 1 ? (count) / 2 : (count))

/* The library's names for the parameters of what follows are reserved ones. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

ssize_t write(int fd, const void *bytes, size_t count)
{
	static ssize_t (*real)(int, const void *, size_t);
	enum verdict verdict = judge(fd, NULL);

	real = real ? real : REAL(write);
	return verdict == FAIL ? -1 : DONE(verdict, real(fd, bytes, COUNT_OF(verdict, count)));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
	static ssize_t (*real)(int, const void *, size_t, off_t);
	enum verdict verdict = judge(fd, NULL);

	real = real ? real : REAL(pwrite);
	return verdict == FAIL ? -1 : DONE(verdict, real(fd, bytes, COUNT_OF(verdict, count), at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
	return pwrite(fd, bytes, count, at);
}

int fsync(int fd)
{
	enum verdict verdict = judge(fd, NULL);

	return verdict == FAIL ? -1 : DONE(verdict, REAL(fsync)(fd));
}

int fdatasync(int fd)
{
	enum verdict verdict = judge(fd, NULL);

	return verdict == FAIL ? -1 : DONE(verdict, REAL(fdatasync)(fd));
}

int ftruncate(int fd, off_t size)
{
	enum verdict verdict = judge(fd, NULL);

	return verdict == FAIL ? -1 : DONE(verdict, REAL(ftruncate)(fd, size));
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int rename(const char *from, const char *to)
{
	enum verdict verdict = judge(-1, to);

	return verdict == FAIL ? -1 : DONE(verdict, REAL(rename)(from, to));
}

int unlink(const char *path)
{
	enum verdict verdict = judge(-1, path);

	return verdict == FAIL ? -1 : DONE(verdict, REAL(unlink)(path));
}

int mkdir(const char *path, mode_t mode)
{
	enum verdict verdict = judge(-1, path);

	return verdict == FAIL ? -1 : DONE(verdict, REAL(mkdir)(path, mode));
}

/* An open writes where it makes the file. */
int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	enum verdict verdict = flags & O_CREAT ? judge(-1, path) : AS_IT_IS;
	va_list rest;

	va_start(rest, flags);
	unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;
	va_end(rest);
	real = real ? real : REAL(open);
	return verdict == FAIL ? -1 : DONE(verdict, real(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
	va_list rest;

	va_start(rest, flags);
	unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;
	va_end(rest);
	return open(path, flags, mode);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	/* Not through the vDSO of the real one, which dlsym finds only after start-up. */
	int status = (int)syscall(SYS_clock_gettime, clock, out);

	if (clock == CLOCK_REALTIME && stepping &&
		atomic_fetch_add(&readings, 1) + 1 >= clock_number)
		out->tv_sec += (time_t)clock_step_s;
	return status;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
