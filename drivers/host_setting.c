/* Sets and restores settings of the host's kernel. The value before is kept in the campaign's run
 * directory, so that it can be restored after a kill. */
#include "drivers/host_setting.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"

static const struct setting {
	const char *option, *path;
	const char *on; /* what the option's "on" means there; NULL: its own text */
} settings[] = {
	{"ksm", "/sys/kernel/mm/ksm/run", "1"},
	{"thp", "/sys/kernel/mm/transparent_hugepage/enabled", NULL},
	{"halt_poll_ns", "/sys/module/kvm/parameters/halt_poll_ns", NULL},
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static size_t holders;

/* What the options want written; NULL: the host stays as it is. Caller frees. */
static char *wanted(const struct setting *setting, const struct libvirt_options *options)
{
	const struct option_row *row = option_find(libvirt_rows, setting->option);
	cleanup_free char *text = option_text(row, options);

	if (!libvirt_option_is_set(options, row) || strcmp(text, "off") == 0)
		return NULL;
	return str_dup(setting->on ? setting->on : text);
}

/* The value; of a choice such as "always [madvise] never" the one in brackets. Caller frees. */
static char *value_now(const struct setting *setting)
{
	char *line = file_read_line(setting->path);
	char *chosen = line ? strchr(line, '[') : NULL;

	if (!chosen)
		return line;
	char *value = str_printf("%.*s", (int)strcspn(chosen + 1, "]"), chosen + 1);
	free(line);
	return value;
}

/* Not base's file_write, which renames a new file into place. */
static int value_write(const struct setting *setting, const char *value, struct error *e)
{
	cleanup_fd int fd = open(setting->path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_errno(
			e, errno, "%s: write %s to %s", setting->option, value, setting->path);
	cleanup_free char *now = value_now(setting);
	if (!now || strcmp(now, value) != 0)
		return error_set(e, "%s: %s is %s after writing %s", setting->option, setting->path,
			now ? now : "unreadable", value);
	return 0;
}

static char *record_path(const char *campaign_id, const struct setting *setting)
{
	cleanup_free char *run = own_run_dir(campaign_id);

	return str_printf("%s/before-%s", run, setting->option);
}

/* The first value before counts: a second guest finds what the first has set. */
static int setting_hold(
	const char *campaign_id, const struct setting *setting, const char *value, struct error *e)
{
	cleanup_free char *record = record_path(campaign_id, setting);
	cleanup_free char *now = value_now(setting);

	if (!now)
		return error_set(e, "%s: %s is unreadable", setting->option, setting->path);
	if (!file_exists(record) && file_write(record, now, strlen(now), e) < 0)
		return -1;
	return strcmp(now, value) == 0 ? 0 : value_write(setting, value, e);
}

int host_settings_possible(const struct libvirt_options *options, struct error *why_not)
{
	for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
		cleanup_free char *value = wanted(&settings[i], options);
		if (value && access(settings[i].path, W_OK) < 0)
			return error_errno(
				why_not, errno, "%s: %s", settings[i].option, settings[i].path);
	}
	return 0;
}

size_t host_settings_restore(const char *campaign_id)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
		cleanup_free char *record = record_path(campaign_id, &settings[i]);
		cleanup_free char *before = file_read_line(record);
		if (!before)
			continue;
		count += value_write(&settings[i], before, NULL) == 0;
		unlink(record);
	}
	return count;
}

int host_settings_hold(
	const char *campaign_id, const struct libvirt_options *options, struct error *e)
{
	int status = 0;

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; status == 0 && i < ARRAY_COUNT(settings); i++) {
		cleanup_free char *value = wanted(&settings[i], options);
		if (value)
			status = setting_hold(campaign_id, &settings[i], value, e);
	}
	if (status == 0)
		holders++;
	else if (holders == 0)
		host_settings_restore(campaign_id);
	pthread_mutex_unlock(&mutex);
	return status;
}

void host_settings_release(const char *campaign_id)
{
	pthread_mutex_lock(&mutex);
	if (--holders == 0)
		host_settings_restore(campaign_id);
	pthread_mutex_unlock(&mutex);
}

char *host_setting_read(const char *option)
{
	for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
		if (strcmp(settings[i].option, option) == 0)
			return value_now(&settings[i]);
	}
	return NULL;
}
