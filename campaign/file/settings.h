/* Private to the campaign room: `--set`: a campaign file with some of its values replaced, for a
 * quick try or for hosts that are smaller than the file's author had. */
#ifndef TARE_CAMPAIGN_SETTINGS_H
#define TARE_CAMPAIGN_SETTINGS_H

#include "base/yaml.h"

/* settings: "KEY=VALUE" divided by spaces, NULL: none. KEY is a key of the file ("blocks"), of a
 * map in it ("limits.time"), or BENCHMARK.OPTION for every entry of that benchmark; VALUE a single
 * value or [a,b]. Changes the nodes, and adds the settings to file->source as a comment, so that
 * what is stored and compared is what was run. Mistakes are added. */
void settings_apply(struct yaml_file *file, const char *settings, struct yaml_mistakes *mistakes);

#endif
