/* User-mode Linux: a guest kernel that runs as a program on the host. It needs no hardware support:
 * code in its user space runs at the CPU's full speed, and every system call and page fault there
 * costs some on the host. Debian's kernel (package user-mode-linux) has the drivers of the image's
 * root as modules, so it boots an initrd made here. The control channel is its first serial line,
 * which is the program's stdin and stdout. */
#include <pthread.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/boot_probe.h"
#include "drivers/disks.h"
#include "drivers/initrd.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

#define MODULES_DIR "/usr/lib/uml/modules"
#define IMAGE_AGENT "usr/lib/tare/tare-agent"

struct uml_options {
	char *cmdline;
	bool pin;
};

static const struct option_row uml_rows[] = {
	{.name = "pin",
		.type = OPTION_BOOL,
		.offset = offsetof(struct uml_options, pin),
		.default_text = "true",
		.help = "restrict the guest to the machine's CPUs"},
	{.name = "cmdline",
		.type = OPTION_STRING,
		.offset = offsetof(struct uml_options, cmdline),
		.help = "additional parameters for the guest's kernel command line"},
	{0},
};

/* What has to be removed with the guest. */
struct guest {
	char *word; /* by which its processes' command lines are found */
	char *tap, *namespace_path; /* tap NULL: none */
};

/* Whether it boots, probed once per process. */
static struct {
	pthread_mutex_t mutex;
	bool known, works;
	struct error why_not;
} found = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* "linux.uml" is Debian's name; upstream's "linux" is not specific enough. */
static char *kernel_find(struct error *e)
{
	char *kernel = program_find("linux.uml");

	if (!kernel)
		error_set(e, "linux.uml: not installed; apt-get install user-mode-linux");
	return kernel;
}

static int make_initrd(
	const char *path, const char *kernel, const struct image *image, struct error *e)
{
	static const char *const names[] = {"fs/erofs/erofs.ko", "fs/overlayfs/overlay.ko"};
	char *modules[ARRAY_COUNT(names) + 1] = {NULL};
	cleanup_free char *release = program_version(VERSION_WORDS(kernel));
	cleanup_free char *agent = str_printf("%s/" IMAGE_AGENT, image->root_dir);

	if (!release)
		return error_set(e, "%s --version prints nothing", kernel);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		modules[i] = str_printf(MODULES_DIR "/%s/kernel/%s", release, names[i]);
	int status = initrd_make(path, agent, "uml", (const char *const *)modules, e);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		free(modules[i]);
	return status;
}

/* The guest's memory is a file: in /dev/shm, whatever the caller's TMPDIR is. */
static void add_program(struct argv *argv, const char *kernel, const char *cpus)
{
	argv_add_all(argv, "env", "-u", "TMP", "-u", "TEMP", "TMPDIR=/dev/shm", NULL);
	if (cpus)
		argv_add_all(argv, "taskset", "-c", cpus, NULL);
	argv_add(argv, kernel);
}

static int boot(const char *kernel, const struct image *image, struct error *why_not)
{
	char directory[] = "/tmp/tare-uml-probe-XXXXXX";
	cleanup_argv struct argv argv = {0};

	if (!mkdtemp(directory))
		return error_set(why_not, "cannot make the directory %s", directory);
	cleanup_free char *initrd = str_printf("%s/initrd", directory);
	int status = make_initrd(initrd, kernel, image, why_not);
	add_program(&argv, kernel, NULL);
	argv_addf(&argv, "initrd=%s", initrd);
	argv_addf(&argv, "uml_dir=%s/", directory);
	argv_add_all(&argv, "mem=64M", "con=null", "con0=null,fd:1", "ssl=null", "console=tty0",
		"quiet", NULL);
	if (status == 0)
		status = boot_probe(&argv, why_not);
	dir_remove(directory, NULL);
	return status;
}

static int uml_probe(const void *options, const struct image *image, struct error *why_not)
{
	(void)options;
	if (privileges_check(why_not) < 0)
		return -1;
	if (privileges_check_device("/dev/net/tun", why_not) < 0)
		return -1;
	if (!image)
		return error_set(why_not, "no image (run tare image to build it)");
	pthread_mutex_lock(&found.mutex);
	if (!found.known) {
		cleanup_free char *kernel = kernel_find(&found.why_not);
		found.works = kernel && boot(kernel, image, &found.why_not) == 0;
		found.known = true;
	}
	pthread_mutex_unlock(&found.mutex);
	return found.works ? 0 : error_set(why_not, "%s", found.why_not.text);
}

static int add_network(
	const struct machine_spec *spec, struct guest *guest, struct argv *argv, struct error *e)
{
	if (!spec->network || !spec->address)
		return 0;
	cleanup_free char *tap = netns_tap_name(spec->campaign_id, spec->address);
	cleanup_free char *mac = netns_mac(spec->address);
	if (netns_add_tap(tap, spec->network, e) < 0)
		return -1;
	argv_addf(argv, "vec0:transport=tap,ifname=%s,mac=%s,depth=128,gro=1", tap, mac);
	guest->tap = take_ptr(tap);
	guest->namespace_path = str_dup(spec->network->namespace_path);
	return 0;
}

static int add_disks(const struct machine_spec *spec, struct argv *argv, struct error *e)
{
	cleanup_free char *scratch = str_printf("%s/scratch.raw", spec->work_dir);

	/* Shared (c): without locks, by which QEMU could not open the image. */
	argv_addf(argv, "ubd0rc=%s", spec->image->root_disk);
	if (spec->scratch_bytes == 0)
		return 0;
	argv_addf(argv, "ubd1=%s", scratch);
	argv_add(argv, "tare.scratch=/dev/ubdb");
	return disk_make_scratch(scratch, spec->scratch_bytes, e);
}

