#include <config.h>

#include "smtp/transaction.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/dsn.h"
#include "mail/job.h"
#include "mail/verdict.h"
#include "smtp/content.h"
#include "smtp/ehlo.h"
#include "smtp/fault.h"
#include "smtp/flight.h"
#include "smtp/pipeline.h"
#include "smtp/progress.h"
#include "smtp/session.h"
#include "smtp/stream.h"
#include "smtp/tls.h"

enum {
	/*
	 * A message of this size costs less than the round trip that it
	 * would take to learn first whether a recipient is accepted.
	 */
	ONE_FLIGHT = 64 * 1024,
};

struct transaction {
	struct pipeline *pipeline;
	struct session *session;
	const struct job *job;
	int fd;
	struct flight *flight;
	struct progress *progress;
};

/*
 * MAIL FROM with BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET and ENVID (RFC
 * 3461), REQUIRETLS (RFC 8689), and SIZE (RFC 1870), which means nothing once
 * MAIL is accepted.
 */
static int
mail(struct transaction *t)
{
	const struct capabilities *offered = t->session->offered;
	const struct job *job = t->job;
	struct buf line = { 0 }, size = { 0 };
	int result;

	buf_printf(&line, "MAIL FROM:<%s>", job->sender);
	if (offered->eightbitmime && job->eightbit)
		buf_adds(&line, " BODY=8BITMIME");
	if (job->utf8)
		buf_adds(&line, " SMTPUTF8");
	if (offered->dsn && job->ret != DSN_RET_NONE)
		buf_printf(&line, " RET=%s",
		    dsn_ret_name((enum dsn_ret)job->ret));
	if (offered->dsn && job->envid != NULL)
		buf_printf(&line, " ENVID=%s", job->envid);
	if (offered->require_tls && job->require_tls)
		buf_adds(&line, " REQUIRETLS");
	buf_adds(&size, "");
	if (offered->size)
		buf_printf(&size, " SIZE=%jd", (intmax_t)job->size);
	result = pipeline_mail(t->pipeline, t->flight, line.data, size.data);
	buf_free(&line);
	buf_free(&size);
	return result;
}

/* Nothing is added to what was asked; what became too long is left out. */
static void
add_notification(const struct job_recipient *r, struct buf *line)
{
	struct buf orcpt = { 0 };

	if (r->notify != 0) {
		buf_adds(line, " NOTIFY=");
		dsn_print_notify(r->notify, line);
	}
	if (r->orcpt == NULL)
		return;
	dsn_add_orcpt(&orcpt, r->orcpt);
	if (orcpt.len <= DSN_ORCPT_MAX)
		buf_printf(line, " ORCPT=%s", orcpt.data);
	buf_free(&orcpt);
}

static int
rcpt(struct transaction *t, size_t recipient)
{
	const struct job_recipient *r = &t->job->recipients[recipient];
	struct buf line = { 0 };
	int result;

	buf_printf(&line, "RCPT TO:<%s>", r->address);
	if (t->session->offered->dsn)
		add_notification(r, &line);
	result = pipeline_say(t->pipeline, t->flight, STAGE_RCPT, recipient,
	    line.data);
	buf_free(&line);
	return result;
}

static int
envelope(struct transaction *t)
{
	if (mail(t) == -1)
		return -1;
	for (size_t i = 0; i < t->job->nrecipients; i++) {
		if (t->progress->refused)
			break;
		if (rcpt(t, i) == -1)
			return -1;
	}
	return 0;
}

/*
 * The rest of the message cannot be had.  The connection is dropped, once
 * those are heard of that are on their way, so that what was sent of it is
 * not taken for all.
 */
static int
file_fails(struct transaction *t)
{
	struct session *s = t->session;
	const char *why = errno == ENODATA ? "it has become shorter" :
	    strerror(errno);

	pipeline_hear_all(t->pipeline);
	s->lost = true;
	session_fail(s, FAULT_SPOOL, "%s: %s", t->job->id, why);
	progress_settle(t->progress, s->end);
	return -1;
}

/* Sends the message, as it is for BDAT or dotted for DATA. */
static int
send_message(struct transaction *t, bool dotted)
{
	struct content content = {
		.fd = t->fd,
		.offset = t->job->offset,
		.left = t->job->size,
		.dotted = dotted,
	};

	do {
		if (content_add(&content,
		    stream_output(t->session->stream)) == -1)
			return file_fails(t);
		if (content.left == 0)
			return pipeline_end(t->pipeline, t->flight);
	} while (pipeline_add(t->pipeline, t->flight) == 0);
	return t->session->ended ? -1 : 0;
}

/*
 * RFC 3030.  A small message goes with its envelope, a large one only after
 * a recipient was accepted.
 */
