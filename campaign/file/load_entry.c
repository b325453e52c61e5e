/* Keys that the entries of all benchmarks have: in how many machines it runs, load in the others,
 * and what the network is to be like. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/file/keys.h"
#include "campaign/file/load.h"

#define NONE "none"

static bool is_none(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && strcmp(node->text, NONE) == 0;
}

/* --- machines --------------------------------------------------------------------------------- */

const struct benchmark *load_benchmark_name(const struct reader *r, const struct yaml_node *at)
{
	const struct benchmark *found = benchmark_find(at->text);
	const char *names[128];
	size_t count = 0;

	if (found)
		return found;
	for (size_t i = 0; benchmarks[i] && count < ARRAY_COUNT(names); i++)
		names[count++] = benchmarks[i]->name;
	cleanup_free char *hint = nearest_hint(at->text, names, count);
	MISTAKE(r, at, "benchmarks: there is no benchmark \"%s\"%s", at->text,
		hint[0] ? hint : "; `tare list benchmarks` shows all");
	return NULL;
}

bool load_machines(const struct reader *r, const struct yaml_node *node, bool *all)
{
	if (!yaml_expect(r, node, YAML_SCALAR, "machines"))
		return false;
	*all = strcmp(node->text, "all") == 0;
	if (*all || strcmp(node->text, "one") == 0)
		return true;
	MISTAKE(r, node, "machines: expected one or all, not \"%s\"", node->text);
	return false;
}

/* --- background ------------------------------------------------------------------------------- */

static void read_background_options(const struct reader *r, const struct yaml_node *map,
	const struct campaign_background *background)
{
	const struct option_row *rows = background->benchmark->options;

	keys_check(r, map, background_keys, rows);
	for (const struct option_row *row = rows; row && row->name; row++) {
		const struct yaml_node *value = yaml_get(map, row->name);
		if (value)
			yaml_set_option(r, row, background->options, value);
	}
}

/* The node with the name; a mistake if there is none. */
static const struct yaml_node *background_name(const struct reader *r, const struct yaml_node *node)
{
	const struct yaml_node *name = node->kind == YAML_MAP ? yaml_get(node, "benchmark") : node;

	if (!name)
		MISTAKE(r, node, "background: expected a key \"benchmark\" that names one");
	return name ? yaml_expect(r, name, YAML_SCALAR, "background") : NULL;
}

bool load_background(
	const struct reader *r, const struct yaml_node *node, struct campaign_background **out)
{
	size_t before = r->mistakes->count;
	struct error e = {""};

	*out = NULL;
	if (is_none(node)) {
		*out = mem_new(1, sizeof(**out));
		return true;
	}
	const struct yaml_node *name = background_name(r, node);
	const struct benchmark *benchmark = name ? load_benchmark_name(r, name) : NULL;
	if (!benchmark)
		return false;
	if (benchmark->topology != TOPOLOGY_ONE) {
		MISTAKE(r, name,
			"background: %s needs several machines at once or the machine itself; only "
			"what runs in each machine alone can be load",
			benchmark->name);
		return false;
	}
	struct campaign_background *background = mem_new(1, sizeof(*background));
	background->benchmark = benchmark;
	background->options = options_new(benchmark->options, benchmark->options_size);
	if (node->kind == YAML_MAP)
		read_background_options(r, node, background);
	if (r->mistakes->count == before && benchmark->check &&
		benchmark->check(background->options, &e) < 0)
		MISTAKE(r, node, "background: %s: %s", benchmark->name, e.text);
	if (r->mistakes->count == before) {
		*out = background;
		return true;
	}
	campaign_background_free(background);
	return false;
}

void campaign_background_free(struct campaign_background *background)
{
	if (background && background->benchmark)
		options_free(background->benchmark->options, background->options);
	free(background);
}

char *load_background_text(const struct campaign_background *background)
{
	const struct benchmark *benchmark = background->benchmark;

	if (!benchmark)
		return str_dup(NONE);
	void *defaults = options_new(benchmark->options, benchmark->options_size);
	struct text text = {0};
	for (const struct option_row *row = benchmark->options; row && row->name; row++) {
		cleanup_free char *value = option_text(row, background->options);
		cleanup_free char *usual = option_text(row, defaults);
		if (strcmp(value, usual) != 0)
			text_addf(&text, "%s%s=%s", text.count ? " " : "", row->name, value);
	}
	options_free(benchmark->options, defaults);
	cleanup_free char *options = text_take(&text);
	return options[0] ? str_printf("%s(%s)", benchmark->name, options)
			  : str_dup(benchmark->name);
}

/* --- network ---------------------------------------------------------------------------------- */

static void read_rate(const struct reader *r, const struct yaml_node *map, double *bit_s)
{
	const struct yaml_node *node = yaml_get(map, "rate");
	struct error e = {""};

	if (node && yaml_expect(r, node, YAML_SCALAR, "rate") &&
		conditions_parse_rate(node->text, bit_s, &e) < 0)
		MISTAKE(r, node, "rate: %s", e.text);
}

bool load_conditions(const struct reader *r, const struct yaml_node *node, struct conditions **out)
{
	size_t before = r->mistakes->count;
	struct conditions conditions = {0};
	struct error e = {""};

	*out = NULL;
	if (is_none(node))
		return true;
	if (node->kind != YAML_MAP) {
		MISTAKE(r, node,
			"network: expected none, or a map with delay, jitter, loss or rate");
		return false;
	}
	keys_check(r, node, condition_keys, NULL);
	keys_read(r, node, condition_keys, "delay", &conditions.delay_s);
	keys_read(r, node, condition_keys, "jitter", &conditions.jitter_s);
	keys_read(r, node, condition_keys, "loss", &conditions.loss);
	read_rate(r, node, &conditions.rate_bit_s);
	if (r->mistakes->count == before && conditions_check(&conditions, &e) < 0)
		MISTAKE(r, node, "network: %s", e.text);
	if (r->mistakes->count != before)
		return false;
	*out = mem_new(1, sizeof(**out));
	**out = conditions;
	return true;
}
