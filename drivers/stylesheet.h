/* The user's stylesheet: the last change to a domain's XML. */
#ifndef TARE_DRIVERS_STYLESHEET_H
#define TARE_DRIVERS_STYLESHEET_H

#include "base/error.h"

/* Applies the XSLT 1.0 stylesheet at path to a document; the caller frees the result. NULL on an
 * error, which begins with the stylesheet's path and, where it is known, the line: "PATH:LINE: …".
 * The stylesheet can read and write nothing else. Thread-safe. Needs libxslt on this host. */
char *stylesheet_apply(const char *path, const char *xml, struct error *e);
/* SHA-256 of a text as hexadecimal digits, and of a file's content; NULL where it is unreadable.
 * Callers free. */
char *stylesheet_digest(const char *text);
char *stylesheet_file_digest(const char *path);

#endif
