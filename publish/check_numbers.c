/* A campaign's reports and tables, made again from its store and compared with what was shipped. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "publish/check_private.h"
#include "publish/remake.h"
#include "report/model/build.h"
#include "report/verdict/decision.h"

/* What was shipped may be longer than what is made here by this: a newer tare may say more. */
enum { MORE_BYTES = 16 << 20 };

/* --- JSON ---------------------------------------------------------------------------------------
 */

struct numbers {
	struct check *check;
	const char *file;
};

static bool compare_json(
	struct numbers *numbers, const char *place, const json_t *shipped, const json_t *made);

/* A newer tare may say more: what was shipped has to be there, and the same. */
static bool compare_objects(
	struct numbers *numbers, const char *place, const json_t *shipped, const json_t *made)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)shipped, key, value)
	{
		cleanup_free char *inner = str_printf("%s%s%s", place, place[0] ? "." : "", key);
		if (!compare_json(numbers, inner, value, json_object_get(made, key)))
			return false;
	}
	return true;
}

static bool compare_arrays(
	struct numbers *numbers, const char *place, const json_t *shipped, const json_t *made)
{
	const json_t *value;
	size_t i;

	json_array_foreach(shipped, i, value)
	{
		cleanup_free char *inner = str_printf("%s[%zu]", place, i);
		if (!compare_json(numbers, inner, value, json_array_get(made, i)))
			return false;
	}
	return true;
}

static bool differs(
	struct numbers *numbers, const char *place, const json_t *shipped, const json_t *made)
{
	cleanup_free char *was = json_dumps(shipped, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	cleanup_free char *is =
		made ? json_dumps(made, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17)) : NULL;

	check_report(numbers->check, numbers->file, "%s is %.40s, but the samples give %.40s",
		place, was, is ? is : "nothing");
	return false;
}

/* Numbers are compared bit by bit. */
static bool compare_json(
	struct numbers *numbers, const char *place, const json_t *shipped, const json_t *made)
{
	if (json_is_object(shipped) && json_is_object(made))
		return compare_objects(numbers, place, shipped, made);
	if (json_is_array(shipped) && json_is_array(made) &&
		json_array_size(shipped) == json_array_size(made))
		return compare_arrays(numbers, place, shipped, made);
	if (!json_equal(shipped, made))
		return differs(numbers, place, shipped, made);
	numbers->check->result->numbers += json_is_number(shipped);
	return true;
}

static void compare_document(
	struct check *check, const char *file, const char *bytes, const struct text *made)
{
	struct numbers numbers = {check, file};
	json_t *shipped = json_loads(bytes, 0, NULL), *again = json_loads(made->bytes, 0, NULL);

	if (!shipped)
		check_report(check, file, "is no JSON");
	else
		compare_json(&numbers, "", shipped, again);
	json_decref(shipped);
	json_decref(again);
}

/* --- files --------------------------------------------------------------------------------------
 */

static void compare_bytes(struct check *check, const char *file, const char *bytes, size_t count,
	const struct text *made)
{
	size_t line = 1, i = 0;

	while (i < count && i < made->count && bytes[i] == made->bytes[i])
		line += bytes[i++] == '\n';
	if (i < count || i < made->count)
		check_report(check, file, "line %zu does not follow from the samples", line);
}

struct folder {
	struct check *check;
	const char *name;
};

static int check_file(void *context, const struct remade_file *made, struct error *e)
{
	const struct folder *folder = context;
	struct check *check = folder->check;
	cleanup_free char *file = str_printf("%s/%s", folder->name, made->name);
	cleanup_free char *path = str_printf("%s/%s", check->directory, file);
	cleanup_free char *bytes = NULL;
	size_t count;

	(void)e;
	if (!check_is_plain(check, file) ||
		file_read(path, made->text->count + MORE_BYTES, &bytes, &count, NULL) < 0) {
		check_report(check, file, "cannot be compared with the samples");
		return 0;
	}
	if (made->layout && strcmp(check->result->version, TARE_VERSION) != 0) {
		check->result->layouts++;
		return 0;
	}
	check->result->files++;
	if (strcmp(made->name, "report.json") == 0)
		compare_document(check, file, bytes, made->text);
	else
		compare_bytes(check, file, bytes, count, made->text);
	return 0;
}

static int check_model(struct check *check, const char *name, const char *directory,
	const struct store_data *data, struct error *e)
{
	struct report_model *model = NULL;
	struct folder folder = {check, name};
	int status = report_model_new(data, &remake_options, &model, e);

	if (status == 0)
		status = decision_apply(model, e);
	if (status == 0)
		status = remake(directory, model, check_file, &folder, e);
	report_model_free(model);
	return status;
}

void check_numbers(struct check *check, const char *folder)
{
	cleanup_free char *directory = str_printf("%s/%s", check->directory, folder);
	cleanup_free char *name = str_printf("%s/campaign.sqlite", folder);
	struct store *store = NULL;
	struct store_data *data = NULL;
	struct error e = {""};
	int status;

	if (!check_is_plain(check, name)) {
		check_report(check, name, "is no store, so that nothing can be made again");
		return;
	}
	status = store_open_sealed(directory, &store, &e);
	if (status == 0)
		status = store_read(store, &data, &e);
	store_close(store);
	if (status == 0)
		status = check_model(check, folder, directory, data, &e);
	if (status < 0)
		check_report(check, name, "cannot be read: %s", e.text);
	store_data_free(data);
}
