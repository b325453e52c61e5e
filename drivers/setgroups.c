/* setgroups() of this program, in front of the C library's: libvirt calls it in every child that
 * becomes QEMU. In a user namespace of one uid the kernel refuses it, and where it is allowed it
 * would take the group away by which the user may open /dev/kvm. There it does nothing. A seccomp
 * filter would do the same, but QEMU would inherit it, and every system call of a guest's I/O would
 * pay for it. Sources: setgroups(2), user_namespaces(7), ld.so(8). */
#include "drivers/setgroups.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <stdbool.h>

#include "drivers/privileges.h"

static int (*of_libc)(size_t count, const gid_t *groups);
static bool keeps;

void setgroups_prepare(void)
{
	keeps = privileges_in_namespace();
	*(void **)&of_libc = dlsym(RTLD_NEXT, "setgroups");
}

__attribute__((visibility("default"))) int setgroups(size_t n, const gid_t *groups)
{
	if (keeps)
		return 0;
	if (of_libc)
		return of_libc(n, groups);
	errno = ENOSYS;
	return -1;
}
