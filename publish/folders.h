/* The campaigns that a crate has. */
#ifndef TARE_PUBLISH_FOLDERS_H
#define TARE_PUBLISH_FOLDERS_H

#include "base/error.h"
#include "base/process.h"

/* Adds "campaigns/NAME" for each, in the order of names. Refused: a directory without any. */
int folders_list(const char *crate, struct argv *folders, struct error *e);

#endif
