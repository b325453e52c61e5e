/* What a campaign's folder in a crate has that follows from its store: reports, tidy tables,
 * facts and raw outputs. Made when a crate is published, and again when it is checked. */
#ifndef TARE_PUBLISH_REMAKE_H
#define TARE_PUBLISH_REMAKE_H

#include "base/text.h"
#include "report/model/model.h"

/* A cell's raw outputs are one file, which has at most this many bytes. */
enum { REMADE_RAW_MOST = 256 << 20 };

struct remade_file {
	const char *name; /* relative to the campaign's folder */
	const char *description;
	/* A report is laid out by the tare that writes it: with another version its bytes may
	 * differ. Everything else has its schema. */
	bool layout;
	const struct text *text;
};

/* What is done with a file, which is gone afterwards. -1 with an error ends the making. */
typedef int remade_found(void *context, const struct remade_file *file, struct error *e);

/* How the model that is remade from is made. */
extern const struct report_options remake_options;

/* All of them, one after the other, from the sealed store in the directory and the model of its
 * data: no two raw outputs of cells are in memory at once. */
int remake(const char *directory, const struct report_model *model, remade_found *found,
	void *context, struct error *e);

#endif
