#include <config.h>

#include "mail/notification.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/utf8.h"
#include "mail/deliverystatus.h"
#include "mail/diagnosis.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/fill.h"
#include "mail/quoted.h"
#include "mail/survey.h"
#include "mail/thread.h"

enum {
	/* Recipients that the text names; the report has them all. */
	NAMED = 100,
	BOUNDARY_SIZE = 32,
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
};

static const struct kind {
	const char *subject;
	const char *action;	/* RFC 3464, section 2.3.3 */
	const char *status;	/* RFC 3463, where the recipient has none */
} kinds[] = {
	[NOTIFICATION_FAILED] = { "Mail not delivered", "failed", "5.0.0" },
	[NOTIFICATION_DELAYED] = { "Mail delayed, but still being tried",
	    "delayed", "4.0.0" },
	[NOTIFICATION_RELAYED] = { "Mail passed on to the smarthost",
	    "relayed", "2.0.0" },
};

/*
 * The notification itself needs SMTPUTF8 when its addresses do, or when it
 * tells of one: that message was such a one, so its sender can read it.
 */
static bool
is_global(const struct notification *n)
{
	const char *const texts[] = {
		n->to, n->about->sender, n->domain, n->host, n->from,
		n->relay,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] != NULL && !utf8_is_ascii(texts[i]))
			return true;
	for (size_t i = 0; i < n->nrecipients; i++)
		if (!utf8_is_ascii(n->recipients[i]->address) ||
		    (n->recipients[i]->orcpt != NULL &&
		    !utf8_is_ascii(n->recipients[i]->orcpt)))
			return true;
	return false;
}

/*
 * Whoever wrote the message could not know the number, so no line of it is a
 * delimiter; "=_" is in no quoted-printable.
 */
static void
make_boundary(const struct notification *n, char boundary[BOUNDARY_SIZE])
{
	snprintf(boundary, BOUNDARY_SIZE, "onehop=_%016" PRIX64, n->random);
}

static void
begin_part(const struct notification *n, const char *type,
    const char *encoding, struct buf *out)
{
	char boundary[BOUNDARY_SIZE];

	make_boundary(n, boundary);
	buf_printf(out, "\r\n--%s\r\nContent-Type: %s\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n", boundary, type, encoding);
}

/*
 * RFC 3464, section 2 wants a human to get the answers, and postmaster is the
 * one address that every domain must have (RFC 5321, section 4.5.1), so that
 * a smarthost which looks it up finds it; of MAILER-DAEMON neither is true.
 * The name is the one that people and their filters know.
 */
static void
add_from(const struct notification *n, bool ascii, struct buf *out)
{
	if (n->from != NULL)
		fill_field(out, ascii, "From: Mail Delivery System <%s>",
		    n->from);
	else
		fill_field(out, ascii,
		    "From: Mail Delivery System <postmaster@%s>", n->domain);
}

/* 8bit: some part of it is, the last one or a global report. */
static void
add_header(const struct notification *n, const char *header, size_t len,
    bool eightbit, struct buf *out)
{
	bool ascii = !is_global(n);
	char date[DATE_SIZE], boundary[BOUNDARY_SIZE];

	date_rfc5322(date, n->now);
	make_boundary(n, boundary);
	fill_field(out, true, "Date: %s", date);
	add_from(n, ascii, out);
	fill_field(out, ascii, "To: %s", n->to);
	thread_add_subject(kinds[n->kind].subject, header, len, out);
	fill_field(out, ascii, "Message-ID: <%s@%s>", n->own_id, n->host);
	thread_add_references(header, len, out);
	buf_printf(out, "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    " boundary=\"%s\"\r\nContent-Transfer-Encoding: %s\r\n", boundary,
	    eightbit ? "8bit" : "7bit");
}

static void
print_duration(char out[64], time_t seconds)
{
	long long s = seconds > 0 ? (long long)seconds : 0;

	if (s >= 2 * DAY)
		snprintf(out, 64, "%lld days", s / DAY);
	else if (s >= 2 * HOUR)
		snprintf(out, 64, "%lld hours", s / HOUR);
	else
		snprintf(out, 64, "%lld minute%s", s / MINUTE,
		    s / MINUTE == 1 ? "" : "s");
}

/* What was said, the last time, in the lines after who said it. */
static void
explain_reason(const struct notification *n, const struct diagnosis *d,
    struct buf *out)
{
	const char *relay = n->relay != NULL ? n->relay : "the smarthost";

	if (d->len == 0)
		fill_text(out, "      ", n->kind == NOTIFICATION_RELAYED ?
		    "What it said is not known." :
		    "No attempt has got as far as this recipient.");
	else if (!d->replied)
		fill_text(out, "      ", "The reason:");
	else if (d->command == NULL)
		fill_text(out, "      ", "%s said:", relay);
	else
		fill_text(out, "      ", "%s said, in reply to %s:", relay,
		    d->command);
	if (d->len > 0)
		fill_text(out, "        ", "%.*s", (int)d->len, d->text);
}

static void
explain_recipient(const struct notification *n, const struct recipient *r,
    struct buf *out)
{
	struct diagnosis d;
	char tried[64];

	diagnosis_read(r->reason, &d);
	fill_text(out, "    ", "<%s>", r->address);
	print_duration(tried, n->now - n->arrival);
	/* Given up for its age, not for what was said (RFC 3463, X.4.7). */
	if (n->kind == NOTIFICATION_FAILED && *d.status == '4')
		fill_text(out, "      ", "It was tried for %s, in vain. This "
		    "is about the last attempt.", tried);
	explain_reason(n, &d, out);
	buf_adds(out, "\r\n");
}

