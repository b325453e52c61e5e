/* Campaign files made from another one: instead of its targets they have one of them under several
 * names, each with another value of one option. They are whole files, which can be run again. */
#ifndef TARE_BISECT_VARIANTS_H
#define TARE_BISECT_VARIANTS_H

#include "base/yaml.h"

struct variant {
	char name[32];
	const char *value;
};

enum { VARIANTS_MOST = 4 };

struct variants {
	const char *path; /* the campaign file */
	const char
		*target; /* the name of one of its targets; NULL: the only one but the baseline */
	const char *option; /* of the target's driver */
	struct variant list[VARIANTS_MOST];
	size_t count; /* the first one is the baseline */
	/* Go on until it is decided whether the others are worse than the first; not: one block. */
	bool decide;
	const char *delta; /* to decide about; NULL: what the file has */
};

/* Writes the file. Every mistake is added to mistakes; -1 if there is any. */
int variants_write(const struct variants *variants, const char *to, struct yaml_mistakes *mistakes);

#endif
