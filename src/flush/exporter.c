#include <config.h>

#include "flush/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/log.h"
#include "flush/metrics.h"
#include "spool/config.h"
#include "spool/metrics.h"

/* All in milliseconds. */
enum {
	/* For what belongs together to have happened. */
	MOMENT = 1000,
	/* From one time to the next while things happen, */
	INTERVAL = 5000,
	/* and so many times what it takes, for a long queue. */
	SHARE = 100,
};

static void
write_to_spool(struct exporter *e)
{
	struct buf text = { 0 };

	metrics_print(e->metrics, &text);
	if (metrics_write(e->spool, &text) == -1)
		log_warn("cannot write down what was counted");
	buf_free(&text);
	e->asked = false;
}

/* One line for each change. */
static void
say_result(struct exporter *e, int error)
{
	if (error == e->error)
		return;
	e->error = errno = error;
	if (error == 0)
		log_info("metrics-file %s is written again",
		    e->cfg->metrics_file);
	else if (error == EACCES && e->confined)
		log_warn("cannot write metrics-file %s (another directory "
		    "takes a restart)", e->cfg->metrics_file);
	else
		log_warn("cannot write metrics-file %s",
		    e->cfg->metrics_file);
}

/* Nobody but the collector is to miss it when this fails. */
static void
write_file(struct exporter *e, bool running)
{
	struct buf text = { 0 };
	int error = 0;

	metrics_print(e->metrics, &text);
	if (metrics_of_spool(e->spool, running, &text) == -1 ||
	    io_replace(AT_FDCWD, e->cfg->metrics_file, &text, 0644) == -1)
		error = errno;
	say_result(e, error);
	buf_free(&text);
	e->metrics->changed = false;
	e->at = INT64_MAX;
}

void
exporter_init(struct exporter *e)
{
	e->at = INT64_MAX;
	if (metrics_write(e->spool, NULL) == -1)
		log_warn("cannot remove what another onehop-flush counted");
}

void
exporter_ask(struct exporter *e)
{
	e->asked = true;
}

void
exporter_run(struct exporter *e, int64_t clock)
{
	int64_t begin, end;

	if (e->asked)
		write_to_spool(e);
	if (e->cfg->metrics_file == NULL) {
		e->at = INT64_MAX;
		return;
	}
	if (e->metrics->changed && e->at == INT64_MAX)
		e->at = clock + MOMENT > e->from ? clock + MOMENT : e->from;
	if (clock < e->at)
		return;
	begin = date_monotonic();
	write_file(e, true);
	end = date_monotonic();
	e->from = end + INTERVAL + SHARE * (end - begin);
}

void
exporter_end(struct exporter *e)
{
	write_to_spool(e);
	if (e->cfg->metrics_file != NULL)
		write_file(e, false);
}
