/* The OCI runtime configuration of a container (config.json, runtime specification 1.0). */
#ifndef TARE_DRIVERS_OCI_CONFIG_H
#define TARE_DRIVERS_OCI_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/process.h"

struct oci_container {
	const char *name; /* host name, and of the control group */
	const char *group_parent; /* the path that the control group is in; "": the top */
	const char *root; /* of its file system, on the host */
	const char *netns_path; /* NULL: a fresh network namespace without an interface */
	const char *agent; /* program on the host, bound into the container; NULL: the
	                             image's own is run */
	bool entered; /* tare-enter --user starts the runtime, in the container's network and with
			 the agent in the tree: neither is set up again. A new /sys would belong to
			 root's network: the host's is bound */
	const char *scratch; /* directory on the host, bound to /scratch; or NULL */
	const struct argv *command; /* instead of the agent, if not NULL */
	const char *cpus; /* list for the cpuset, or NULL: no limit */
	long long memory_bytes; /* limit, 0: none */
};

/* A new reference. */
json_t *oci_config(const struct oci_container *container);

/* The filter of system calls (oci_filter.c), a new reference; NULL: this kernel has none. */
json_t *oci_filter(void);

#endif