/* What has happened to the message, and what will. */
static void
explain_kind(const struct notification *n, struct buf *out)
{
	const char *whom = n->nrecipients == 1 ? "the recipient below" :
	    "the recipients below";
	char until[DATE_SIZE];

	date_rfc5322(until, n->until);
	switch (n->kind) {
	case NOTIFICATION_FAILED:
		fill_paragraph(out, "The message could not be delivered to %s, "
		    "and nobody will try again.", whom);
		break;
	case NOTIFICATION_DELAYED:
		fill_paragraph(out, "The message could not be delivered to %s "
		    "yet. It is still being tried, until %s, and then given "
		    "up. You need not send it again.", whom, until);
		break;
	case NOTIFICATION_RELAYED:
		fill_paragraph(out, "The message was passed on for %s: %s has "
		    "accepted it. That server does not report deliveries, so "
		    "you will hear no more unless the message fails further "
		    "on.",
		    whom, n->relay != NULL ? n->relay : "the smarthost");
		break;
	}
}

/* What the reader can do, and where the message is. */
static void
explain_rest(const struct notification *n, struct buf *out)
{
	char until[DATE_SIZE];

	if (n->kind == NOTIFICATION_FAILED)
		fill_paragraph(out, "You can check the address, mend what the "
		    "reason names, and send the message again. If that does "
		    "not help, send all of this notification to whoever looks "
		    "after the mail of %s.", n->domain);
	if (n->kind == NOTIFICATION_DELAYED)
		fill_paragraph(out, "You can wait. If it is urgent, tell the "
		    "recipient by other means.");
	if (n->kept != 0) {
		date_rfc5322(until, n->kept);
		fill_paragraph(out, "The whole message is kept until %s in the "
		    "spool of %s, where the administrator finds it as "
		    "failed/%s.", until, n->host, n->id);
	}
	fill_text(out, "", "What follows is a report for programs, and %s.",
	    n->whole ? "the whole message" : "the header of the message");
}

static void
explain(const struct notification *n, struct buf *out)
{
	size_t named = n->nrecipients < NAMED ? n->nrecipients : NAMED;
	char date[DATE_SIZE];

	date_rfc5322(date, n->arrival);
	fill_paragraph(out, "This is about a message that was given to the "
	    "mail system of %s on %s.", n->host, date);
	fill_text(out, "    ", "sender: <%s>", n->about->sender);
	fill_text(out, "    ", "queue ID: %s", n->id);
	buf_adds(out, "\r\n");
	explain_kind(n, out);
	for (size_t i = 0; i < named; i++)
		explain_recipient(n, n->recipients[i], out);
	if (named < n->nrecipients)
		fill_paragraph(out, "The report below names %zu more.",
		    n->nrecipients - named);
	explain_rest(n, out);
}

/*
 * In quoted-printable where it is not ASCII, so that no smarthost needs
 * 8BITMIME for it.
 */
static void
add_explanation(const struct notification *n, struct buf *out)
{
	struct buf text = { 0 };
	struct survey survey = { 0 };
	struct quoted quoted = { 0 };

	explain(n, &text);
	survey_add(&survey, text.data, text.len);
	if (survey.eightbit) {
		begin_part(n, "text/plain; charset=utf-8", "quoted-printable",
		    out);
		quoted_add(&quoted, text.data, text.len, out);
	} else {
		begin_part(n, "text/plain; charset=us-ascii", "7bit", out);
		buf_add(out, text.data, text.len);
	}
	buf_free(&text);
}

static void
add_envid(const struct notification *n, struct buf *out)
{
	const char *envid = n->about->envid;
	struct buf decoded = { 0 };

	if (envid == NULL || dsn_check_envid(envid, strlen(envid)) != NULL)
		return;
	dsn_add_decoded(&decoded, envid, strlen(envid));
	fill_field(out, true, "Original-Envelope-Id: %s", decoded.data);
	buf_free(&decoded);
}

static void
add_report(const struct notification *n, bool global, struct buf *out)
{
	const struct deliverystatus status = {
		.action = kinds[n->kind].action,
		.status = kinds[n->kind].status,
		.relay = n->relay,
		.attempt = n->attempt,
		.until = n->kind == NOTIFICATION_DELAYED ? n->until : 0,
		.global = global,
	};
	char date[DATE_SIZE];

	begin_part(n, global ? "message/global-delivery-status" :
	    "message/delivery-status", global ? "8bit" : "7bit", out);
	date_rfc5322(date, n->arrival);
	add_envid(n, out);
	deliverystatus_add_host("Reporting-MTA", n->host, global, out);
	fill_field(out, true, "Arrival-Date: %s", date);
	fill_field(out, true, "X-Onehop-Queue-ID: %s", n->id);
	deliverystatus_add_address("X-Onehop-Sender", n->about->sender, global,
	    out);
	for (size_t i = 0; i < n->nrecipients; i++)
		deliverystatus_add(&status, n->recipients[i], out);
}

static const char *
returned_type(const struct notification *n, bool global)
{
	if (n->whole)
		return global ? "message/global" : "message/rfc822";
	return global ? "message/global-headers" : "text/rfc822-headers";
}

void
notification_begin(const struct notification *n, const char *header,
    size_t len, struct buf *out)
{
	bool global = is_global(n);
	struct survey survey = { 0 };
	bool eightbit;

	survey_add(&survey, header, len);
	eightbit = n->whole ? n->about->eightbit : survey.eightbit;
	add_header(n, header, len, global || eightbit, out);
	add_explanation(n, out);
	add_report(n, global, out);
	begin_part(n, returned_type(n, global), eightbit ? "8bit" : "7bit",
	    out);
}

void
notification_end(const struct notification *n, struct buf *out)
{
	char boundary[BOUNDARY_SIZE];

	make_boundary(n, boundary);
	buf_printf(out, "\r\n--%s--\r\n", boundary);
}
