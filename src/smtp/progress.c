#include <config.h>

#include "smtp/progress.h"

#include <stdlib.h>

#include "base/xmalloc.h"
#include "mail/verdict.h"

void
progress_init(struct progress *p, size_t nrecipients)
{
	*p = (struct progress){ .nrecipients = nrecipients };
	p->steps = xcalloc(nrecipients, sizeof(*p->steps));
	p->verdicts = xcalloc(nrecipients, sizeof(*p->verdicts));
}

void
progress_free(struct progress *p)
{
	free(p->steps);
	free(p->verdicts);
}

bool
progress_settled(const struct progress *p)
{
	for (size_t i = 0; i < p->nrecipients; i++)
		if (p->steps[i] != STEP_SETTLED)
			return false;
	return true;
}

static void
settle_one(struct progress *p, size_t recipient, const struct verdict *v)
{
	p->steps[recipient] = STEP_SETTLED;
	p->verdicts[recipient] = *v;
}

void
progress_settle(struct progress *p, const struct verdict *v)
{
	for (size_t i = 0; i < p->nrecipients; i++)
		if (p->steps[i] != STEP_SETTLED)
			settle_one(p, i, v);
}

static void
settle_accepted(struct progress *p, const struct verdict *v)
{
	for (size_t i = 0; i < p->nrecipients; i++)
		if (p->steps[i] == STEP_ACCEPTED)
			settle_one(p, i, v);
}

/*
 * The message was accepted.  A recipient that was answered with a fault of
 * the relay did not get it, so it is to be tried again.
 */
static void
deliver(struct progress *p, const struct verdict *v)
{
	p->delivered = true;
	settle_accepted(p, v);
	for (size_t i = 0; i < p->nrecipients; i++) {
		if (p->steps[i] == STEP_SETTLED)
			continue;
		p->steps[i] = STEP_SETTLED;
		p->verdicts[i].class = VERDICT_RECIPIENT;
		p->verdicts[i].outcome = VERDICT_TEMPORARY;
	}
}

/* Whether the reply only follows from an earlier refusal. */
static bool
is_moot(const struct progress *p, int stage)
{
	switch (stage) {
	case STAGE_RCPT:
		return p->refused;
	case STAGE_DATA:
	case STAGE_END_OF_DATA:
		return p->naccepted == 0;
	default:
		return false;
	}
}

static void
take_good(struct progress *p, int stage, size_t recipient,
    const struct verdict *v)
{
	if (stage == STAGE_DATA)
		p->go_ahead = true;
	if (is_moot(p, stage))
		return;
	if (stage == STAGE_RCPT) {
		p->steps[recipient] = STEP_ACCEPTED;
		p->naccepted++;
	} else if (stage == STAGE_END_OF_DATA)
		deliver(p, v);
}

static void
take_bad(struct progress *p, int stage, size_t recipient,
    const struct verdict *v)
{
	if (stage == STAGE_MAIL)
		progress_settle(p, v);
	else if (stage == STAGE_RCPT)
		settle_one(p, recipient, v);
	else
		settle_accepted(p, v);
}

bool
progress_reply(struct progress *p, int stage, size_t recipient,
    const struct verdict *v)
{
	if (v->outcome == VERDICT_DELIVERED) {
		take_good(p, stage, recipient, v);
		return true;
	}
	if (is_moot(p, stage))
		return true;
	if (stage == STAGE_MAIL)
		p->refused = true;
	if (v->class != VERDICT_RELAY) {
		take_bad(p, stage, recipient, v);
		return true;
	}
	if (stage == STAGE_RCPT)
		p->verdicts[recipient] = *v;
	return false;
}

void
progress_lost(struct progress *p, const char *why)
{
	struct verdict v;

	if (p->refused)
		return;
	v = verdict_make(VERDICT_MESSAGE, VERDICT_TEMPORARY, "4.4.2",
	    "%s; the message had been sent and may have been delivered", why);
	v.possible_duplicate = true;
	progress_settle(p, &v);
}
