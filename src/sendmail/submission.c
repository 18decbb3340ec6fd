#include <config.h>

#include "sendmail/submission.h"

#include <sys/types.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/envelope.h"
#include "mail/unique.h"
#include "sendmail/caller.h"
#include "sendmail/complete.h"
#include "sendmail/deposit.h"
#include "sendmail/input.h"
#include "sendmail/process.h"
#include "sendmail/recipients.h"
#include "sendmail/signals.h"
#include "sendmail/submitter.h"
#include "spool/config.h"
#include "spool/rewrite.h"

struct submission {
	struct submitter *submitter;
	struct buf *error;
	struct envelope envelope;
	bool in_header;		/* recipients, with this notify */
	unsigned notify;
	bool replaced;		/* the sender, by the configuration */
	struct buf header;	/* as it came */
	struct deposit *deposit;
};

struct submission *
submission_new(struct submitter *submitter, struct buf *error)
{
	struct submission *s = xcalloc(1, sizeof(*s));

	s->submitter = submitter;
	s->error = error;
	s->envelope.uid = submitter->caller->uid;
	s->envelope.require_tls = submitter->require_tls;
	return s;
}

void
submission_free(struct submission *s)
{
	deposit_close(s->deposit);
	envelope_free(&s->envelope);
	buf_free(&s->header);
	free(s);
}

const char *
submission_id(const struct submission *s)
{
	return deposit_id(s->deposit);
}

int
submission_sender(struct submission *s, const char *text)
{
	struct buf caller = { 0 }, spec = { 0 };
	const char *wrong;

	if (text == NULL) {
		submitter_address(s->submitter, &caller);
		text = caller.data;
	}
	buf_adds(&spec, "");
	wrong = rewrite_sender(s->submitter->rewrite, text, &spec,
	    &s->replaced, NULL);
	free(s->envelope.sender);
	s->envelope.sender = xstrdup(spec.data);
	if (wrong != NULL)
		buf_printf(s->error, "sender '%s': %s", text, wrong);
	buf_free(&caller);
	buf_free(&spec);
	return wrong == NULL ? EX_OK : EX_DATAERR;
}

static void
ask(struct envelope *e, size_t first, unsigned notify, const char *orcpt)
{
	for (size_t i = first; i < e->nrecipients; i++) {
		e->recipients[i].notify = notify;
		if (orcpt != NULL)
			e->recipients[i].orcpt = xstrdup(orcpt);
	}
}

int
submission_recipients(struct submission *s, const char *text,
    unsigned notify, const char *orcpt)
{
	struct envelope *e = &s->envelope;
	size_t n = e->nrecipients;

	if (recipients_add_word(e, text, s->submitter->rewrite,
	    s->error) == -1) {
		envelope_truncate(e, n);
		return EX_DATAERR;
	}
	ask(e, n, notify, orcpt);
	return EX_OK;
}

size_t
submission_count(const struct submission *s)
{
	return s->envelope.nrecipients;
}

void
submission_dsn(struct submission *s, unsigned ret, const char *envid)
{
	s->envelope.ret = ret;
	free(s->envelope.envid);
	s->envelope.envid = envid != NULL ? xstrdup(envid) : NULL;
}

void
submission_require_tls(struct submission *s)
{
	s->envelope.require_tls = true;
}

void
submission_header_recipients(struct submission *s, unsigned notify)
{
	s->in_header = true;
	s->notify = notify;
}

static int
read_error(struct submission *s)
{
	if (errno == EINTR) {
		buf_adds(s->error, "interrupted before the end of the message");
		return EX_TEMPFAIL;
	}
	if (errno == EFBIG) {
		buf_printf(s->error, "the header is larger than %d bytes",
		    HEADER_MAX);
		return EX_DATAERR;
	}
	buf_printf(s->error, "cannot read the message: %s", strerror(errno));
	return EX_IOERR;
}

/* Mail that would go astray had better not go. */
static int
check_files(struct submission *s)
{
	const char *trouble = rewrite_trouble(s->submitter->rewrite);

	if (trouble == NULL)
		return EX_OK;
	buf_adds(s->error, trouble);
	return EX_TEMPFAIL;
}

static int
find_recipients(struct submission *s)
{
	struct envelope *e = &s->envelope;
	size_t n = e->nrecipients;

	if (s->in_header) {
		if (recipients_add_header(e, &s->header,
		    s->submitter->rewrite, s->error) == -1)
			return EX_DATAERR;
		ask(e, n, s->notify, NULL);
	}
	if (e->nrecipients == 0) {
		buf_printf(s->error, "no recipients: %s", s->in_header ?
		    "the header names none in To, Cc or Bcc" :
		    "name them as arguments, or use -t and name them in To, "
		    "Cc or Bcc");
		return EX_USAGE;
	}
	unique_recipients(e);
	return check_files(s);
}

/* Who the caller is gets looked up only where From is missing. */
static void
add_header(struct submission *s, struct buf *out)
{
	struct submitter *by = s->submitter;
	struct buf author = { 0 };
	struct origin o = {
		.id = deposit_id(s->deposit),
		.host = by->host,
		.domain = by->domain,
		.sender = s->envelope.sender,
		.author = s->replaced && by->cfg->rewrite_from ?
		    s->envelope.sender : NULL,
		.full_name = by->full_name,
		.uid = by->caller->uid,
		.now = (time_t)(deposit_arrival(s->deposit) / 1000000),
	};

	buf_remove(&s->header, '\0');
	if (!complete_has_from(&s->header)) {
		submitter_address(by, &author);
		if (*o.sender == '\0')
			o.sender = author.data;
		if (o.full_name == NULL)
			o.full_name = by->caller->full_name;
	}
	complete_header(&s->header, &o, out);
	buf_adds(out, "\r\n");
	buf_free(&author);
}

static int
write_message(struct submission *s, struct input *in)
{
	struct buf header = { 0 };
	int status, more;

	add_header(s, &header);
	status = deposit_header(s->deposit, &header);
	buf_free(&header);
	for (more = 1; status == EX_OK && more == 1; ) {
		status = deposit_body(s->deposit, in->text);
		errno = EINTR;
		more = signals_interrupted() ? -1 : input_body(in);
	}
	if (status == EX_OK && more == -1)
		return read_error(s);
	return status;
}

/*
 * So that a script that sends what it should not is found by its user, its
 * program and its directory.
 */
static void
log_submission(const struct submission *s)
{
	const struct caller *c = s->submitter->caller;
	struct buf who = { 0 };

	buf_adds(&who, "");
	process_describe(c->pid, &who);
	if (c->directory != NULL)
		buf_printf(&who, " cwd=%s", c->directory);
	log_event("pickup", deposit_id(s->deposit), "uid=%lu from=<%s>%s",
	    (unsigned long)c->uid, s->envelope.sender, who.data);
	buf_free(&who);
}

int
submission_take(struct submission *s, struct input *in)
{
	struct submitter *by = s->submitter;
	int status;

	/* Without any, there is no need to read: this says so. */
	if (s->envelope.nrecipients == 0 && !s->in_header)
		return find_recipients(s);
	if (input_header(in, &s->header) == -1)
		return read_error(s);
	if ((status = find_recipients(s)) != EX_OK ||
	    (status = deposit_open(&s->deposit, submitter_spool(by), by->cfg,
	    &s->envelope, s->error)) != EX_OK ||
	    (status = write_message(s, in)) != EX_OK ||
	    (status = deposit_commit(s->deposit)) != EX_OK)
		return status;
	log_submission(s);
	return EX_OK;
}