static int
chunk(struct transaction *t)
{
	if (t->job->size > ONE_FLIGHT &&
	    pipeline_hear_all(t->pipeline) == -1)
		return -1;
	if (flight_is_refused(t->flight))
		return 0;
	session_say(t->session, "BDAT %jd LAST", (intmax_t)t->job->size);
	return send_message(t, false);
}

/*
 * RFC 5321, section 4.1.1.4.  DATA rides with the envelope.  If it was
 * granted although no recipient was accepted, a dot at once ends it (RFC
 * 2920, section 3.1).
 */
static int
data(struct transaction *t)
{
	struct session *s = t->session;

	if (flight_is_refused(t->flight))
		return 0;
	if (pipeline_say(t->pipeline, t->flight, STAGE_DATA, 0,
	    "DATA") == -1 || pipeline_hear_all(t->pipeline) == -1) {
		s->lost = s->lost || t->progress->go_ahead;
		return -1;
	}
	if (!t->progress->go_ahead)
		return 0;
	if (t->progress->naccepted > 0)
		return send_message(t, true);
	session_say(s, ".");
	return pipeline_end(t->pipeline, t->flight);
}

/*
 * Addresses that are not ASCII are for a smarthost that knows them, and there
 * is no other form of them that is sure to mean the same.
 */
static struct verdict
no_smtputf8(const struct transaction *t)
{
	bool sender = !utf8_is_ascii(t->job->sender);

	return verdict_make(sender ? VERDICT_MESSAGE : VERDICT_RECIPIENT,
	    VERDICT_PERMANENT, "5.6.7", "the %s address is not ASCII, but %s "
	    "does not offer SMTPUTF8", sender ? "sender's" : "recipient's",
	    t->session->relay);
}

static bool
is_verified(const struct session *s)
{
	return s->encrypted && tls_verifies(s->tls);
}

/*
 * RFC 8689, section 4.2.1: the session must be with the right one, and that
 * one must go on in the same way.  Notifications, which have no sender, are
 * not lost for want of the latter (section 5).
 */
static bool
lacks_tls(const struct transaction *t)
{
	const struct session *s = t->session;

	return t->job->require_tls && (!is_verified(s) ||
	    (!s->offered->require_tls && *t->job->sender != '\0'));
}

static struct verdict
no_tls(const struct session *s)
{
	if (!is_verified(s))
		return verdict_make(VERDICT_MESSAGE, VERDICT_PERMANENT,
		    "5.7.10", "encryption needed: the sender requires TLS, "
		    "but %s with %s", s->encrypted ? "no certificate was "
		    "verified" : "there is none", s->relay);
	return verdict_make(VERDICT_MESSAGE, VERDICT_PERMANENT, "5.7.30",
	    "REQUIRETLS support required: the sender requires TLS all the "
	    "way, but %s does not offer REQUIRETLS", s->relay);
}

/* What can be told without the smarthost.  Whether there is such a verdict. */
static bool
is_hopeless(struct transaction *t)
{
	const struct capabilities *offered = t->session->offered;
	uint64_t limit = offered->size_limit;
	off_t size = t->job->size;
	struct verdict v;
	off_t length;

	if (lacks_tls(t))
		v = no_tls(t->session);
	else if (t->job->utf8 && !offered->smtputf8)
		v = no_smtputf8(t);
	else if (limit > 0 && (uint64_t)size > limit)
		v = verdict_make(VERDICT_MESSAGE, VERDICT_PERMANENT, "5.3.4",
		    "message of %jd bytes, but %s takes %" PRIu64,
		    (intmax_t)size, t->session->relay, limit);
	/* The sandbox has no fstat, which may be a call that takes a path. */
	else if ((length = lseek(t->fd, 0, SEEK_END)) == -1)
		v = verdict_make(VERDICT_LOCAL, VERDICT_TEMPORARY, "4.3.0",
		    "spool file: %s", strerror(errno));
	else if (length < t->job->offset + size)
		v = verdict_make(VERDICT_LOCAL, VERDICT_TEMPORARY, "4.3.0",
		    "spool file is shorter than its envelope says");
	else
		return false;
	progress_settle(t->progress, &v);
	return true;
}

static int
say(struct transaction *t)
{
	if (is_hopeless(t))
		return 0;
	if (envelope(t) == -1)
		return -1;
	return t->session->offered->chunking ? chunk(t) : data(t);
}

int
transaction_say(struct pipeline *p, struct session *s, const struct job *job,
    int fd)
{
	struct flight *f = pipeline_begin(p, job);
	struct transaction t = {
		.pipeline = p,
		.session = s,
		.job = job,
		.fd = fd,
		.flight = f,
		.progress = f->progress,
	};
	int result = say(&t);

	pipeline_done(p, f);
	return result;
}
