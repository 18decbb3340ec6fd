#include <config.h>

#include "smtp/flight.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/xmalloc.h"
#include "mail/job.h"
#include "mail/report.h"
#include "smtp/channel.h"
#include "smtp/progress.h"

struct flight *
flight_new(const struct job *job)
{
	struct flight *f = xcalloc(1, sizeof(*f));

	f->slot = job->slot;
	f->begun = date_clock();
	f->progress = xcalloc(1, sizeof(*f->progress));
	progress_init(f->progress, job->nrecipients);
	return f;
}

void
flight_free(struct flight *f)
{
	progress_free(f->progress);
	free(f->progress);
	free(f);
}

bool
flight_is_over(const struct flight *f)
{
	return f->said && f->ndue == 0;
}

bool
flight_is_refused(const struct flight *f)
{
	return f->ndue == 0 && f->progress->naccepted == 0;
}

void
flight_announce(struct flight *f, struct channel *channel)
{
	const struct report sending = {
		.kind = REPORT_SENDING,
		.slot = f->slot,
	};

	if (f->end == 0 || f->announced)
		return;
	channel_report(channel, &sending);
	f->announced = true;
}

void
flight_report(struct flight *f, struct channel *channel)
{
	const struct report done = {
		.kind = REPORT_DONE,
		.slot = f->slot,
		.sending = date_clock() - f->begun,
		.verdicts = f->progress->verdicts,
		.nverdicts = f->progress->nrecipients,
	};

	if (f->reported || !progress_settled(f->progress))
		return;
	channel_report(channel, &done);
	f->reported = true;
}

void
flight_lose(struct flight *f, uint64_t written, const char *why)
{
	if (f->end != 0 && f->end <= written)
		progress_lost(f->progress, why);
}
