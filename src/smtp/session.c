#include <config.h>

#include "smtp/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/verdict.h"
#include "smtp/connect.h"
#include "smtp/ehlo.h"
#include "smtp/fault.h"
#include "smtp/reply.h"
#include "smtp/stream.h"
#include "smtp/tls.h"
#include "spool/config.h"

/* RFC 5321, section 4.5.3.2, in seconds; it leaves out those of others. */
static const unsigned patience[STAGE_MAX] = {
	[STAGE_GREETING] = 300,
	[STAGE_EHLO] = 300,
	[STAGE_STARTTLS] = 300,
	[STAGE_AUTH] = 300,
	[STAGE_MAIL] = 300,
	[STAGE_RCPT] = 300,
	[STAGE_DATA] = 120,
	[STAGE_BDAT] = 180,		/* "data block" */
	[STAGE_END_OF_DATA] = 600,
	[STAGE_RSET] = 300,
	[STAGE_QUIT] = 5,		/* a courtesy that nobody needs */
};

struct session *
session_new(const struct config *config, const struct connection *c,
    struct tls *tls)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->config = config;
	s->relay = c->name;
	s->loopback = c->loopback;
	s->stream = stream_new(c->fd);
	s->tls = tls;
	s->offered = xcalloc(1, sizeof(*s->offered));
	s->reply = xcalloc(1, sizeof(*s->reply));
	s->end = xcalloc(1, sizeof(*s->end));
	return s;
}

double
session_patience(const struct session *s, int stage)
{
	double seconds = patience[stage], timeout = (double)s->config->timeout;

	if (timeout > 0 && (stage != STAGE_QUIT || timeout < seconds))
		return timeout;
	return seconds;
}

int
session_fail(struct session *s, int fault, const char *fmt, ...)
{
	va_list ap;

	if (s->ended)
		return -1;
	va_start(ap, fmt);
	vsnprintf(s->detail, sizeof(s->detail), fmt, ap);
	va_end(ap);
	*s->end = fault_verdict((enum fault)fault, s->relay, s->config->file,
	    s->detail);
	s->fault = fault;
	s->ended = true;
	return -1;
}

int
session_refused(struct session *s, int stage, const struct verdict *v)
{
	int fault = (int)fault_of_reply(stage, s->reply->code);

	if (s->ended)
		return -1;
	session_fail(s, fault, "%s", v->text);
	s->end->outcome = v->outcome;
	return -1;
}

void
session_say(struct session *s, const char *fmt, ...)
{
	struct buf *out = stream_output(s->stream);
	char *line;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) == -1)
		fatal(EX_TEMPFAIL, "memory");
	va_end(ap);
	buf_adds(out, line);
	buf_adds(out, "\r\n");
	freezero(line, strlen(line));
}

/* Reads a reply.  What cannot be read leaves nothing to go on with. */
static int
read_reply(struct session *s, int stage)
{
	enum reply_state state = REPLY_INCOMPLETE;
	const char *line = "";
	enum fault fault = FAULT_LOST;
	size_t len;

	reply_init(s->reply);
	while (state == REPLY_INCOMPLETE &&
	    (line = stream_line(s->stream, &len)) != NULL)
		state = reply_add(s->reply, line, len);
	if (state == REPLY_COMPLETE)
		return 0;
	s->lost = true;
	s->garbled = line != NULL || stream_is_garbled(s->stream);
	if (stage == STAGE_GREETING && line == NULL)
		fault = FAULT_GREETING;
	else if (s->garbled)
		fault = FAULT_PROTOCOL;
	return session_fail(s, (int)fault, "%.200s (at %s)",
	    line != NULL ? line : stream_error(s->stream),
	    stage_name((enum smtp_stage)stage));
}

int
session_read(struct session *s, int stage, struct verdict *v)
{
	/* When writing has failed, what has already come in may say why. */
	stream_set_deadline(s->stream, stream_error(s->stream)[0] == '\0' ?
	    session_patience(s, stage) : 0);
	if (read_reply(s, stage) == -1)
		return -1;
	/* The capabilities stand one on a line. */
	if (stage != STAGE_EHLO || s->reply->code >= 300)
		reply_join(s->reply);
	if (s->reply->code == 421)
		s->lost = true;
	*v = verdict_of_reply((enum smtp_stage)stage, s->reply->code,
	    s->reply->text);
	return 0;
}

bool
session_is_ahead(struct session *s, int stage)
{
	const char *text;
	size_t len;

	/* If this fails, the next read does, and says so. */
	stream_poke(s->stream);
	text = stream_input(s->stream, &len);
	if (stage == STAGE_END_OF_DATA)
		return !reply_is_harmless(text, len);
	return len > 0 && strncmp(text, "421", 3) != 0;
}

