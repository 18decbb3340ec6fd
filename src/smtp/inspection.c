#include <config.h>

#include "smtp/inspection.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <openssl/x509.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/finding.h"
#include "mail/verdict.h"
#include "smtp/authentication.h"
#include "smtp/certificate.h"
#include "smtp/connect.h"
#include "smtp/ehlo.h"
#include "smtp/findings.h"
#include "smtp/remedy.h"
#include "smtp/session.h"
#include "smtp/tls.h"
#include "spool/config.h"
#include "spool/value.h"

enum {
	/* Days before its end at which a certificate is worth a word. */
	EXPIRES_SOON = 14,
};

/* Says what has ended the session. */
static void
say_fault(const struct inspection *i, const struct session *s,
    const struct trial *t)
{
	const struct symptom symptom = {
		.fault = s->fault,
		.config = i->config,
		.offered = s->offered,
		.chain = s->tls != NULL ? tls_chain(s->tls) : NULL,
		.problem = s->tls != NULL ? tls_problem(s->tls) : X509_V_OK,
		.loopback = t->connection.loopback,
		.account = i->account,
	};

	findings_fault(&symptom, t->address, s->detail);
}

static void
say_certificate(const struct trial *t, X509 *certificate, int number,
    bool accepted)
{
	int days = certificate_days_left(certificate);
	bool soon = accepted && days < EXPIRES_SOON;
	struct buf text = { 0 };

	certificate_describe(certificate, &text);
	if (soon)
		findings_say(FINDING_WARNING, "When it has expired, no mail "
		    "goes out; the smarthost needs a new one before.", NULL,
		    "%s: certificate %d: %s: %d day%s left",
		    t->address, number, text.data, days,
		    days == 1 ? "" : "s");
	else
		findings_say(accepted ? FINDING_OK : FINDING_NOTE, NULL, NULL,
		    "%s: certificate %d: %s", t->address, number, text.data);
	buf_free(&text);
}

static void
say_chain(const struct session *s, const struct trial *t)
{
	const struct stack_st_X509 *chain = s->tls != NULL ?
	    tls_chain(s->tls) : NULL;

	for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++)
		say_certificate(t, sk_X509_value(chain, i), i + 1,
		    s->encrypted);
}

/* How the way to it is protected. */
static void
say_protection(const struct inspection *i, const struct session *s,
    const struct trial *t)
{
	bool weak = !s->encrypted || !tls_verifies(s->tls);
	struct buf text = { 0 }, remedy = { 0 };

	session_describe(s, &text);
	remedy_begin(i->config, &remedy);
	buf_adds(&remedy, "tls required");
	if (weak && !t->connection.loopback)
		findings_say(FINDING_WARNING, "Who is on the way can read the "
		    "mail, or pass for the smarthost.", remedy.data, "%s: %s",
		    t->address, text.data);
	else
		findings_say(weak ? FINDING_NOTE : FINDING_OK, NULL, NULL,
		    "%s: %s", t->address, text.data);
	buf_free(&text);
	buf_free(&remedy);
}

/* Which of the extensions that we use there are, and which not. */
static void
say_extensions(const struct capabilities *offered)
{
	const struct {
		const char *name;
		bool offered;
	} all[] = {
		{ "SIZE", offered->size },
		{ "8BITMIME", offered->eightbitmime },
		{ "SMTPUTF8", offered->smtputf8 },
		{ "DSN", offered->dsn },
		{ "PIPELINING", offered->pipelining },
		{ "CHUNKING", offered->chunking },
		{ "REQUIRETLS", offered->require_tls },
	};
	struct buf lists[2] = { { 0 }, { 0 } };

	for (size_t n = 0; n < sizeof(all) / sizeof(all[0]); n++)
		buf_printf(&lists[all[n].offered], " %s", all[n].name);
	findings_say(FINDING_OK, NULL, NULL, "it offers%s%s%s",
	    lists[1].len > 0 ? lists[1].data : " no extension",
	    lists[0].len > 0 ? "; not" : "",
	    lists[0].len > 0 ? lists[0].data : "");
	for (int n = 0; n < 2; n++)
		buf_free(&lists[n]);
}

static void
say_offers(const struct inspection *i, const struct capabilities *offered)
{
	uint64_t limit = offered->size_limit;
	struct buf remedy = { 0 };

	say_extensions(offered);
	if (!offered->smtputf8)
		findings_say(FINDING_NOTE, NULL, NULL, "mail to or from "
		    "addresses that are not ASCII is sent back, as it does "
		    "not offer SMTPUTF8");
	if (limit == 0 || limit >= i->config->max_size)
		return;
	remedy_begin(i->config, &remedy);
	buf_adds(&remedy, "max-size ");
	value_print_size(limit, &remedy);
	findings_say(FINDING_WARNING, "A larger message is taken here and "
	    "then sent back; with max-size its sender hears of it at once.",
	    remedy.data, "it takes messages of up to %" PRIu64 " bytes, but "
	    "max-size is %" PRIu64, limit, i->config->max_size);
	buf_free(&remedy);
}

