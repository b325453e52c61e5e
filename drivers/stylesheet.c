/* XSLT by libxslt, which is loaded when a stylesheet is first applied: tare-host runs on hosts that
 * need not have it. */
#include "drivers/stylesheet.h"

#include <dlfcn.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltutils.h>
#include <pthread.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "drivers/xml.h"

enum { SHEET_LIMIT = 1 << 20 };

/* What is used of the library. */
/* clang-format off */
#define FUNCTIONS(f) \
	f(xsltParseStylesheetDoc) f(xsltFreeStylesheet) \
	f(xsltNewTransformContext) f(xsltFreeTransformContext) \
	f(xsltApplyStylesheetUser) f(xsltSaveResultToString) \
	f(xsltSetGenericErrorFunc) f(xsltSetTransformErrorFunc) \
	f(xsltNewSecurityPrefs) f(xsltFreeSecurityPrefs) \
	f(xsltSetSecurityPrefs) f(xsltSetDefaultSecurityPrefs) \
	f(xsltSetCtxtSecurityPrefs) f(xsltSecurityForbid)
/* clang-format on */
#define FUNCTION_MEMBER(name) __typeof__(name) *(name);
#define FUNCTION_LOAD(function) \
	lib.function = (__typeof__(function) *)dlsym(handle, #function); \
	complete &= lib.function != NULL;

static struct {
	FUNCTIONS(FUNCTION_MEMBER)
} lib;
static bool is_loaded;
/* Its error function is of the whole process. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int library_load(struct error *e)
{
	void *handle = is_loaded ? NULL : dlopen("libxslt.so.1", RTLD_NOW | RTLD_LOCAL);
	bool complete = true;

	if (is_loaded)
		return 0;
	if (!handle)
		return error_set(e, "libxslt is not on this host: apt-get install libxslt1.1");
	FUNCTIONS(FUNCTION_LOAD)
	is_loaded = complete;
	return complete ? 0 : error_set(e, "libxslt on this host is too old");
}

/* --- messages -------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) collect(void *context, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_addv(context, format, args);
	va_end(args);
}

/* Of libxslt's lines "… error: file PATH line N element NAME" the number, of the others the words:
 * "PATH:N: WORDS; WORDS". libxml2 marks a place in the line above with a line of its own. */
static void set_message(struct error *e, const char *path, const char *said)
{
	cleanup_free char *copy = str_dup(said ? said : "");
	cleanup_text struct text words = {0};
	long number = 0;

	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		const char *at = strstr(line, " error: file ") ? strstr(line, " line ") : NULL;
		if (at && number == 0)
			number = strtol(at + strlen(" line "), NULL, 10);
		bool is_mark = line[strspn(line, " ")] == '^';
		if (*line && !at && !is_mark && strcmp(line, "error") != 0)
			text_addf(&words, "%s%s", words.count ? "; " : "", line);
	}
	if (words.count == 0)
		text_add(&words, "the transformation failed");
	text_one_line(words.bytes);
	if (number > 0)
		error_set(e, "%s:%ld: %s", path, number, words.bytes);
	else
		error_set(e, "%s: %s", path, words.bytes);
}

/* --- applying -------------------------------------------------------------------------------- */

/* Forbids everything. */
static xsltSecurityPrefsPtr forbid_all(void)
{
	static const xsltSecurityOption options[] = {XSLT_SECPREF_READ_FILE,
		XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY, XSLT_SECPREF_READ_NETWORK,
		XSLT_SECPREF_WRITE_NETWORK};
	xsltSecurityPrefsPtr prefs = lib.xsltNewSecurityPrefs();

	for (size_t i = 0; i < ARRAY_COUNT(options); i++)
		lib.xsltSetSecurityPrefs(prefs, options[i], lib.xsltSecurityForbid);
	return prefs;
}

/* The result's text; NULL where the transformation failed, with what it said. */
static char *transform(
	xsltStylesheetPtr sheet, xmlDocPtr document, xsltSecurityPrefsPtr prefs, struct text *said)
{
	xsltTransformContextPtr context = lib.xsltNewTransformContext(sheet, document);
	xmlChar *bytes = NULL;
	int count = 0;
	char *text = NULL;

	lib.xsltSetTransformErrorFunc(context, said, collect);
	lib.xsltSetCtxtSecurityPrefs(prefs, context);
	xmlDocPtr result = lib.xsltApplyStylesheetUser(sheet, document, NULL, NULL, NULL, context);
	/* A refused access and a message that terminates are in the state alone. */
	if (result && context->state == XSLT_STATE_OK &&
		lib.xsltSaveResultToString(&bytes, &count, result, sheet) == 0)
		text = str_dup(bytes ? (const char *)bytes : "");
	xmlFree(bytes);
	xmlFreeDoc(result);
	lib.xsltFreeTransformContext(context);
	return text;
}

static char *apply(const char *path, xmlDocPtr sheet_document, xmlDocPtr document, struct error *e)
{
	cleanup_text struct text said = {0};
	char *text = NULL;

	lib.xsltSetGenericErrorFunc(&said, collect);
	xmlSetGenericErrorFunc(&said, collect);
	xsltSecurityPrefsPtr prefs = forbid_all();
	lib.xsltSetDefaultSecurityPrefs(prefs);
	xsltStylesheetPtr sheet = lib.xsltParseStylesheetDoc(sheet_document);
	/* It owns its document where it could be parsed. */
	if (sheet && sheet->errors == 0)
		text = transform(sheet, document, prefs, &said);
	if (!text)
		set_message(e, path, said.bytes);
	if (sheet)
		lib.xsltFreeStylesheet(sheet);
	else
		xmlFreeDoc(sheet_document);
	lib.xsltSetDefaultSecurityPrefs(NULL);
	lib.xsltFreeSecurityPrefs(prefs);
	lib.xsltSetGenericErrorFunc(NULL, NULL);
	xmlSetGenericErrorFunc(NULL, NULL);
	return text;
}

char *stylesheet_apply(const char *path, const char *xml, struct error *e)
{
	cleanup_free char *source = NULL;
	char *text = NULL;
	size_t count;

	if (file_read(path, SHEET_LIMIT, &source, &count, e) < 0)
		return NULL;
	pthread_mutex_lock(&mutex);
	xmlDocPtr sheet = library_load(e) == 0 ? xml_parse(source, path, e) : NULL;
	xmlDocPtr document = sheet ? xml_parse(xml, "the domain", e) : NULL;
	if (document)
		text = apply(path, sheet, document, e);
	else
		xmlFreeDoc(sheet);
	xmlFreeDoc(document);
	pthread_mutex_unlock(&mutex);
	return text;
}

/* --- digests --------------------------------------------------------------------------------- */

char *stylesheet_digest(const char *text)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	return str_dup(SHA256Data((const uint8_t *)text, strlen(text), hex));
}

char *stylesheet_file_digest(const char *path)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	return str_dup(SHA256File(path, hex));
}
