#include <config.h>

#include "flush/batch.h"

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/xmalloc.h"
#include "mail/envelope.h"
#include "mail/job.h"

struct batch *
batch_new(void)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->recipients = xcalloc(JOB_RECIPIENTS, sizeof(*b->recipients));
	return b;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	free(b->recipients);
	free(b);
}

static bool
is_due(const struct envelope *e, size_t i, bool utf8)
{
	const struct recipient *r = &e->recipients[i];
	bool ascii = utf8_is_ascii(e->sender) && utf8_is_ascii(r->address);

	return r->state == RECIPIENT_DUE && ascii != utf8;
}

/* The first of them from i on; nrecipients if there is none. */
static size_t
find_due(const struct envelope *e, size_t i, bool utf8)
{
	while (i < e->nrecipients && !is_due(e, i, utf8))
		i++;
	return i;
}

bool
batch_has_next(const struct batch *b, const struct envelope *e)
{
	return find_due(e, b->next, b->utf8) < e->nrecipients ||
	    (!b->utf8 && find_due(e, 0, true) < e->nrecipients);
}

static void
add(struct batch *b, const struct recipient *r, struct job *job)
{
	job->recipients[b->nrecipients] = (struct job_recipient){
		.address = r->address,
		.notify = r->notify,
		.orcpt = r->orcpt,
	};
	b->recipients[b->nrecipients++] = b->next;
}

void
batch_next(struct batch *b, const struct envelope *e, size_t most,
    struct job *job)
{
	b->nrecipients = 0;
	b->next = find_due(e, b->next, b->utf8);
	if (b->next == e->nrecipients && !b->utf8) {
		b->utf8 = true;
		b->next = find_due(e, 0, true);
	}
	while (b->next < e->nrecipients && b->nrecipients < most) {
		add(b, &e->recipients[b->next], job);
		b->next = find_due(e, b->next + 1, b->utf8);
	}
	job->utf8 = b->utf8;
	job->nrecipients = b->nrecipients;
}

void
batch_put_back(struct batch *b, size_t i)
{
	b->next = b->recipients[i];
}
