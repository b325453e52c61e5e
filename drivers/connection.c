/* Opens and keeps libvirt connections. The embedded QEMU driver (qemu:///embed) runs in this
 * process: QEMU is then a child of the thread that creates a domain, in that thread's network
 * namespace. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/directories.h"
#include "base/files.h"
#include "drivers/connection.h"
#include "drivers/local.h"
#include "drivers/orphans.h"
#include "drivers/privileges.h"
#include "drivers/setgroups.h"

/* Without a daemon nothing logs, confines or grants rights: QEMU belongs to this process alone. */
static const char embed_conf[] = "user = \"root\"\n"
				 "group = \"root\"\n"
				 "dynamic_ownership = 0\n"
				 "remember_owner = 0\n"
				 "security_driver = \"none\"\n"
				 "security_default_confined = 0\n"
				 "namespaces = []\n"
				 "cgroup_controllers = []\n"
				 "stdio_handler = \"file\"\n";

/* After that many unanswered keepalives, that far apart, a connection counts as dead. */
enum { KEEPALIVE_INTERVAL_S = 5, KEEPALIVE_COUNT = 4 };

static const double restart_limit_s = 15, restart_poll_s = 0.25;

/* Of the daemon that has all hypervisor drivers. */
#define DAEMON_SOCKET "/run/libvirt/libvirt-sock"

struct connection {
	char *uri;
	virConnectPtr handle;
	struct connection *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct connection *connections;
static char *embed_id; /* of the run directory, while there is one */
static bool events_run, embed_used;

int connection_error(struct error *e, const char *what)
{
	const char *message = virGetLastErrorMessage();

	return error_set(e, "%s: libvirt: %s", what, message ? message : "unknown error");
}

/* libvirt prints errors to stderr by default; here they are passed up as struct error. */
static void be_quiet(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

static void *event_loop(void *unused)
{
	while (virEventRunDefaultImpl() == 0)
		;
	return unused;
}

static int events_start(struct error *e)
{
	pthread_t thread;

	if (events_run)
		return 0;
	/* The embedded driver would log to our stderr; users can set another place. */
	setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", 0);
	virSetErrorFunc(NULL, be_quiet);
	setgroups_prepare();
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
		return connection_error(e, "start libvirt's event loop");
	if (pthread_create(&thread, NULL, event_loop, NULL) != 0)
		return error_set(e, "start libvirt's event loop: no thread");
	pthread_detach(thread);
	events_run = true;
	return 0;
}

static bool modular_listens(const char *kind)
{
	cleanup_free char *path = str_printf("/run/libvirt/virt%sd-sock", kind);

	return file_exists(path);
}

bool connection_daemon_listens(const char *kind)
{
	return file_exists(DAEMON_SOCKET) || modular_listens(kind);
}

/* libvirt treats a process that has used the embedded driver as a daemon, and connects daemons to
 * the modular daemons, even if there are none. Caller frees. */
static char *daemon_uri(const char *uri)
{
	char kind[16];

	if (embed_used && sscanf(uri, "%15[a-z]:///", kind) == 1 && strstr(uri, ":///system") &&
		!strchr(uri, '?') && !modular_listens(kind))
		return str_printf("%s?socket=" DAEMON_SOCKET, uri);
	return str_dup(uri);
}

static char *embed_root(void)
{
	cleanup_free char *run = own_run_dir(embed_id);

	return str_printf("%s/embed", run);
}

static int embed_prepare(struct error *e)
{
	cleanup_free char *cache = directories_cache();
	cleanup_free char *root = embed_root();
	cleanup_free char *etc = str_printf("%s/etc", root);
	cleanup_free char *conf = str_printf("%s/qemu.conf", etc);
	cleanup_free char *link = str_printf("%s/cache", root);
	cleanup_free char *kept = str_printf("%s/libvirt", cache);

	if (drivers_own(embed_id, e) < 0 || dir_make(etc, e) < 0 || dir_make(kept, e) < 0)
		return -1;
	if (symlink(kept, link) < 0 && errno != EEXIST)
		return error_errno(e, errno, "%s", link);
	/* libvirt makes a directory in every hugetlbfs that is mounted, which a user may not. */
	cleanup_free char *text = str_printf(
		"%s%s", embed_conf, privileges_in_namespace() ? "hugetlbfs_mount = []\n" : "");
	return file_write(conf, text, strlen(text), e);
}

/* At exit; not in a child that was forked meanwhile. */
static void embed_remove(void)
{
	cleanup_free char *id = own_process_id("embed");

	if (embed_id && strcmp(embed_id, id) == 0)
		own_remove(embed_id, NULL);
}

char *connection_embedded_uri(struct error *e)
{
	static bool at_exit;

	char *uri = NULL;

	pthread_mutex_lock(&mutex);
	if (!embed_id) {
		embed_id = own_process_id("embed");
		if (orphans_adopt(e) < 0 || embed_prepare(e) < 0)
			free(take_ptr(embed_id));
		else if (!at_exit)
			at_exit = atexit(embed_remove) == 0;
	}
	if (embed_id) {
		cleanup_free char *root = embed_root();
		uri = str_printf(EMBED_URI "?root=%s", root);
	}
	pthread_mutex_unlock(&mutex);
	return uri;
}

/* Keepalives find a daemon that hangs. Connections without keepalive are local, where the kernel
 * reports that the other end has closed. */
static virConnectPtr open_with_keepalive(const char *uri)
{
	cleanup_free char *whole = daemon_uri(uri);
	virConnectPtr handle = virConnectOpen(whole);

	embed_used |= strncmp(uri, EMBED_URI, strlen(EMBED_URI)) == 0;
	if (handle)
		virConnectSetKeepAlive(handle, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT);
	return handle;
}

/* Waits for a daemon that was there before: it may be restarting. */
static virConnectPtr open_patiently(const char *uri, bool was_there)
{
	double deadline_s = clock_monotonic_s() + (was_there ? restart_limit_s : 0);
	virConnectPtr handle;

	while (!(handle = open_with_keepalive(uri)) && clock_monotonic_s() < deadline_s)
		clock_sleep_s(restart_poll_s);
	return handle;
}

static int connection_open(const char *uri, virConnectPtr *out, struct error *e)
{
	struct connection **at = &connections;

	while (*at && strcmp((*at)->uri, uri) != 0)
		at = &(*at)->next;
	if (*at && virConnectIsAlive((*at)->handle) == 1) {
		*out = (*at)->handle;
		return 0;
	}
	if (events_start(e) < 0)
		return -1;
	virConnectPtr handle = open_patiently(uri, *at != NULL);
	if (!handle)
		return connection_error(e, uri);
	/* A connection whose daemon was restarted is not closed: others may still use it. */
	if (!*at) {
		*at = mem_new(1, sizeof(**at));
		(*at)->uri = str_dup(uri);
	}
	(*at)->handle = *out = handle;
	return 0;
}

int connection_get(const char *uri, virConnectPtr *out, struct error *e)
{
	pthread_mutex_lock(&mutex);
	int status = connection_open(uri, out, e);
	pthread_mutex_unlock(&mutex);
	return status;
}

void connection_close_embedded(void)
{
	struct connection **at = &connections, *gone;

	pthread_mutex_lock(&mutex);
	while (*at && strncmp((*at)->uri, EMBED_URI, strlen(EMBED_URI)) != 0)
		at = &(*at)->next;
	if ((gone = *at)) {
		*at = gone->next;
		virConnectClose(gone->handle);
		free(gone->uri);
		free(gone);
	}
	pthread_mutex_unlock(&mutex);
}