/* A panic ends the program, and with it the stream. */
static int uml_argv(const struct machine_spec *spec, const char *kernel, const char *cpus,
	struct guest *guest, struct argv *argv, struct error *e)
{
	const struct uml_options *options = spec->options;
	cleanup_free char *initrd = str_printf("%s/initrd", spec->work_dir);
	cleanup_free char *run = own_run_dir(spec->campaign_id);

	if (make_initrd(initrd, kernel, spec->image, e) < 0)
		return -1;
	add_program(argv, kernel, cpus);
	argv_add(argv, guest->word);
	argv_addf(argv, "uml_dir=%s/", run);
	argv_addf(argv, "mem=%lluK", (unsigned long long)(spec->memory_bytes / 1024));
	argv_addf(argv, "initrd=%s", initrd);
	argv_add_all(argv, "con=null", "con0=null,fd:2", "ssl=null", "ssl0=fd:0,fd:1",
		"console=tty0", "quiet", "tare.modules=uml", "tare.channel=tty:/dev/ttyS0",
		"tare.root=/dev/ubda", NULL);
	argv_addf(argv, "tare.hostname=%s", spec->name);
	if (options->cmdline && options->cmdline[0])
		argv_add(argv, options->cmdline);
	if (add_disks(spec, argv, e) < 0)
		return -1;
	return add_network(spec, guest, argv, e);
}

static void record_facts(struct machine *machine, const char *kernel, const char *cpus)
{
	cleanup_free char *release = program_version(VERSION_WORDS(kernel));
	cleanup_free char *pinning = machine_pinning_text(cpus);
	struct utsname host;

	uname(&host);
	machine_set_facts(
		machine, json_pack("{s:s, s:s, s:s?, s:s, s:s, s:s, s:s}", "driver", "uml",
				 "hypervisor", "User-mode Linux", "hypervisor_version", release,
				 "host_kernel", host.release, "devices", "ubd, vector", "pinning",
				 pinning, "scratch_cache", "writeback"));
}

static void guest_free(struct guest *guest)
{
	program_kill(program_has_word, guest->word);
	if (guest->tap)
		netns_remove_tap(guest->tap, guest->namespace_path);
	free(guest->word);
	free(guest->tap);
	free(guest->namespace_path);
	free(guest);
}

static void uml_stop(struct machine *machine)
{
	if (!machine)
		return;
	struct guest *guest = machine->state;
	machine_free(machine);
	guest_free(guest);
}

/* Its network card is opened in the namespace that the program is started in. */
static struct agent *spawn(const struct machine_spec *spec, const struct argv *argv,
	const char *log_path, struct error *e)
{
	int back;

	if (netns_enter(spec->network ? spec->network->namespace_path : NULL, &back, e) < 0)
		return NULL;
	struct agent *agent = agent_spawn(spec->name, argv, log_path, e);
	netns_leave(back);
	return agent;
}

static int uml_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	const struct uml_options *options = spec->options;
	cleanup_argv struct argv argv = {0};
	cleanup_free char *kernel = kernel_find(e);
	cleanup_free char *list = machine_cpu_list(spec);
	const char *cpus = options->pin && list[0] ? list : NULL;

	if (!kernel)
		return -1;
	if (spec->cpus > driver_uml.cpus_max)
		return error_set(e,
			"User-mode Linux has one CPU per guest, and %u were requested: use "
			"placements with one CPU per guest, e.g. 1x%ux1",
			spec->cpus, spec->cpus);
	if (drivers_own(spec->campaign_id, e) < 0)
		return -1;
	struct guest *guest = mem_new(1, sizeof(*guest));
	guest->word = str_printf("umid=tare-%s-%s", spec->campaign_id, spec->name);
	struct machine *machine = machine_new(&driver_uml, spec);
	machine->state = guest;
	machine->log_path = str_printf("%s/console.log", spec->work_dir);
	machine->scratch_dir = str_dup(spec->scratch_bytes ? "/scratch" : "/tmp");
	machine->address = str_dup(spec->network ? spec->address : NULL);
	record_facts(machine, kernel, cpus);
	if (uml_argv(spec, kernel, cpus, guest, &argv, e) == 0)
		machine->agent = spawn(spec, &argv, machine->log_path, e);
	if (!machine->agent) {
		uml_stop(machine);
		return -1;
	}
	*out = machine;
	return 0;
}

static int uml_clean(const char *campaign_id, void (*report)(void *context, const char *line),
	void *context, struct error *e)
{
	(void)e;
	char **ids = own_ids_to_clean(campaign_id);
	for (char **id = ids; *id; id++) {
		cleanup_free char *word = str_printf("umid=tare-%s-", *id);
		size_t killed = program_kill(program_has_word, word);
		cleanup_free char *line =
			str_printf("%zu processes of User-mode Linux (%s*)", killed, word);
		if (killed > 0)
			report(context, line);
	}
	own_ids_free(ids);
	return 0;
}

const struct driver driver_uml = {
	.name = "uml",
	.summary = "a guest of User-mode Linux",
	.options = uml_rows,
	.options_size = sizeof(struct uml_options),
	.caps = CAP_GUESTS | CAP_OWN_NETWORK | CAP_NEEDS_IMAGE | CAP_NEEDS_NETWORK,
	.cpus_max = 1,
	.probe = uml_probe,
	.start = uml_start,
	.stop = uml_stop,
	.clean = uml_clean,
};
