#include <config.h>

#include "sendmail/deposit.h"

#include <sys/types.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/entity.h"
#include "mail/envelope.h"
#include "mail/recode.h"
#include "mail/survey.h"
#include "sendmail/privilege.h"
#include "sendmail/signals.h"
#include "spool/config.h"
#include "spool/draft.h"
#include "spool/trigger.h"

struct deposit {
	const struct config *cfg;
	struct envelope *envelope;
	struct buf *error;
	struct draft draft;
	struct draft old;	/* what the second pass replaces */
	struct entity message;	/* without its parameters */
	struct survey survey;	/* of the body */
};

/* What a fatal error, such as no memory, has to take back. */
static struct deposit *unfinished;

void
deposit_take_back(void)
{
	if (unfinished == NULL)
		return;
	privilege_raise();
	draft_abort(&unfinished->draft);
	draft_abort(&unfinished->old);
	privilege_drop();
	unfinished = NULL;
}

/*
 * What an error of the system means to the caller: most pass by themselves or
 * once somebody has made room or given permission, some do not.
 */
static int
spool_error(const struct deposit *d)
{
	const char *advice = "", *reason = strerror(errno);
	int status = EX_TEMPFAIL;

	if (errno == EIO)
		status = EX_IOERR;
	else if (errno == ELOOP || errno == ENAMETOOLONG || errno == ENOTDIR)
		status = EX_OSERR;
	if (errno == EACCES || errno == EPERM)
		advice = "; is sendmail installed setgid to its group, or "
		    "onehop-flush running to take it?";
	buf_printf(d->error, "cannot write to the spool %s: %s%s",
	    d->cfg->spool, reason, advice);
	return status;
}

int
deposit_open(struct deposit **made, int spool, const struct config *cfg,
    struct envelope *e, struct buf *error)
{
	struct deposit *d = xcalloc(1, sizeof(*d));
	int result = -1;

	*made = d;
	d->cfg = cfg;
	d->envelope = e;
	d->error = error;
	d->draft.fd = d->old.fd = -1;
	if (spool == -1)
		return spool_error(d);
	privilege_raise();
	result = draft_create(&d->draft, spool);
	privilege_drop();
	if (result == -1)
		return spool_error(d);
	unfinished = d;
	draft_envelope(&d->draft, e);
	if (e->length <= ENVELOPE_MAX)
		return EX_OK;
	buf_printf(error, "%zu recipients are more than one message can have "
	    "here; send it in parts", e->nrecipients);
	return EX_UNAVAILABLE;
}

void
deposit_close(struct deposit *d)
{
	if (d == NULL)
		return;
	if (unfinished == d)
		deposit_take_back();
	free(d);
}

const char *
deposit_id(const struct deposit *d)
{
	return d->draft.id;
}

uint64_t
deposit_arrival(const struct deposit *d)
{
	return d->draft.arrival;
}

static void
look_for_eightbit(struct deposit *d, const struct buf *piece)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < piece->len; i++)
		bits |= (unsigned char)piece->data[i];
	if (bits & 0x80)
		d->envelope->eightbit = true;
}

static int
add(struct deposit *d, const struct buf *piece)
{
	if (draft_message(&d->draft, piece->data, piece->len) == -1)
		return spool_error(d);
	return EX_OK;
}

/* As long as the message is the caller's own, its size may be too much. */
static int
add_within_limit(struct deposit *d, const struct buf *piece)
{
	uint64_t max = d->cfg->max_size;

	if (d->draft.size + (off_t)piece->len > (off_t)max) {
		buf_printf(d->error, "the message is larger than max-size, "
		    "%llu bytes", (unsigned long long)max);
		return EX_UNAVAILABLE;
	}
	return add(d, piece);
}

int
deposit_header(struct deposit *d, const struct buf *header)
{
	/* Without the empty line. */
	entity_read(header->data, header->data + header->len - 2,
	    ENTITY_IS_MESSAGE, &d->message);
	d->message.parameters = d->message.parameters_end = NULL;
	look_for_eightbit(d, header);
	return add_within_limit(d, header);
}

int
deposit_body(struct deposit *d, const struct buf *piece)
{
	if (piece->len > 0)
		survey_add(&d->survey, piece->data, piece->len);
	return add_within_limit(d, piece);
}

/* Copies the message from the old draft, changed on the way. */
static int
copy(struct deposit *d, struct recode *r)
{
	struct buf piece = { 0 }, out = { 0 };
	int status = EX_OK, more;

	do {
		more = draft_read(&d->old, &piece);
		if (more == -1)
			status = spool_error(d);
		else if (more == 1)
			recode_add(r, piece.data, piece.len, &out);
		else
			recode_finish(r, &out);
		look_for_eightbit(d, &out);
		if (more != -1)
			status = add(d, &out);
		buf_clear(&out);
	} while (status == EX_OK && more == 1);
	buf_free(&piece);
	buf_free(&out);
	return status;
}

/* The second pass, for what the first has found in the body. */
static int
recode(struct deposit *d, enum recode_need need)
{
	struct recode *r;
	int result, status;

	privilege_raise();
	result = draft_restart(&d->draft, d->envelope, &d->old);
	privilege_drop();
	if (result == -1)
		return spool_error(d);
	d->envelope->eightbit = false;
	r = recode_new(need, survey_charset(&d->survey));
	status = copy(d, r);
	recode_free(r);
	if (status != EX_OK)
		return status;
	privilege_raise();
	result = draft_replace(&d->draft, &d->old);
	privilege_drop();
	return result == -1 ? spool_error(d) : EX_OK;
}

int
deposit_commit(struct deposit *d)
{
	enum recode_need need = recode_need(&d->message, &d->survey,
	    d->cfg->mime_label);
	int result, status;

	if (d->survey.eightbit)
		d->envelope->eightbit = true;
	if (need != RECODE_NOTHING && (status = recode(d, need)) != EX_OK)
		return status;
	signals_hold();
	privilege_raise();
	result = draft_commit(&d->draft, d->envelope);
	if (result == 0)
		trigger_write(d->draft.spool, d->draft.id);
	privilege_drop();
	if (result == -1) {
		status = spool_error(d);
		signals_release();
		return status;
	}
	unfinished = NULL;
	return EX_OK;
}
