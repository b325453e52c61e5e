/* What goes over the wire between the two ends of a host, as JSON: from the structs and back, with
 * everything checked that comes. Both ends use it; who asks and who answers is not known here. */
#ifndef TARE_HOSTS_WIRE_H
#define TARE_HOSTS_WIRE_H

#include <jansson.h>

#include "drivers/driver.h"
#include "hosts/host.h"

enum { WIRE_PROTOCOL = 1 };
/* How the first line of the far end begins. */
#define WIRE_HELLO "{\"tare-host\":"

/* {"name": "canonical text"} of every option. A new reference. */
json_t *wire_options(const struct driver *driver, const void *options);
/* A new option struct with these values, for options_free; NULL: an option or value is wrong. */
void *wire_options_read(const struct driver *driver, const json_t *object, struct error *e);

json_t *wire_facts(const struct host_facts *facts);
int wire_facts_read(const json_t *object, struct host_facts *facts, struct error *e);
void facts_free(struct host_facts *facts); /* what it points to */

json_t *wire_network(const struct network *network);
/* Caller frees with network_forget. */
int wire_network_read(const json_t *object, struct network **out, struct error *e);
/* Frees the object alone: the network is another's, or stays. */
void network_forget(struct network *network);

json_t *wire_counters(const struct storage_counters *counters);
int wire_counters_read(const json_t *object, struct storage_counters *out, struct error *e);

/* What a start needs that the host cannot know. The spec's options, image and network are not
 * in it. */
json_t *wire_spec(const struct machine_spec *spec);
/* Strings point into the object; *pin is allocated. */
int wire_spec_read(
	const json_t *object, struct machine_spec *spec, unsigned **pin, struct error *e);

/* A new string object of bytes that may be anything: if they are no UTF-8, what is not ASCII text
 * becomes '?'. */
json_t *wire_text(const char *bytes, size_t count);

/* Whether text may be the name of an image, or of a file in it. */
bool image_word_valid(const char *text);

#endif