int
session_hear(struct session *s, int stage, struct verdict *v)
{
	/* It is no answer to what was not said yet. */
	if (stage != STAGE_GREETING && session_is_ahead(s, stage)) {
		s->lost = true;
		session_fail(s, FAULT_PROTOCOL, "a reply before %s",
		    stage_name((enum smtp_stage)stage));
		return -1;
	}
	stream_set_deadline(s->stream, session_patience(s, stage));
	stream_flush(s->stream);
	return session_read(s, stage, v);
}

/* Hears a reply that must be the good one for the session to go on. */
static int
expect(struct session *s, int stage)
{
	struct verdict v;

	if (session_hear(s, stage, &v) == -1)
		return -1;
	if (v.outcome != VERDICT_DELIVERED)
		return session_refused(s, stage, &v);
	return 0;
}

/* RFC 5321, section 3.2: EHLO, or HELO where it is not understood. */
static int
greet(struct session *s, const char *helo)
{
	struct verdict v;

	*s->offered = (struct capabilities){ 0 };
	session_say(s, "EHLO %s", helo);
	if (session_hear(s, STAGE_EHLO, &v) == -1)
		return -1;
	if (v.outcome == VERDICT_DELIVERED) {
		ehlo_parse(s->reply->text, s->offered);
		return 0;
	}
	if (v.outcome != VERDICT_PERMANENT || s->reply->code == 530)
		return session_refused(s, STAGE_EHLO, &v);
	session_say(s, "HELO %s", helo);
	return expect(s, STAGE_EHLO);
}

static int
shake_hands(struct session *s)
{
	static const enum fault faults[] = {
		[TLS_FAILED] = FAULT_TLS,
		[TLS_ABSENT] = FAULT_NO_TLS,
		[TLS_UNTRUSTED] = FAULT_CERTIFICATE,
	};
	struct buf error = { 0 };
	enum tls_result result;

	stream_set_deadline(s->stream, session_patience(s, STAGE_STARTTLS));
	result = tls_connect(s->tls, s->stream, s->config->relay.host, &error);
	s->encrypted = result == TLS_DONE;
	s->lost = !s->encrypted;
	if (result != TLS_DONE)
		session_fail(s, (int)faults[result], "%s", error.data);
	buf_free(&error);
	return result == TLS_DONE ? 0 : -1;
}

/*
 * RFC 3207.  What the smarthost said before is forgotten, and what it may
 * have sent after its reply, before TLS, was not sent by whom it seems: the
 * reply must be all there is.
 */
static int
start_tls(struct session *s, const char *helo)
{
	if (!s->offered->starttls && s->config->tls == TLS_REQUIRED)
		return session_fail(s, FAULT_NO_STARTTLS, "%s", "");
	if (!s->offered->starttls)
		return 0;
	session_say(s, "STARTTLS");
	if (expect(s, STAGE_STARTTLS) == -1)
		return -1;
	if (stream_has_input(s->stream)) {
		s->lost = true;
		return session_fail(s, FAULT_INJECTED, "%s", "");
	}
	if (shake_hands(s) == -1)
		return -1;
	return greet(s, helo);
}

void
session_describe(const struct session *s, struct buf *out)
{
	if (s->encrypted)
		tls_describe(s->tls, out);
	else
		buf_adds(out, "no TLS");
}

int
session_open(struct session *s, const char *helo)
{
	bool implicit = s->config->relay.implicit_tls;

	if (implicit && shake_hands(s) == -1)
		return -1;
	if (expect(s, STAGE_GREETING) == -1 || greet(s, helo) == -1)
		return -1;
	if (!implicit && s->tls != NULL && start_tls(s, helo) == -1)
		return -1;
	return 0;
}

int
session_timed_out(struct session *s, int stage)
{
	s->lost = true;
	return session_fail(s, FAULT_LOST, "timed out after %g s (at %s)",
	    session_patience(s, stage), stage_name((enum smtp_stage)stage));
}

int
session_check(struct session *s)
{
	const char *line = NULL;
	size_t len;

	stream_set_deadline(s->stream, session_patience(s, STAGE_QUIT));
	if (stream_poke(s->stream) == 0 && !stream_has_input(s->stream))
		return 0;
	s->lost = true;
	if (stream_has_input(s->stream))
		line = stream_line(s->stream, &len);
	if (line == NULL)
		return session_fail(s, FAULT_LOST, "%s (while idle)",
		    stream_error(s->stream));
	return session_fail(s, FAULT_REFUSED, "%s (while idle)", line);
}

void
session_close(struct session *s)
{
	struct verdict v;

	if (s == NULL)
		return;
	if (!s->lost) {
		session_say(s, "QUIT");
		session_hear(s, STAGE_QUIT, &v);
	}
	if (s->encrypted && !s->lost)
		tls_close(s->tls);
	stream_free(s->stream);
	free(s->offered);
	free(s->reply);
	free(s->end);
	free(s);
}
