#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

enum { BAR_CELLS = 20 };

struct progress {
	bool quiet, terminal, shown;
	struct text status; /* the line at the bottom */
	char last[160]; /* the last value */
};

/* For the log hooks, which know no context: there is one display at a time. */
static struct progress *shown_progress;

static void hide(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

static unsigned columns(void)
{
	struct winsize size;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* How many bytes of UTF-8 text fit into so many columns (one each). */
static int fitting_bytes(const char *text, unsigned width)
{
	int bytes = 0;
	for (; text[bytes]; bytes++) {
		bool begins = ((unsigned char)text[bytes] & 0xc0) != 0x80;
		if (begins && width-- == 0)
			break;
	}
	return bytes;
}

static void show(struct progress *p)
{
	if (!p->terminal || !p->status.bytes || p->quiet)
		return;
	fprintf(stderr, "\r%.*s\033[K", fitting_bytes(p->status.bytes, columns() - 1),
		p->status.bytes);
	fflush(stderr);
	p->shown = true;
}

static void hide_for_log(void)
{
	if (shown_progress)
		hide(shown_progress);
}

static void show_after_log(void)
{
	if (shown_progress)
		show(shown_progress);
}

struct progress *progress_new(bool quiet)
{
	struct progress *p = mem_new(1, sizeof(*p));
	p->quiet = quiet;
	p->terminal = isatty(STDERR_FILENO);
	shown_progress = p;
	log_set_hook(hide_for_log, show_after_log);
	return p;
}

void progress_free(struct progress *p)
{
	hide(p);
	log_set_hook(NULL, NULL);
	shown_progress = NULL;
	text_free(&p->status);
	free(p);
}

static void set_status(struct progress *p, const struct run_event *event)
{
	char eta[UNIT_TEXT_BYTES];
	unsigned total = event->total ? event->total : 1;
	unsigned filled = BAR_CELLS * event->done / total;
	text_free(&p->status);
	for (unsigned i = 0; i < BAR_CELLS; i++)
		text_add(&p->status, i < filled ? "█" : "░");
	text_addf(&p->status, " %u/%u", event->done, event->total);
	if (event->failed)
		text_addf(&p->status, " (%u failed)", event->failed);
	if (isfinite(event->eta_s))
		text_addf(&p->status, "  %s left", duration_format(event->eta_s, eta));
	if (event->target)
		text_addf(&p->status, "  block %u/%u  %s %s %s", event->block, event->blocks,
			event->target, event->placement,
			event->kind == RUN_CELL ? event->benchmark : "starting");
	if (p->last[0])
		text_addf(&p->status, "  | %s", p->last);
}

static void print_time(void)
{
	time_t now = time(NULL);
	struct tm local;
	char text[16];
	localtime_r(&now, &local);
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	fprintf(stderr, "%s ", text);
}

/* "[12/60] block 2/3 kvm-virtio 1x1 disk pattern=randread" */
static void print_cell(const struct run_event *event)
{
	fprintf(stderr, "[%u/%u] block %u/%u %s%s %s %s", event->done, event->total, event->block,
		event->blocks, event->target, event->emulated ? " (emulated)" : "",
		event->placement, event->benchmark ? event->benchmark : "machines");
	if (event->parameters && event->parameters[0])
		fprintf(stderr, " %s", event->parameters);
}

static void print_event(const struct progress *p, const struct run_event *event)
{
	bool failure = event->kind == RUN_FAILED || event->kind == RUN_MACHINES_FAIL;
	bool line = failure || event->kind == RUN_MEASURED || event->kind == RUN_NOTE;
	if (!line || (p->quiet && !failure))
		return;
	print_time();
	if (event->target) {
		print_cell(event);
		fputs(failure ? ": FAILED: " : ": ", stderr);
	}
	fprintf(stderr, "%s\n", event->text);
}

void progress_event(void *context, const struct run_event *event)
{
	struct progress *p = context;
	hide(p);
	if (event->kind == RUN_MEASURED)
		snprintf(p->last, sizeof(p->last), "%s %s: %s", event->target, event->benchmark,
			event->text);
	print_event(p, event);
	set_status(p, event);
	if (event->kind != RUN_ENDS)
		show(p);
}
