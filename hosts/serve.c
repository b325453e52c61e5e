/* "tare-host serve": takes ownership of the id, serves requests, and cleans up at the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "hosts/digest.h"
#include "hosts/leftovers.h"
#include "hosts/lines.h"
#include "hosts/programs_prune.h"
#include "hosts/service.h"
#include "hosts/service_socket.h"
#include "hosts/wire.h"
#include "hosts/work_root.h"

#define LEAVE_WORD "\n"

/* How long an earlier service of this id may take to leave, and how long stops may take in a
 * hypervisor that may hang; after that the process ends in any case, which releases the id for
 * cleaning. */
static const double owner_timeout_s = 90, stranger_timeout_s = 5, stop_timeout_s = 60,
		    call_timeout_s = 20;
/* CLIENT_S: until a client has written its line, which it does at once; on a host with hundreds of
 * processes ready to run it may wait for seconds between its connection and that. Less than what
 * makes an orchestrator seem lost. */
enum { LAST_RESORT_S = 30, CLIENT_S = 10 };

/* Sends heartbeats until the reader does: cleaning up may take long, and the service must not seem
 * dead. */
static void *heartbeat_thread(void *context)
{
	struct service *service = context;
	bool goes_on = true;

	while (goes_on) {
		service_heartbeat(service);
		clock_sleep_s(HEARTBEAT_S);
		pthread_mutex_lock(&service->mutex);
		goes_on = !service->serves;
		pthread_mutex_unlock(&service->mutex);
	}
	return NULL;
}

/* --- the beginning ------------------------------------------------------------------------- */

