#include <config.h>

#include "flush/notice.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/failed.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/notification.h"
#include "mail/notify.h"
#include "mail/unique.h"
#include "spool/config.h"
#include "spool/draft.h"
#include "spool/hostname.h"
#include "spool/message.h"
#include "spool/pending.h"
#include "spool/rewrite.h"

enum {
	/* A longer header goes back without its end. */
	HEADER_MAX = 256 * 1024,
	CHUNK = 128 * 1024,
	/* Below it are the system's accounts, as in Debian's login.defs. */
	FIRST_USER = 1000,
};

struct notice {
	const struct subject *subject;
	struct buf host;
	struct buf domain;
	struct buf from;
	struct envelope envelope;
	struct buf header;	/* the original's */
	struct draft draft;
};

static void
add_recipient(void *envelope, const char *address)
{
	envelope_add_recipient(envelope, address);
}

/*
 * The address in From: for a smarthost that takes only those that the
 * configuration has in place of ours.
 */
static void
find_from(struct notice *n, struct rewrite *rw)
{
	bool replaced = false;
	const char *wrong = rewrite_sender(rw, "postmaster", &n->from,
	    &replaced, NULL);

	if (wrong != NULL || !replaced || !n->subject->cfg->rewrite_from)
		buf_clear(&n->from);
}

/*
 * The envelope sender of the original; without its domain if that is what we
 * have given to the name of a system account, which has no mailbox elsewhere.
 * 0, or -1 when it cannot be known now whether it is one.
 */
static int
find_sender(const struct notice *n, struct buf *out)
{
	const struct message *m = n->subject->message;
	const char *sender = m->envelope->sender;
	const char *at = strrchr(sender, '@');
	struct passwd *pw;

	errno = 0;
	pw = m->uid < FIRST_USER ? getpwuid(m->uid) : NULL;
	if (pw == NULL && io_is_trouble(errno))
		return -1;
	if (pw != NULL && at != NULL &&
	    strlen(pw->pw_name) == (size_t)(at - sender) &&
	    strncmp(pw->pw_name, sender, (size_t)(at - sender)) == 0 &&
	    strcasecmp(at + 1, n->domain.data) == 0)
		buf_adds(out, pw->pw_name);
	else
		buf_adds(out, sender);
	return 0;
}

/* 0, or -1 when a file that says to whom it goes cannot be read now. */
static int
address(struct notice *n)
{
	const struct config *cfg = n->subject->cfg;
	struct buf sender = { 0 };
	struct rewrite *rw;
	int result = hostname_both(cfg->domain, &n->host, &n->domain);

	rw = rewrite_open(cfg, n->domain.data, n->host.data);
	if (find_sender(n, &sender) == -1)
		result = -1;
	else if (rewrite_recipient(rw, sender.data, add_recipient, &n->envelope,
	    NULL) != NULL && cfg->admin != NULL)
		envelope_add_recipient(&n->envelope, cfg->admin);
	buf_free(&sender);
	find_from(n, rw);
	if (rewrite_trouble(rw) != NULL)
		result = -1;
	rewrite_close(rw);
	return result;
}

static void
fill_envelope(struct notice *n)
{
	const struct message *about = n->subject->message;
	struct envelope *e = &n->envelope;

	unique_recipients(e);
	/* Nobody is to tell us what became of what we tell. */
	for (size_t i = 0; i < e->nrecipients; i++)
		e->recipients[i].notify = DSN_NEVER;
	e->sender = xstrdup("");
	/* His turns are used up by what is sent back to him, not others'. */
	e->uid = about->uid;
	e->require_tls = about->envelope->require_tls;
}

/* Reads on from there: 1, 0 at the end of the original, or -1 and errno. */
static int
read_piece(const struct notice *n, off_t at, struct buf *piece)
{
	const struct message *m = n->subject->message;
	ssize_t got = pread(m->fd, buf_reserve(piece, CHUNK), CHUNK,
	    m->envelope->length + at);

	if (got > 0)
		buf_grew(piece, (size_t)got);
	return got > 0 ? 1 : (int)got;
}

/* Up to its empty line, or as many of its lines as are taken. */
static int
read_header(struct notice *n)
{
	struct buf *text = &n->header;
	const char *end = NULL;
	int more = 1;

	while (more == 1 && end == NULL && text->len < HEADER_MAX) {
		more = read_piece(n, (off_t)text->len, text);
		if (text->len > 0)
			end = memmem(text->data, text->len, "\r\n\r\n", 4);
	}
	if (end == NULL && text->len > 0)
		end = memrchr(text->data, '\r', text->len - 1);
	text->len = end != NULL ? (size_t)(end + 2 - text->data) : 0;
	if (text->data != NULL)
		text->data[text->len] = '\0';
	return more == -1 ? -1 : 0;
}

