/* The hosts of a campaign: connected, in the environment that is needed, with image and network. */
#include "campaign/fleet/fleet.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "campaign/file/environment.h"

enum { FAILURES_MAX = 2 };

/* A host that is up answers within this; one that is not is entered, if the site says how. */
static const double usual_answer_limit_s = 30;
static const double patient_timeout_s = 120;
/* A host that is to be entered may go on answering as the old boot; asked so often. */
static const double again_s = 2;

/* --- entering --------------------------------------------------------------------------------- */

static char *replaced(const char *word, const char *what, const char *with)
{
	struct text text = {0};

	for (const char *at; (at = strstr(word, what)); word = at + strlen(what)) {
		text_add_bytes(&text, word, (size_t)(at - word));
		text_add(&text, with);
	}
	text_add(&text, word);
	return text_take(&text);
}

static int run_enter(const struct fleet *fleet, const struct fleet_host *host,
	const struct environment *environment, struct error *e)
{
	cleanup_argv struct argv argv = {0};
	const char *address = host->site->address ? host->site->address : "";

	for (size_t i = 0; i < environment->enter.count; i++) {
		cleanup_free char *named =
			replaced(environment->enter.words[i], "{host}", host->site->name);
		cleanup_free char *word = replaced(named, "{address}", address);
		argv_add(&argv, word);
	}
	return process_check_until(&argv, environment->limit_s, fleet->setup.interrupt_fd, e);
}

