/* tare-host: the part of tare that runs on remote hosts. The site's reach starts it; users need
 * not. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/array.h"
#include "drivers/privileges.h"
#include "hosts/receive.h"
#include "hosts/service.h"
#include "hosts/wire.h"

static const char usage[] =
	"usage: tare-host serve ID WORK_DIR [pulse] [host-network]\n"
	"                                                      own ID's machines until stdin ends\n"
	"       tare-host receive IMAGE FILE SHA256 SIZE       take a file of an image from stdin\n"
	"       tare-host --help | --version\n"
	"tare copies this program to the hosts of a site and starts it there; docs/hosts.md\n"
	"describes its protocol and what a host needs.\n";

static bool has_word(char **words, const char *word)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

static int serve(char **words)
{
	return serve_main(words[0], words[1], has_word(words + 2, SERVE_PULSE));
}

static int receive(char **words)
{
	struct staged_file file = {
		.name = words[1], .sha256 = words[2], .size = strtoull(words[3], NULL, 10)};

	return receive_main(words[0], &file);
}

static int help(char **words)
{
	(void)words;
	fputs(usage, stdout);
	return 0;
}

static int version(char **words)
{
	(void)words;
	puts("tare-host " TARE_VERSION);
	return 0;
}

static const struct {
	const char *name;
	int least, most; /* words */
	bool needs_rights; /* of root, or those of a user namespace */
	int (*run)(char **words);
} verbs[] = {
	{"serve", 2, 4, true, serve},
	{"receive", 4, 4, true, receive},
	{"--help", 0, 0, false, help},
	{"--version", 0, 0, false, version},
};

/* Whether a user namespace can be made, serve says in its first line. If the reach is a child of
 * the orchestrator on this machine, what it starts outlives that to clean up. */
static void take_rights(char **argv)
{
	prctl(PR_SET_PDEATHSIG, 0);
	privileges_take(argv, has_word(argv + 2, SERVE_HOST_NETWORK));
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0 || argc - 2 < verbs[i].least ||
			argc - 2 > verbs[i].most)
			continue;
		if (verbs[i].needs_rights)
			take_rights(argv);
		return verbs[i].run(argv + 2);
	}
	fputs(usage, stderr);
	return 2;
}