/* The password is used for one address only: a wrong one is tried once. */
static int
authenticate(const struct inspection *i, struct session *s,
    const struct trial *t)
{
	if (i->config->user == NULL) {
		if (s->offered->mechanisms[0] != '\0')
			findings_say(FINDING_NOTE, NULL, NULL, "it offers "
			    "authentication (%s), but user is not set",
			    s->offered->mechanisms);
		return 0;
	}
	if (i->anonymous) {
		findings_say(FINDING_NOTE, NULL, NULL, "authentication as %s "
		    "was not tried, nor mail from %s, for want of a password",
		    i->config->user, i->sender != NULL ? i->sender : "anybody");
		return -1;
	}
	if (authentication_run(s, i->credentials) == -1) {
		say_fault(i, s, t);
		return -1;
	}
	findings_say(FINDING_OK, NULL, NULL, "authenticated as %s by %s",
	    i->config->user, s->mechanism);
	return 0;
}

/*
 * Whether a refusal is about the recipient (RFC 3463, section 3.2 and 3.3).
 * Servers such as Postfix say only then, too, what they have against a sender.
 */
static bool
is_about_recipient(int stage, const struct verdict *v)
{
	static const char *const senders[] = { "5.1.7", "5.1.8" };

	if (stage != STAGE_RCPT || (strncmp(v->status, "5.1.", 4) != 0 &&
	    strncmp(v->status, "5.2.", 4) != 0))
		return false;
	return strcmp(v->status, senders[0]) != 0 &&
	    strcmp(v->status, senders[1]) != 0;
}

/* What most providers take is the address of whom they know. */
static void
say_refused(const struct inspection *i, int stage, const struct verdict *v)
{
	const char *user = i->config->user;
	bool known = user != NULL && value_address(user) == NULL &&
	    strcmp(user, i->sender) != 0;
	struct buf remedy = { 0 };

	remedy_begin(i->config, &remedy);
	if (is_about_recipient(stage, v))
		buf_adds(&remedy, "admin ADDRESS, which has a mailbox");
	else
		buf_printf(&remedy, "envelope-from %s", known ? user :
		    "ADDRESS, which the smarthost accepts");
	findings_say(FINDING_WRONG, "Mail from this machine is refused and "
	    "goes back to its sender, or is lost.", remedy.data,
	    "mail from <%s>%s%s%s is refused: %s", i->sender,
	    stage == STAGE_RCPT ? " to <" : "",
	    stage == STAGE_RCPT ? i->recipient : "",
	    stage == STAGE_RCPT ? ">" : "", v->text);
	buf_free(&remedy);
}

/* Says one command of a transaction.  0 when it is accepted, or -1. */
static int
ask(const struct inspection *i, struct session *s, const struct trial *t,
    int stage)
{
	struct verdict v;

	if (session_hear(s, stage, &v) == -1) {
		say_fault(i, s, t);
		return -1;
	}
	if (v.outcome == VERDICT_DELIVERED)
		return 0;
	if (v.class == VERDICT_RELAY) {
		session_refused(s, stage, &v);
		say_fault(i, s, t);
	} else if (v.outcome == VERDICT_TEMPORARY)
		findings_say(FINDING_WARNING, "Mail waits until this is over.",
		    NULL, "mail from <%s> is deferred: %s", i->sender, v.text);
	else
		say_refused(i, stage, &v);
	return -1;
}

/* The beginning of a transaction, which is then taken back. */
static void
ask_envelope(const struct inspection *i, struct session *s,
    const struct trial *t)
{
	bool utf8 = s->offered->smtputf8 && (!utf8_is_ascii(i->sender) ||
	    !utf8_is_ascii(i->recipient));
	struct verdict v;
	int result;

	session_say(s, "MAIL FROM:<%s>%s", i->sender, utf8 ? " SMTPUTF8" : "");
	result = ask(i, s, t, STAGE_MAIL);
	if (result == 0) {
		session_say(s, "RCPT TO:<%s>", i->recipient);
		result = ask(i, s, t, STAGE_RCPT);
	}
	if (result == 0)
		findings_say(FINDING_OK, NULL, NULL, "mail from <%s> to <%s> "
		    "is accepted", i->sender, i->recipient);
	if (s->lost)
		return;
	session_say(s, "RSET");
	session_hear(s, STAGE_RSET, &v);
}

static void
ask_all(struct inspection *i, struct session *s, const struct trial *t)
{
	say_protection(i, s, t);
	if (i->done)
		return;
	i->done = true;
	say_offers(i, s->offered);
	if (authenticate(i, s, t) == 0 && i->sender != NULL)
		ask_envelope(i, s, t);
}

void
inspection_run(struct inspection *i, const struct trial *t, struct tls *tls)
{
	struct session *s = session_new(i->config, &t->connection, tls);
	bool open;

	if (tls != NULL)
		tls_keep_chain(tls);
	open = session_open(s, i->helo) == 0;
	say_chain(s, t);
	if (open)
		ask_all(i, s, t);
	else
		say_fault(i, s, t);
	session_close(s);
}
