/* What a campaign's folder in a crate has that follows from its store: reports, tidy tables,
 * facts and raw outputs. Made when a crate is published, and again when it is checked. */
#ifndef TARE_PUBLISH_REMAKE_H
#define TARE_PUBLISH_REMAKE_H

#include "base/text.h"
#include "report/model/model.h"

struct remade_file {
	char *name; /* owned; relative to the campaign's folder */
	const char *description;
	/* A report is laid out by the tare that writes it: with another version its bytes may
	 * differ. Everything else has its schema. */
	bool layout;
	struct text text;
};

/* Zero-initialised is empty. */
struct remade_files {
	struct remade_file *list;
	size_t count, capacity;
};

/* How the model that is remade from is made. */
extern const struct report_options remake_options;

/* All of them, from the sealed store in the directory and the model of its data. */
int remake(const char *directory, const struct report_model *model, struct remade_files *files,
	struct error *e);
void remade_files_free(struct remade_files *files);

#endif
