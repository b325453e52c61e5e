/* Shell lines in machines that tests have started. */
#ifndef TARE_TESTS_SHELL_H
#define TARE_TESTS_SHELL_H

#include "base/error.h"

struct agent;

/* Greets the machine's agent and runs a shell line below directory: its stdout, or NULL with the
 * error. Caller frees. */
char *shell_run(struct agent *agent, const char *directory, const char *line, struct error *e);
/* The same in any struct that has an agent and a scratch_dir. */
#define rig_shell(machine, line, e) shell_run((machine)->agent, (machine)->scratch_dir, line, e)

#endif
