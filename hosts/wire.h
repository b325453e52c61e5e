/* What tare and tare-host exchange, as JSON: conversion from structs and back, with every received
 * value checked. Used by both. */
#ifndef TARE_HOSTS_WIRE_H
#define TARE_HOSTS_WIRE_H

#include <jansson.h>

#include "counters/counters.h"
#include "drivers/driver.h"
#include "hosts/host.h"

enum { WIRE_PROTOCOL = 1 };
/* How tare-host's first line begins. */
#define WIRE_HELLO "{\"tare-host\":"

/* Further words of "tare-host serve". */
#define SERVE_PULSE "pulse"
#define SERVE_HOST_NETWORK "host-network"

/* {"name": "canonical text"} of every option. A new reference. */
json_t *wire_options(const struct driver *driver, const void *options);
/* A new option struct with these values; caller frees with options_free. NULL: invalid option or
 * value. */
void *wire_options_read(const struct driver *driver, const json_t *object, struct error *e);

json_t *wire_facts(const struct host_facts *facts);
int wire_facts_read(const json_t *object, struct host_facts *facts, struct error *e);
void wire_facts_free(struct host_facts *facts); /* what it points to */

json_t *wire_network(const struct network *network);
/* Caller frees with wire_network_free. */
int wire_network_read(const json_t *object, struct network **out, struct error *e);
/* Frees only the object, not the network itself. */
void wire_network_free(struct network *network);

json_t *wire_counters(const struct storage_counters *counters);
int wire_counters_read(const json_t *object, struct storage_counters *out, struct error *e);

/* --- wire_counting.c --- */

json_t *wire_counters_list(const struct counter_list *list);
/* Adds to the list, also where it fails. */
int wire_counters_list_read(const json_t *array, struct counter_list *list, struct error *e);

/* --- wire.c --- */

/* The part of the spec that the remote host does not know: without options, image and network. */
json_t *wire_spec(const struct machine_spec *spec);
/* Strings point into the object; *pin is allocated. */
int wire_spec_read(
	const json_t *object, struct machine_spec *spec, unsigned **pin, struct error *e);

/* A new string object from arbitrary bytes: if they are not valid UTF-8, everything but ASCII text
 * is replaced by '?'. */
json_t *wire_text(const char *bytes, size_t count);

/* Whether text may be the name of an image, or of a file in it. */
bool wire_image_word_valid(const char *text);

#endif
