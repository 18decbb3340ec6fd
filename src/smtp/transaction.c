#include <config.h>

#include "smtp/transaction.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "mail/dsn.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "smtp/channel.h"
#include "smtp/content.h"
#include "smtp/ehlo.h"
#include "smtp/fault.h"
#include "smtp/progress.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "smtp/stream.h"
#include "spool/config.h"

enum {
	/*
	 * A message of this size costs less than the round trip that it
	 * would take to learn first whether a recipient is accepted.
	 */
	ONE_FLIGHT = 64 * 1024,
};

struct transaction {
	struct session *session;
	const struct job *job;
	int fd;
	int channel;
	struct progress progress;
};

struct transaction *
transaction_new(struct session *s, const struct job *job, int fd, int channel)
{
	struct transaction *t = xcalloc(1, sizeof(*t));

	t->session = s;
	t->job = job;
	t->fd = fd;
	t->channel = channel;
	progress_init(&t->progress, job->nrecipients);
	return t;
}

void
transaction_free(struct transaction *t)
{
	progress_free(&t->progress);
	free(t);
}

const struct progress *
transaction_progress(const struct transaction *t)
{
	return &t->progress;
}

/*
 * Takes the reply to what is due next.  A fault of the relay ends the
 * session, but the replies to what has been sent already are still heard,
 * because they say whether the message was accepted; only 421 has nothing
 * after it.  0 or -1.
 */
static int
pop(struct session *s)
{
	struct due due = session_pop_due(s);
	struct progress *p = &due.transaction->progress;
	struct verdict v;

	if (session_hear(s, due.stage, &v) == -1) {
		progress_lost(p, s->end->text);
		return -1;
	}
	if (s->reply->code == 421)
		return session_refused(s, due.stage, &v);
	if (!progress_reply(p, due.stage, due.recipient, &v))
		session_refused(s, due.stage, &v);
	if (p->delivered)
		s->unfinished = false;
	return 0;
}

/* Takes replies until at most this many are due. */
static int
collect(struct session *s, size_t most)
{
	while (s->ndue > most)
		if (pop(s) == -1)
			return -1;
	return s->ended ? -1 : 0;
}

static void
push_due(struct transaction *t, int stage, size_t recipient)
{
	session_push_due(t->session, (struct due){ stage, t, recipient });
}

/* Says a command, as soon as there is room in the window for its reply. */
static int
ask(struct transaction *t, int stage, size_t recipient, const char *command)
{
	session_say(t->session, "%s", command);
	push_due(t, stage, recipient);
	return collect(t->session, session_window(t->session) - 1);
}

/*
 * MAIL FROM with SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET
 * and ENVID (RFC 3461).
 */
static int
mail(struct transaction *t)
{
	const struct capabilities *offered = t->session->offered;
	const struct job *job = t->job;
	struct buf line = { 0 };
	int result;

	buf_printf(&line, "MAIL FROM:<%s>", job->sender);
	if (offered->size)
		buf_printf(&line, " SIZE=%jd", (intmax_t)job->size);
	if (offered->eightbitmime && job->eightbit)
		buf_adds(&line, " BODY=8BITMIME");
	if (job->utf8)
		buf_adds(&line, " SMTPUTF8");
	if (offered->dsn && job->ret != DSN_RET_NONE)
		buf_printf(&line, " RET=%s",
		    dsn_ret_name((enum dsn_ret)job->ret));
	if (offered->dsn && job->envid != NULL)
		buf_printf(&line, " ENVID=%s", job->envid);
	result = ask(t, STAGE_MAIL, 0, line.data);
	buf_free(&line);
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
	result = ask(t, STAGE_RCPT, recipient, line.data);
	buf_free(&line);
	return result;
}

static int
envelope(struct transaction *t)
{
	struct session *s = t->session;

	if (s->unfinished && ask(t, STAGE_RSET, 0, "RSET") == -1)
		return -1;
	s->unfinished = true;
	if (mail(t) == -1)
		return -1;
	for (size_t i = 0; i < t->job->nrecipients; i++) {
		if (t->progress.refused)
			break;
		if (rcpt(t, i) == -1)
			return -1;
	}
	return 0;
}

