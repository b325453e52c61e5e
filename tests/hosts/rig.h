/* What the tests of hosts/ share: a host that is this machine, with or without a trivial reach. */
#ifndef TARE_TESTS_HOSTS_RIG_H
#define TARE_TESTS_HOSTS_RIG_H

#include "hosts/host.h"
#include "tests/shell.h"

struct rig {
	char id[16], work_dir[64], log[80];
	struct argv reach;
	struct host_spec spec;
	struct host *host;
};

/* A host with that reach (a NULL-terminated list of words; none: this process itself). */
void rig_open(struct rig *rig, const char *name, const struct image *image, ...)
	__attribute__((sentinel));
/* Frees the host, and fails if anything of it remains. */
void rig_close(struct rig *rig);
/* Starts one machine; the values are "option=value", NULL-terminated, or NULL. */
struct host_machine *rig_start(struct rig *rig, const char *driver, const char *name,
	const char *const *values, struct error *e);
void rig_stop(struct host_machine *machine);
/* Number of processes whose command line contains both texts. */
unsigned rig_processes(const char *text, const char *other);

#define assert_ok(call, e) \
	do { \
		(e).text[0] = '\0'; \
		if ((call) < 0) \
			fail_msg("%s: %s", #call, (e).text); \
	} while (0)

/* In functions that return nothing. */
#define assert_some(pointer, e) \
	do { \
		if (!(pointer)) { \
			fail_msg("%s: %s", #pointer, (e).text); \
			return; \
		} \
	} while (0)

#endif