static int
add(struct notice *n, const struct buf *piece)
{
	for (size_t i = 0; i < piece->len && !n->envelope.eightbit; i++)
		n->envelope.eightbit = (unsigned char)piece->data[i] > 127;
	return draft_message(&n->draft, piece->data, piece->len);
}

/* The original, in pieces: it may be large. */
static int
add_whole(struct notice *n)
{
	struct buf piece = { 0 };
	int result;
	off_t at = 0;

	while ((result = read_piece(n, at, &piece)) == 1) {
		at += (off_t)piece.len;
		result = add(n, &piece);
		if (result == -1)
			break;
		buf_clear(&piece);
	}
	buf_free(&piece);
	return result;
}

static int
add_all(struct notice *n, const struct notification *text)
{
	struct buf out = { 0 };
	int result;

	notification_begin(text, n->header.data, n->header.len, &out);
	result = add(n, &out);
	if (result == 0)
		result = text->whole ? add_whole(n) : add(n, &n->header);
	buf_clear(&out);
	notification_end(text, &out);
	if (result == 0)
		result = add(n, &out);
	buf_free(&out);
	return result;
}

/* It derives from the original's, so that it is the same if made again. */
static void
own_id(char out[PENDING_NAME_SIZE], const struct pending *p)
{
	char prefix[PENDING_PREFIX_SIZE];

	pending_prefix(p, prefix);
	snprintf(out, PENDING_NAME_SIZE, "%.*s", (int)strlen(prefix) - 1,
	    prefix);
}

static int
write_text(struct notice *n, const struct pending *p,
    const struct recipient *const *list, size_t count)
{
	const struct subject *s = n->subject;
	const struct envelope *about = s->message->envelope;
	time_t arrival = (time_t)(s->arrival / 1000000);
	char id[PENDING_NAME_SIZE];
	struct notification text = {
		.kind = (enum notification_kind)p->kind,
		.about = about,
		.recipients = list,
		.nrecipients = count,
		.id = s->id,
		.own_id = id,
		.host = n->host.data,
		.domain = n->domain.data,
		.from = n->from.len > 0 ? n->from.data : NULL,
		.relay = s->cfg->relay.host,
		.to = about->sender,
		.arrival = arrival,
		.now = date_seconds(),
		.attempt = s->attempt,
		.until = arrival + (time_t)s->cfg->lifetime,
		.whole = notify_whole(about, p->kind, list, count),
	};

	own_id(id, p);
	text.random = (uint64_t)arc4random() << 32 | arc4random();
	if (p->kind == NOTIFICATION_FAILED && !text.whole &&
	    about->ret != DSN_RET_HDRS)
		text.kept = text.now + FAILED_KEPT;
	return add_all(n, &text);
}

static int
write_file(struct notice *n, struct pending *p,
    const struct recipient *const *list, size_t count)
{
	char prefix[PENDING_PREFIX_SIZE];

	fill_envelope(n);
	pending_prefix(p, prefix);
	if (read_header(n) == -1 ||
	    draft_create_as(&n->draft, n->subject->spool, prefix) == -1)
		return -1;
	p->own = n->draft.arrival;
	draft_envelope(&n->draft, &n->envelope);
	if (write_text(n, p, list, count) == 0)
		return draft_leave(&n->draft, &n->envelope);
	draft_abort(&n->draft);
	return -1;
}

enum notice_result
notice_write(const struct subject *s, struct pending *p,
    const struct recipient *const *list, size_t count)
{
	struct notice n = { .subject = s, .draft = { .fd = -1 } };
	enum notice_result result = NOTICE_WRITTEN;

	if (address(&n) == -1) {
		log_warnx_about(s->id, "cannot find out who is to be told of "
		    "it now; it waits for that");
		result = NOTICE_NOT_WRITTEN;
	} else if (n.envelope.nrecipients == 0) {
		log_warnx_about(s->id, "cannot tell its sender <%s>: the "
		    "address is malformed, and there is no admin",
		    s->message->envelope->sender);
		result = NOTICE_NOBODY;
	} else if (write_file(&n, p, list, count) == -1) {
		log_warn_about(s->id, "cannot write a notification to its "
		    "sender; it waits for that");
		result = NOTICE_NOT_WRITTEN;
	}
	envelope_free(&n.envelope);
	buf_free(&n.host);
	buf_free(&n.domain);
	buf_free(&n.from);
	buf_free(&n.header);
	return result;
}