/* This program's directory; "" where /proc is not mounted. */
static void find_directory(char self[4096])
{
	ssize_t length = readlink("/proc/self/exe", self, 4095);

	self[length > 0 ? length : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
}

/* The programs in this program's directory. */
static int find_programs(struct service *service, const char *self, struct error *e)
{
	char hex[DIGEST_TEXT_BYTES];
	char *paths[PROGRAM_COUNT];

	if (!self[0])
		return error_set(e, "/proc is not mounted");
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		paths[i] = str_printf("%s/%s", self, program_names[i]);
	int status = digest_programs((const char *const *)paths, hex, e);
	for (size_t i = 0; i < PROGRAM_COUNT; i++)
		free(paths[i]);
	if (status < 0)
		return -1;
	service->digest = str_printf("%.16s", hex);
	service->agent_path = str_printf("%s/tare-agent", self);
	programs_prune(self);
	return 0;
}

/* Where the service of an id listens. Caller frees. */
static char *socket_path(const char *id)
{
	return str_printf("/run/tare/%s/" SERVICE_SOCKET, id);
}

/* Asks an earlier service of the same id to leave: its orchestrator has connected again. */
static bool ask_to_leave(const char *id)
{
	cleanup_free char *path = socket_path(id);
	cleanup_fd int fd = service_socket_connect(path);

	return fd >= 0 && write(fd, LEAVE_WORD, strlen(LEAVE_WORD)) > 0;
}

static int own(struct service *service, struct error *e)
{
	double deadline_s = clock_monotonic_s() + stranger_timeout_s;
	bool asked = false;

	while (drivers_own(service->id, e) < 0) {
		if (clock_monotonic_s() > deadline_s || geteuid() != 0)
			return -1;
		if (!asked && ask_to_leave(service->id)) {
			asked = true;
			deadline_s = clock_monotonic_s() + owner_timeout_s;
		}
		clock_sleep_s(0.2);
	}
	/* Removes what an earlier service could not; that also releases the id. */
	if (drivers_clean(service->id, NULL, NULL, e) < 0 || drivers_own(service->id, e) < 0)
		return -1;
	cleanup_free char *note = str_printf("/run/tare/%s/work_root", service->id);
	if (work_root_remove(service->work_root, e) == 0 &&
		work_root_make(service->work_root, e) == 0 &&
		file_write(note, service->work_root, strlen(service->work_root), e) == 0)
		return 0;
	work_root_remove(service->work_root, NULL);
	drivers_clean(service->id, NULL, NULL, NULL);
	return -1;
}

static int listen_for_attach(struct service *service, struct error *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	service->socket_path = socket_path(service->id);
	if (strlen(service->socket_path) >= sizeof(address.sun_path))
		return error_set(e, "%s is too long", service->socket_path);
	strcpy(address.sun_path, service->socket_path);
	unlink(service->socket_path);
	mode_t mask = umask(077);
	int status = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (status < 0 || listen(fd, SOMAXCONN) < 0)
		return error_errno(e, errno, "%s", service->socket_path);
	return take_fd(&fd);
}

/* --- the reader ---------------------------------------------------------------------------- */

struct reader {
	struct service *service;
	int listen_fd, signal_fd;
	pthread_t thread;
};

static void enqueue(struct service *service, json_t *line)
{
	struct request *request = mem_new(1, sizeof(*request)), **at;

	request->line = line;
	pthread_mutex_lock(&service->mutex);
	for (at = &service->requests; *at; at = &(*at)->next)
		;
	*at = request;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
}

/* false: garbage. */
static bool read_request(struct service *service, const char *text)
{
	if (!text[0])
		return true; /* a heartbeat */
	json_t *line = json_loads(text, 0, NULL);
	const char *verb = json_string_value(json_object_get(line, "do"));
	const char *name = json_string_value(json_object_get(line, "name"));
	json_int_t id = json_integer_value(json_object_get(line, "id"));

	if (verb && id > 0 && strcmp(verb, "stop") == 0 && name) {
		registry_stop(service, id, name);
	} else if (verb && id > 0) {
		enqueue(service, line);
		return true;
	}
	json_decref(line);
	return verb && id > 0;
}

/* Reads one line: the name of a machine whose stream is wanted, or nothing: this service shall
 * leave. Only root can connect, and clients write at once. false: leave. */
static bool serve_socket(struct service *service, int listen_fd)
{
	char name[256];
	size_t used = 0;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return true;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = CLIENT_S},
		sizeof(struct timeval));
	while (used < sizeof(name) - 1) {
		ssize_t got = read(fd, name + used, sizeof(name) - 1 - used);
		used += got > 0 ? (size_t)got : 0;
		if (got <= 0 || name[used - 1] == '\n')
			break;
	}
	name[used] = '\0';
	bool leave = strcmp(name, LEAVE_WORD) == 0;
	name[strcspn(name, "\n")] = '\0';
	if (leave || !name[0])
		close(fd);
	else
		registry_attach(service, name, fd);
	return !leave;
}

/* Reads until the orchestrator is lost (its stream ended, is silent or invalid) or a signal
 * comes. */
static void read_requests(struct reader *reader)
{
	struct service *service = reader->service;
	struct lines lines = {.fd = STDIN_FILENO};
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = reader->signal_fd, .events = POLLIN},
		{.fd = reader->listen_fd, .events = POLLIN}};
	double heard_s = clock_monotonic_s(), heartbeat_s = 0;
	bool goes_on = true;

	while (goes_on) {
		double now_s = clock_monotonic_s();
		if (now_s >= heartbeat_s) {
			service_heartbeat(service);
			heartbeat_s = now_s + HEARTBEAT_S;
		}
		if (now_s > heard_s + service->silence_s)
			break;
		if (poll(fds, ARRAY_COUNT(fds), (int)((heartbeat_s - now_s) * 1e3) + 1) <= 0)
			continue;
		if (fds[0].revents) {
			int got = lines_receive(&lines);
			char *line;
			heard_s = clock_monotonic_s();
			goes_on = got >= 0;
			while (goes_on && (line = lines_next(&lines)))
				goes_on = read_request(service, line);
			goes_on &= !lines.overlong;
		}
		if (fds[1].revents)
			goes_on = false;
		if (fds[2].revents)
			goes_on &= serve_socket(service, reader->listen_fd);
	}
	lines_free(&lines);
}