/*
 * The rest of the message cannot be had: the connection is dropped, so that
 * what was sent of it is not taken for all.
 */
static int
file_fails(struct transaction *t)
{
	struct session *s = t->session;
	const char *why = errno == ENODATA ? "it has become shorter" :
	    strerror(errno);

	s->lost = true;
	session_fail(s, FAULT_SPOOL, "%s: %s", t->job->id, why);
	progress_settle(&t->progress, s->end);
	return -1;
}

static int
hear_end(struct transaction *t)
{
	push_due(t, STAGE_END_OF_DATA, 0);
	return collect(t->session, 0);
}

/*
 * Sends what is left to send, the end of the data.  From here on the message
 * may be delivered, so the flusher hears of it before; if there is none any
 * more, nobody would know, and it is not sent.
 */
static int
send_end(struct transaction *t)
{
	const struct report sending = {
		.kind = REPORT_SENDING,
		.slot = t->job->slot,
	};

	if (channel_report(t->channel, &sending) == -1)
		fatalx(EX_UNAVAILABLE, "%s: the flusher is gone, not sent",
		    t->job->id);
	t->progress.sent = stream_flush(t->session->stream) == 0;
	return hear_end(t);
}

/*
 * Sends the message, as it is for BDAT or dotted for DATA.  When the
 * smarthost takes no more, the reply to the end of data may say why.
 */
static int
send_message(struct transaction *t, bool dotted)
{
	struct session *s = t->session;
	struct content content = {
		.fd = t->fd,
		.offset = t->job->offset,
		.left = t->job->size,
		.dotted = dotted,
	};

	for (;;) {
		if (content_add(&content, stream_output(s->stream)) == -1)
			return file_fails(t);
		stream_set_deadline(s->stream,
		    session_patience(s, STAGE_BDAT));
		if (content.left == 0)
			return send_end(t);
		if (stream_flush(s->stream) == -1)
			return hear_end(t);
	}
}

/*
 * RFC 3030.  A small message goes with its envelope, a large one only after
 * a recipient was accepted.
 */
static int
chunk(struct transaction *t)
{
	struct session *s = t->session;

	if (t->job->size > ONE_FLIGHT && collect(s, 0) == -1)
		return -1;
	if (s->ndue == 0 && t->progress.naccepted == 0)
		return 0;
	session_say(s, "BDAT %jd LAST", (intmax_t)t->job->size);
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

	if (s->ndue == 0 && t->progress.naccepted == 0)
		return 0;
	if (ask(t, STAGE_DATA, 0, "DATA") == -1 || collect(s, 0) == -1) {
		s->lost = s->lost || t->progress.go_ahead;
		return -1;
	}
	if (!t->progress.go_ahead)
		return 0;
	if (t->progress.naccepted > 0)
		return send_message(t, true);
	session_say(s, ".");
	return hear_end(t);
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

/* What can be told without the smarthost.  Whether there is such a verdict. */
static bool
is_hopeless(struct transaction *t)
{
	const struct capabilities *offered = t->session->offered;
	uint64_t limit = offered->size_limit;
	off_t size = t->job->size;
	struct verdict v;
	struct stat st;

	if (t->job->utf8 && !offered->smtputf8)
		v = no_smtputf8(t);
	else if (limit > 0 && (uint64_t)size > limit)
		v = verdict_make(VERDICT_MESSAGE, VERDICT_PERMANENT, "5.3.4",
		    "message of %jd bytes, but %s takes %" PRIu64,
		    (intmax_t)size, t->session->relay, limit);
	else if (fstat(t->fd, &st) == -1)
		v = verdict_make(VERDICT_LOCAL, VERDICT_TEMPORARY, "4.3.0",
		    "spool file: %s", strerror(errno));
	else if (st.st_size < t->job->offset + size)
		v = verdict_make(VERDICT_LOCAL, VERDICT_TEMPORARY, "4.3.0",
		    "spool file is shorter than its envelope says");
	else
		return false;
	progress_settle(&t->progress, &v);
	return true;
}

int
transaction_run(struct transaction *t)
{
	if (is_hopeless(t))
		return 0;
	if (envelope(t) == -1)
		return -1;
	return t->session->offered->chunking ? chunk(t) : data(t);
}
