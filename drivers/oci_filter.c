/* Which system calls a container may make: what programs compute and communicate with, and nothing
 * that changes the host (its clock, modules, mounts, swap, keys), traces other processes, or has
 * been the way out of containers (bpf, io_uring, userfaultfd). process_vm_readv and
 * process_vm_writev are allowed: MPI ranks copy messages with them, and the kernel lets a process
 * reach others of its own user in the container only. Denied calls fail with EPERM; those that are
 * not known here do not exist (ENOSYS), so that libraries use what they used before. From Linux
 * 5.11 on the kernel looks up allowed ones in a bitmap, which costs next to nothing. */
#include "drivers/oci_config.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

#if defined(__x86_64__)
#define ARCHITECTURE "SCMP_ARCH_X86_64"
#elif defined(__aarch64__)
#define ARCHITECTURE "SCMP_ARCH_AARCH64"
#else
#define ARCHITECTURE NULL /* its name in OCI configurations is to be added */
#endif

/* Every kind of new namespace. */
static const json_int_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
				     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

/* Names of other architectures are ignored by runc. */
static const char allowed[] =
	"accept accept4 access adjtimex alarm arch_prctl bind brk cachestat capget capset chdir "
	"chmod chown chroot clock_getres clock_gettime clock_nanosleep close close_range connect "
	"copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait "
	"epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat "
	"faccessat2 fadvise64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown "
	"fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat "
	"fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat "
	"get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid "
	"geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid "
	"getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname "
	"getsockopt gettid gettimeofday getuid getxattr getxattrat inotify_add_watch inotify_init "
	"inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup "
	"io_submit ioctl ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset "
	"landlock_restrict_self lchown lgetxattr link linkat listen listxattr listxattrat "
	"llistxattr lremovexattr lseek lsetxattr lstat madvise map_shadow_stack mbind membarrier "
	"memfd_create memfd_secret migrate_pages mincore mkdir mkdirat mknod mknodat mlock mlock2 "
	"mlockall mmap modify_ldt move_pages mprotect mq_getsetattr mq_notify mq_open "
	"mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync "
	"munlock munlockall munmap name_to_handle_at nanosleep newfstatat open openat openat2 "
	"pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll "
	"ppoll prctl pread64 preadv preadv2 prlimit64 process_mrelease process_vm_readv "
	"process_vm_writev pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat "
	"readv recvfrom recvmmsg recvmsg remap_file_pages removexattr removexattrat rename "
	"renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask "
	"rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo "
	"sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr "
	"sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr "
	"sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop "
	"semtimedop sendfile sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node "
	"set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups "
	"setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid "
	"setsockopt setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack "
	"signalfd signalfd4 socketpair splice stat statfs statx symlink symlinkat sync "
	"sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete "
	"timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime "
	"timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes "
	"vfork vmsplice wait4 waitid write writev";

static const char denied[] =
	"_sysctl acct add_key bpf clock_adjtime clock_settime create_module delete_module "
	"fanotify_init finit_module fsconfig fsmount fsopen fspick get_kernel_syms init_module "
	"io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load "
	"kexec_load keyctl lookup_dcookie mount mount_setattr move_mount nfsservctl "
	"open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise "
	"ptrace query_module quotactl quotactl_fd reboot request_key setdomainname sethostname "
	"setns settimeofday swapoff swapon sysfs syslog umount2 unshare uselib userfaultfd ustat "
	"vhangup";

static json_t *words(const char *text)
{
	cleanup_free char *copy = str_dup(text);
	json_t *list = json_array();
	char *rest = copy;

	for (char *word; (word = strsep(&rest, " "));)
		json_array_append_new(list, json_string(word));
	return list;
}

static json_t *allow(const char *names)
{
	return json_pack("{s:o, s:s}", "names", words(names), "action", "SCMP_ACT_ALLOW");
}

/* Allowed where argument 0 compares so with value. */
static json_t *allow_if(const char *name, const char *compare, json_int_t value, json_int_t other)
{
	json_t *rule = allow(name);

	json_object_set_new(rule, "args",
		json_pack("[{s:i, s:I, s:I, s:s}]", "index", 0, "value", value, "valueTwo", other,
			"op", compare));
	return rule;
}

static json_t *deny(const char *names, int error)
{
	return json_pack("{s:o, s:s, s:i}", "names", words(names), "action", "SCMP_ACT_ERRNO",
		"errnoRet", error);
}

json_t *oci_filter(void)
{
	static const json_int_t personalities[] = {
		PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32, 0xffffffff};
	/* The kernel looks at the lower half of the word only, a filter at all of it: to name what
	 * is refused (AF_VSOCK, which no namespace confines) would not keep it out. */
	static const json_int_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	json_t *rules = json_array();

	if (!ARCHITECTURE || !file_exists("/proc/sys/kernel/seccomp/actions_avail")) {
		json_decref(rules);
		return NULL;
	}
	json_array_append_new(rules, allow(allowed));
	json_array_append_new(rules, deny(denied, EPERM));
	/* Its flags are in memory, where no filter sees them: libraries then use clone. */
	json_array_append_new(rules, deny("clone3", ENOSYS));
	json_array_append_new(rules, allow_if("clone", "SCMP_CMP_MASKED_EQ", namespaces, 0));
	for (size_t i = 0; i < ARRAY_COUNT(families); i++)
		json_array_append_new(rules, allow_if("socket", "SCMP_CMP_EQ", families[i], 0));
	for (size_t i = 0; i < ARRAY_COUNT(personalities); i++)
		json_array_append_new(
			rules, allow_if("personality", "SCMP_CMP_EQ", personalities[i], 0));
	return json_pack("{s:s, s:i, s:[s], s:o}", "defaultAction", "SCMP_ACT_ERRNO",
		"defaultErrnoRet", ENOSYS, "architectures", ARCHITECTURE, "syscalls", rules);
}
