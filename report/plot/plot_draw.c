/* Drawing figures: gnuplot is run once per figure, several at a time. See plot.h. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "report/plot/plot.h"

enum { DRAWERS_MAX = 16 };

static const double gnuplot_timeout_s = 60;

/* What a gnuplot that failed left is no figure. */
static void remove_drawn(const struct plot *plot, const char *dir)
{
	static const char *const suffixes[] = {"svg", "png", "pdf"};

	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
		cleanup_free char *path = str_printf("%s/%s.%s", dir, plot->name, suffixes[i]);
		unlink(path);
	}
}

static int write_caption(const struct plot *plot, const char *dir, struct error *e)
{
	cleanup_free char *path = str_printf("%s/%s.txt", dir, plot->name);
	cleanup_free char *caption = str_printf("%s%s%s\n", plot->title,
		plot->note && plot->note[0] ? ". " : "", plot->note ? plot->note : "");

	return file_write(path, caption, strlen(caption), e);
}

int plot_draw(const struct plot *plot, const char *dir, struct error *e)
{
	cleanup_free char *script = str_printf("%s/%s.gp", dir, plot->name);
	cleanup_free char *data = str_printf("%s/%s.dat", dir, plot->name);
	cleanup_text struct text enter = {0};
	cleanup_argv struct argv argv = {0};

	if (file_write(script, plot->script.bytes, plot->script.count, e) < 0 ||
		file_write(data, plot->data.bytes, plot->data.count, e) < 0 ||
		write_caption(plot, dir, e) < 0)
		return -1;
	/* The script names its files without a directory, so that it can be moved and run again. */
	text_add(&enter, "cd '");
	for (const char *c = dir; *c; c++)
		text_add_bytes(&enter, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1);
	text_add(&enter, "'");
	cleanup_free char *file = str_printf("%s.gp", plot->name);
	/* -d: the user's own settings have no effect. */
	argv_add_all(&argv, "gnuplot", "-d", "-e", enter.bytes, file, NULL);
	if (process_check(&argv, gnuplot_timeout_s, e) == 0)
		return 0;
	remove_drawn(plot, dir);
	return error_prefix(e, "cannot draw %s", plot->name);
}

struct drawing {
	const struct plot *plots;
	size_t count;
	const char *dir;
	atomic_size_t next;
	struct error *errors;
};

static void *draw_some(void *context)
{
	struct drawing *drawing = context;
	size_t i;

	while ((i = atomic_fetch_add(&drawing->next, 1)) < drawing->count)
		plot_draw(&drawing->plots[i], drawing->dir, &drawing->errors[i]);
	return NULL;
}

void plot_draw_all(const struct plot *plots, size_t count, const char *dir, struct error *errors)
{
	struct drawing drawing = {.plots = plots, .count = count, .dir = dir, .errors = errors};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[DRAWERS_MAX];
	size_t drawers = cpus < 2 ? 0 : (size_t)cpus - 1;

	drawers = drawers < DRAWERS_MAX ? drawers : DRAWERS_MAX;
	drawers = drawers < count ? drawers : count;
	for (size_t i = 0; i < drawers; i++)
		if (pthread_create(&threads[i], NULL, draw_some, &drawing) != 0)
			drawers = i;
	draw_some(&drawing);
	for (size_t i = 0; i < drawers; i++)
		pthread_join(threads[i], NULL);
}