/* --- the end ------------------------------------------------------------------------------- */

/* Stops and removes everything; called by the main thread. */
static void leave(struct service *service)
{
	registry_stop_all(service, stop_timeout_s);
	requests_network_end(service);
	registry_clean_other_ids(service);
	leftovers_remove_id(service->id, service->work_root);
}

static void *reader_thread(void *context)
{
	struct reader *reader = context;
	struct service *service = reader->service;

	read_requests(reader);
	pthread_mutex_lock(&service->mutex);
	service->leaving = true;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->mutex);
	clock_sleep_s(stop_timeout_s + call_timeout_s);
	/* The main thread hangs in a driver. The rest is removed without it; if that hangs as well,
	 * the alarm ends the process and what it has started. */
	alarm(LAST_RESORT_S);
	registry_clean_other_ids(service);
	leftovers_remove_id(service->id, service->work_root);
	_exit(1);
	return NULL;
}

/* The next request; NULL: leave. */
static struct request *next_request(struct service *service)
{
	pthread_mutex_lock(&service->mutex);
	while (!service->requests && !service->leaving)
		pthread_cond_wait(&service->changed, &service->mutex);
	struct request *request = service->leaving ? NULL : service->requests;
	if (request)
		service->requests = request->next;
	pthread_mutex_unlock(&service->mutex);
	return request;
}

static int run(struct service *service, struct error *e)
{
	struct reader reader = {.service = service};
	struct request *request;

	reader.signal_fd = signalfd(-1, &service->ends, SFD_CLOEXEC);
	reader.listen_fd = listen_for_attach(service, e);
	if (reader.listen_fd < 0 || reader.signal_fd < 0)
		return -1;
	bool greeted = service_hello(service, NULL) == 0;
	pthread_mutex_lock(&service->mutex);
	service->serves = true;
	service->leaving = !greeted; /* there is no orchestrator any more */
	pthread_mutex_unlock(&service->mutex);
	if (pthread_create(&reader.thread, NULL, reader_thread, &reader) != 0)
		return error_set(e, "cannot start a thread");
	while ((request = next_request(service))) {
		requests_do(service, request->line);
		json_decref(request->line);
		free(request);
	}
	leave(service);
	return 0;
}

int serve_main(const char *id, const char *work_dir, bool pulse)
{
	static struct service service;
	struct error e = {""};

	service = (struct service){.id = id,
		.work_root = str_printf("%s/%s", work_dir, id),
		.silence_s = pulse ? PULSE_SILENCE_S : SILENCE_S,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.out_mutex = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER};
	/* Before any thread is there, which would be ended by them with the process, uncleaned. */
	sigemptyset(&service.ends);
	sigaddset(&service.ends, SIGTERM);
	sigaddset(&service.ends, SIGHUP);
	sigaddset(&service.ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &service.ends, NULL);
	/* Answers go to the original stdout, and what libraries print to stderr, so that they do
	 * not mix. */
	service.out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	lines_set_nonblocking(service.out_fd);
	lines_set_nonblocking(STDIN_FILENO);
	/* Without a word: it is then started again, from what has replaced it. */
	char self[4096];
	find_directory(self);
	if (!programs_use(self))
		return 1;
	if (find_programs(&service, self, &e) < 0) {
		service_hello(&service, &e);
		return 1;
	}
	pthread_t heartbeat;
	if (pthread_create(&heartbeat, NULL, heartbeat_thread, &service) == 0)
		pthread_detach(heartbeat);
	if (leftovers_clean(work_dir, &e) < 0)
		service.uncleaned = str_dup(e.text);
	e = (struct error){""};
	if (own(&service, &e) < 0 || run(&service, &e) < 0) {
		service_hello(&service, &e);
		return 1;
	}
	return 0;
}