static bool interrupted(const struct fleet *fleet)
{
	struct pollfd fd = {.fd = fleet->setup.interrupt_fd, .events = POLLIN};

	return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

/* false: interrupted. */
static bool wait_again(const struct fleet *fleet)
{
	struct pollfd fd = {.fd = fleet->setup.interrupt_fd, .events = POLLIN};

	return poll(&fd, 1, (int)(again_s * 1e3)) <= 0;
}

static int connect_host(struct fleet_host *host, double timeout_s, struct error *e)
{
	if (host_connect(host->host, timeout_s, e) < 0)
		return -1;
	const char *boot_id = host_facts(host->host)->boot_id;
	free(host->boot_id);
	host->boot_id = str_dup(boot_id);
	host->data_ready = false;
	return 0;
}

/* The command may come back before the host goes down, and the old boot answers; or the host may
 * answer before all of it is up: asked again until the deadline. What a host that goes down refuses
 * says nothing of the one that comes up. */
static int await_environment(const struct fleet *fleet, struct fleet_host *host,
	const struct environment *environment, double deadline_s, struct error *e)
{
	cleanup_free char *boot_before = str_dup(host->boot_id);

	for (;;) {
		double left_s = deadline_s - clock_monotonic_s();
		struct error why = {""};
		if (connect_host(host, left_s > 1 ? left_s : 1, &why) < 0)
			error_prefix(
				&why, "it did not come back from entering %s", environment->name);
		else if (environment_entered(
				 environment, host_facts(host->host), boot_before, &why) < 0)
			error_prefix(&why, "host is still not in %s after entering it",
				environment->name);
		else
			return 0;
		host_disconnect(host->host);
		if (clock_monotonic_s() + again_s > deadline_s || !wait_again(fleet))
			return error_set(e, "%s", why.text);
	}
}

static int enter(const struct fleet *fleet, struct fleet_host *host,
	const struct environment *environment, struct error *e)
{
	double begun_s = clock_monotonic_s(), deadline_s = begun_s + environment->limit_s;

	if (environment->enter.count == 0)
		return error_set(e,
			"it is not in environment %s, and the site does not say how to enter it; "
			"boot it into that, or add enter: to the site file",
			environment->name);
	host_disconnect(host->host);
	host->environment = NULL;
	host->data_ready = false;
	int status = run_enter(fleet, host, environment, e);
	host->entering_s = clock_monotonic_s() - begun_s;
	if (status < 0)
		return error_prefix(e, "cannot enter %s", environment->name);
	if (await_environment(fleet, host, environment, deadline_s, e) < 0)
		return -1;
	host->environment = environment;
	return 0;
}

/* --- one host --------------------------------------------------------------------------------- */

static bool is_in(const struct fleet_host *host, const struct environment *environment)
{
	return host_connected(host->host) && (!environment || host->environment == environment);
}

/* A host that is up says itself what it is in, so that it is not rebooted for nothing. */
static int connect_as_it_is(struct fleet *fleet, struct fleet_host *host,
	const struct environment *environment, struct error *e)
{
	bool can_enter = environment && environment->enter.count > 0;
	const struct environment *before = host->environment;
	cleanup_free char *boot_before = str_dup(host->boot_id);
	double limit_s = fleet->setup.answer_limit_s > 0 ? fleet->setup.answer_limit_s
							 : usual_answer_limit_s;

	if (connect_host(host, can_enter ? limit_s : patient_timeout_s, e) < 0)
		return -1;
	bool same_boot = boot_before && host->boot_id && strcmp(boot_before, host->boot_id) == 0;
	host->environment = environment_recognise(fleet->setup.site, host_facts(host->host));
	/* It was entered and cannot tell: then it is as long as it does not boot. */
	if (!host->environment && before && !environment_tells(before) && same_boot)
		host->environment = before;
	return 0;
}

static int set_up_data(struct fleet *fleet, struct fleet_host *host, struct error *e)
{
	const struct site_data *data = &fleet->setup.site->data;

	if (host->data_ready)
		return 0;
	host->network = NULL;
	host->probed_count = 0;
	if (fleet->setup.image && host_stage_image(host->host, e) < 0)
		return -1;
	const struct host_data wanted = {
		data->host_network, data->interface, data->bridge, data->prefix};
	if (fleet->setup.needs_network && host_network(host->host, &wanted, &host->network, e) < 0)
		return -1;
	host->data_ready = true;
	return 0;
}

static int bring(struct fleet *fleet, struct fleet_host *host,
	const struct environment *environment, struct error *e)
{
	bool can_enter = environment && environment->enter.count > 0;
	struct error why = {""};

	/* One that answers and refuses would do so after a boot as well. */
	if (!host_connected(host->host) && connect_as_it_is(fleet, host, environment, &why) < 0 &&
		(!can_enter || !host_seems_down(host->host)))
		return error_set(e, "%s", why.text);
	bool there = host_connected(host->host) && host->environment == environment;
	if (environment && !there && enter(fleet, host, environment, e) < 0)
		return -1;
	/* A site of this machine alone was checked when it was read. */
	if (fleet->setup.site->reach.count > 0 &&
		environment_check_capacity(host->site, host_facts(host->host), e) < 0)
		return -1;
	return set_up_data(fleet, host, e);
}

static int make_ready(struct fleet *fleet, struct fleet_host *host,
	const struct environment *environment, struct error *e)
{
	double begun_s = clock_monotonic_s();

	/* One that was idle may have been lost meanwhile, which is no target's fault. */
	if (is_in(host, environment) && host->data_ready && host_answers(host->host))
		return 0;
	host->entering_s = 0;
	int status = bring(fleet, host, environment, e);
	fleet->setup.entered(fleet->setup.context, (size_t)(host - fleet->hosts),
		environment ? environment : host->environment, clock_monotonic_s() - begun_s,
		host->entering_s, status < 0 ? e->text : NULL);
	return status;
}

/* --- all of them ------------------------------------------------------------------------------ */

struct readiness {
	struct fleet *fleet;
	const struct environment *environment;
};

static size_t environment_index(const struct fleet *fleet, const struct environment *environment)
{
	const struct site *site = fleet->setup.site;

	return environment ? (size_t)(environment - site->environments) : site->environment_count;
}

static void make_host_ready(void *context, size_t index)
{
	const struct readiness *readiness = context;
	struct fleet_host *host = &readiness->fleet->hosts[index];
	struct error e = {""};

	host->is_ready = make_ready(readiness->fleet, host, readiness->environment, &e) == 0;
	size_t place = environment_index(readiness->fleet, readiness->environment);
	unsigned *failures = &host->failures[place];
	if (host->is_ready) {
		*failures = 0;
		return;
	}
	host->failure = e;
	host->reasons[place] = e;
	if (!interrupted(readiness->fleet))
		++*failures;
}

int fleet_ready(struct fleet *fleet, size_t first, size_t count,
	const struct environment *environment, struct error *e)
{
	struct readiness readiness = {fleet, environment};

	schedule_each(fleet->schedule, first, count, make_host_ready, &readiness);
	for (size_t h = first; h < first + count; h++)
		if (!fleet->hosts[h].is_ready)
			return error_set(e, "%s: %s", fleet->hosts[h].site->name,
				fleet->hosts[h].failure.text);
	return 0;
}

struct probing {
	struct fleet *fleet;
	const struct campaign_target *target;
};

static void probe(void *context, size_t index)
{
	const struct probing *probing = context;
	const struct campaign_target *target = probing->target;
	struct fleet_host *host = &probing->fleet->hosts[index];
	struct error why_not = {""};

	host->why_not = (struct error){""};
	for (size_t i = 0; i < host->probed_count; i++)
		if (host->probed[i] == target)
			return;
	if (host_probe(host->host, target->driver, target->options, &why_not) < 0) {
		error_set(&host->why_not, "%s cannot run on %s: %s", target->name, host->site->name,
			why_not.text);
		return;
	}
	array_reserve(&host->probed, &host->probed_capacity, host->probed_count + 1);
	host->probed[host->probed_count++] = target;
}

int fleet_probe(struct fleet *fleet, size_t first, size_t count,
	const struct campaign_target *target, struct error *e)
{
	struct probing probing = {fleet, target};

	if (fleet->setup.site->reach.count == 0)
		return 0;
	schedule_each(fleet->schedule, first, count, probe, &probing);
	for (size_t h = first; h < first + count; h++)
		if (error_is_set(&fleet->hosts[h].why_not)) {
			*e = fleet->hosts[h].why_not;
			return -1;
		}
	return 0;
}

bool fleet_given_up(const struct fleet *fleet, size_t first, size_t count,
	const struct environment *environment, struct error *e)
{
	size_t index = environment_index(fleet, environment);

	for (size_t h = first; h < first + count; h++) {
		const struct fleet_host *host = &fleet->hosts[h];
		if (host->failures[index] < FAILURES_MAX)
			continue;
		error_set(e,
			"%s is given up%s%s: preparing it failed %d times in a row, last with: "
			"%s",
			host->site->name, environment ? " for " : "",
			environment ? environment->name : "", FAILURES_MAX,
			host->reasons[index].text);
		return true;
	}
	return false;
}

/* Whether a host without Xen can be told by the version of its hypervisor. */
static bool wants_qemu_version(const struct site *site)
{
	for (size_t i = 0; i < site->environment_count; i++) {
		const struct environment *environment = &site->environments[i];
		if (environment->hypervisor_version &&
			(!environment->hypervisor || strcmp(environment->hypervisor, "xen") != 0))
			return true;
	}
	return false;
}

struct fleet *fleet_new(const struct fleet_setup *setup, struct error *e)
{
	const struct site *site = setup->site;
	struct schedule *schedule = schedule_new(site->host_count, e);

	if (!schedule)
		return NULL;
	struct fleet *fleet = mem_new(1, sizeof(*fleet));
	fleet->setup = *setup;
	fleet->schedule = schedule;
	fleet->count = site->host_count;
	fleet->hosts = mem_new(fleet->count, sizeof(*fleet->hosts));
	for (size_t h = 0; h < fleet->count; h++) {
		struct fleet_host *host = &fleet->hosts[h];
		host->site = &site->hosts[h];
		host->failures = mem_new(site->environment_count + 1, sizeof(*host->failures));
		host->reasons = mem_new(site->environment_count + 1, sizeof(*host->reasons));
		host->log_path =
			!setup->directory || site->reach.count == 0
				? NULL
				: str_printf("%s/%s.log", setup->directory, host->site->name);
		struct host_spec spec = {
			.name = host->site->name,
			.reach = &site->reach,
			.address = host->site->address,
			.campaign_id = setup->campaign_id,
			.work_dir = site->work_dir,
			.log_path = host->log_path,
			.image = setup->image,
			.agent_path = setup->agent_path,
			.interrupt_fd = setup->interrupt_fd,
			.wants_qemu_version = wants_qemu_version(site),
			.pulse = site->batch != NULL,
			.host_network = site->data.host_network,
			.boot_limit_s = setup->boot_limit_s,
		};
		host->host = host_new(&spec);
	}
	return fleet;
}

static void disconnect(void *context)
{
	const struct fleet_host *host = context;

	host_disconnect(host->host);
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	schedule_wait(fleet->schedule);
	for (size_t h = 0; h < fleet->count; h++)
		schedule_add(fleet->schedule, h, 1, disconnect, &fleet->hosts[h]);
	schedule_wait(fleet->schedule);
	for (size_t h = 0; h < fleet->count; h++) {
		host_free(fleet->hosts[h].host);
		free(fleet->hosts[h].log_path);
		free(fleet->hosts[h].probed);
		free(fleet->hosts[h].failures);
		free(fleet->hosts[h].reasons);
		free(fleet->hosts[h].boot_id);
	}
	schedule_free(fleet->schedule);
	free(fleet->hosts);
	free(fleet);
}
