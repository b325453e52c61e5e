/* Machines as every driver makes and frees them. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "drivers/enter.h"
#include "drivers/local.h"
#include "drivers/privileges.h"

struct machine *machine_new(const struct driver *driver, const struct machine_spec *spec)
{
	struct machine *machine = mem_new(1, sizeof(*machine));

	machine->driver = driver;
	machine->name = str_dup(spec->name);
	machine->emulated = host_is_emulated();
	return machine;
}

int machine_close_dir(const struct machine_spec *spec, bool enters, struct error *e)
{
	bool closed = chmod(spec->work_dir, 0700) == 0 &&
		      (!enters || chown(spec->work_dir, ENTER_OUTSIDE_ID, ENTER_OUTSIDE_ID) == 0);

	return closed ? 0 : error_errno(e, errno, "%s", spec->work_dir);
}

void machine_free(struct machine *machine)
{
	if (!machine)
		return;
	agent_free(machine->agent);
	free(machine->name);
	free(machine->address);
	free(machine->scratch_dir);
	free(machine->share_dir);
	free(machine->log_path);
	free(machine->facts_json);
	free(machine);
}

void machine_stop(struct machine *machine)
{
	if (machine)
		machine->driver->stop(machine);
}

void machine_set_facts(struct machine *machine, json_t *facts)
{
	if (host_is_emulated())
		json_object_set_new(facts, "host_cpu", json_string("emulated"));
	if (!json_object_get(facts, "privileges"))
		json_object_set_new(facts, "privileges", json_string(privileges_text()));
	free(machine->facts_json);
	machine->facts_json = json_dumps(facts, JSON_COMPACT);
	json_decref(facts);
}

char *machine_pinning_text(const char *cpu_list)
{
	return cpu_list && cpu_list[0] ? str_printf("all to %s", cpu_list) : str_dup("none");
}

char *machine_cpu_list(const struct machine_spec *spec)
{
	struct text list = {0};
	cpu_set_t allowed;

	for (size_t i = 0; i < spec->pin_count; i++)
		text_addf(&list, "%s%u", i ? "," : "", spec->pin_cpus[i]);
	if (spec->pin_count > 0 || sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return text_take(&list);
	unsigned found = 0;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && found < spec->cpus; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			text_addf(&list, "%s%u", found++ ? "," : "", cpu);
	}
	return text_take(&list);
}
