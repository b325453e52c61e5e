/* What lets this process make namespaces and networks. */
#ifndef TARE_DRIVERS_PRIVILEGES_H
#define TARE_DRIVERS_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

/* For users without root: executes this program again, with the words of argv after its name, in a
 * user namespace made by tare-room, with a network of its own unless host_network, and does not
 * return. Returns if this process is root, or in
 * such a namespace already (TARE_ROOM in the environment), or if none can be made:
 * privileges_check then says why. Call it before threads, and before signals are changed. */
void privileges_take(char *const *argv, bool host_network);

/* 0: machines can be started. Else -1 and "not root, and no user namespaces: …" with the line by
 * which an administrator allows them. */
int privileges_check(struct error *why_not);

/* 0: the device can be read and written. Else -1 and why not; where it is closed to users, with the
 * line by which an administrator opens it. */
int privileges_check_device(const char *path, struct error *why_not);

/* Whether this process is root in a user namespace only. */
bool privileges_in_namespace(void);

/* The option `privileges` of drivers: its names, and whether a machine with that value of it enters
 * a user namespace of its own (tare-enter --user). Without root all are in one already. */
extern const char *const privileges_names[];
bool privileges_enter(int wanted);

/* What stores and reports call it. */
#define PRIVILEGES_OF_ROOT "root"
#define PRIVILEGES_OF_USER "user namespace"
/* This process's, in these words. */
const char *privileges_text(void);

#endif
