/* How a site's hosts are reached. Private to the room. */
#ifndef TARE_CAMPAIGN_SITE_REACH_H
#define TARE_CAMPAIGN_SITE_REACH_H

#include "campaign/file/campaign.h"
#include "campaign/file/yaml_values.h"

/* The words of a command; a relative path of a program is looked for beside the file first. */
void site_read_words(
	const struct reader *r, const struct yaml_node *node, const char *key, struct argv *words);
/* `reach`: "local", a command, or nothing: ssh, unless the one host is called localhost. `hosts`
 * may be a batch system's name, whose reach it then is. */
void site_read_reach(const struct reader *r, const struct yaml_node *root,
	const struct yaml_node *hosts, struct site *site);

#endif
