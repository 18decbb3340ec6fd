#include <config.h>

#include "smtp/authentication.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/verdict.h"
#include "smtp/binding.h"
#include "smtp/credentials.h"
#include "smtp/ehlo.h"
#include "smtp/exchange.h"
#include "smtp/fault.h"
#include "smtp/reply.h"
#include "smtp/sasl.h"
#include "smtp/session.h"
#include "smtp/stream.h"
#include "smtp/tls.h"
#include "spool/config.h"

enum {
	/* RFC 5321, 4.5.3.1.4, without CRLF; RFC 4954 holds AUTH to it. */
	COMMAND_LENGTH = 510,
	/* As much of a secret is not there by chance. */
	TELLING = 8,
};

enum outcome {
	ENDED = -1,		/* with the session */
	AUTHENTICATED,
	UNBOUND,		/* wanted: another type of channel binding */
};

struct authentication {
	struct session *session;
	uint64_t mechanism;
	int kind;		/* enum binding */
	struct buf binding;
	struct exchange exchange;
	struct buf response;
};

/* Adds a line, so that no copies of it are left behind. */
static void
say(struct session *s, const char *command, const struct buf *response)
{
	struct buf *out = stream_output(s->stream);

	buf_reserve(out, strlen(command) + response->len + 3);
	buf_adds(out, command);
	buf_add(out, response->data, response->len);
	buf_adds(out, "\r\n");
}

/*
 * RFC 4954, section 4: "*" in place of a response, so that the session is
 * not left in the middle.
 */
static int
cancel(struct authentication *a)
{
	struct verdict v;

	session_fail(a->session, FAULT_EXCHANGE, "%s: %s",
	    sasl_name(a->mechanism), a->exchange.error);
	session_say(a->session, "*");
	session_hear(a->session, STAGE_AUTH, &v);
	return ENDED;
}

static int
refused(struct authentication *a, const struct verdict *reply)
{
	const char *refusal = a->exchange.refusal;
	struct verdict v = *reply;

	if (a->exchange.binding != NULL &&
	    strcmp(refusal, "unsupported-channel-binding-type") == 0)
		return UNBOUND;
	snprintf(v.text, sizeof(v.text), "%s: %s%s%.250s",
	    sasl_name(a->mechanism), refusal, refusal[0] != '\0' ? ": " : "",
	    reply->text);
	session_refused(a->session, STAGE_AUTH, &v);
	return ENDED;
}

static int
accepted(struct authentication *a)
{
	if (!a->exchange.unproved)
		return AUTHENTICATED;
	session_fail(a->session, FAULT_EXCHANGE, "%s: the smarthost did not "
	    "prove that it knows the password: somebody may be in between",
	    sasl_name(a->mechanism));
	return ENDED;
}

/* Says AUTH, with the initial response if there is one and it has room. */
static int
begin(struct authentication *a, bool *ready)
{
	const char *name = sasl_name(a->mechanism);
	const struct buf nothing = { 0 };
	char command[64];

	*ready = sasl_speaks_first(a->mechanism);
	if (*ready && sasl_respond(a->mechanism, &a->exchange, "",
	    &a->response) == -1)
		return session_fail(a->session, FAULT_EXCHANGE, "%s: %s",
		    name, a->exchange.error);
	snprintf(command, sizeof(command), "AUTH %s ", name);
	if (*ready && strlen(command) + a->response.len <= COMMAND_LENGTH) {
		say(a->session, command, &a->response);
		*ready = false;
	} else {
		command[strlen(command) - 1] = '\0';
		say(a->session, command, &nothing);
	}
	return 0;
}

/* The AUTH command and the challenges that follow it. */
static int
attempt(struct authentication *a)
{
	struct session *s = a->session;
	struct verdict v;
	bool ready;

	if (begin(a, &ready) == -1)
		return ENDED;
	while (session_hear(s, STAGE_AUTH, &v) == 0) {
		if (s->reply->code == 235)
			return accepted(a);
		if (s->reply->code != 334)
			return refused(a, &v);
		if (!ready)
			buf_clear(&a->response);
		if (!ready && sasl_respond(a->mechanism, &a->exchange,
		    s->reply->text, &a->response) == -1)
			return cancel(a);
		say(s, "", &a->response);
		ready = false;
	}
	return ENDED;
}

/* Finds the first channel binding, of this kind or a later one, if any. */
static void
find_binding(struct authentication *a, int kind)
{
	const struct session *s = a->session;

	buf_clear(&a->binding);
	a->kind = s->encrypted ? kind : BINDING_MAX;
	while (a->kind < BINDING_MAX &&
	    tls_channel_binding(s->tls, a->kind, &a->binding) == -1)
		a->kind++;
}

/*
 * RFC 5802, section 6: says that it could bind, where it was not offered to,
 * so that the smarthost notices when somebody has taken the offer out.
 */
static int
choose(struct authentication *a, const struct credentials *c)
{
	const struct capabilities *offered = a->session->offered;
	uint64_t allowed = a->session->config->auth;
	bool bound = a->kind < BINDING_MAX;

	if (allowed == AUTH_AUTO)
		allowed = c->password != NULL ? AUTH_PASSWORD :
		    AUTH_EXTERNAL;
	if (!bound)
		allowed &= ~(uint64_t)AUTH_PLUS;
	a->mechanism = sasl_strongest(offered->auth & allowed);
	if (a->mechanism == 0)
		return session_fail(a->session, FAULT_MECHANISM,
		    "the smarthost offers %s", offered->mechanisms);
	a->session->mechanism = sasl_name(a->mechanism);
	a->exchange.unoffered = (allowed & AUTH_PLUS) != 0 &&
	    (offered->auth & AUTH_PLUS) == 0;
	if ((a->mechanism & AUTH_PLUS) != 0) {
		a->exchange.binding = binding_name((enum binding)a->kind);
		a->exchange.binding_data = a->binding.data;
		a->exchange.binding_len = a->binding.len;
	}
	return 0;
}

/*
 * Each attempt with another type of channel binding; the first, but for
 * smarthosts that ask for another.
 */
static int
authenticate(struct authentication *a, const struct credentials *c)
{
	const struct config *config = a->session->config;
	char nonce[64];
	int result = UNBOUND;

	for (int kind = 0; result == UNBOUND; kind = a->kind + 1) {
		find_binding(a, kind);
		/* It is not dropped on the word of whom it may unmask. */
		if (kind > 0 && a->kind == BINDING_MAX)
			return session_fail(a->session, FAULT_EXCHANGE,
			    "%s: no channel binding in common",
			    sasl_name(a->mechanism));
		snprintf(nonce, sizeof(nonce), "%08x%08x%08x%08x",
		    arc4random(), arc4random(), arc4random(), arc4random());
		a->exchange = (struct exchange){
			.user = c->user,
			.secret = c->password,
			.host = config->relay.host,
			.port = config->relay.port,
			.nonce = nonce,
		};
		buf_clear(&a->response);
		if (choose(a, c) == -1)
			return ENDED;
		result = attempt(a);
		exchange_end(&a->exchange);
	}
	return result;
}

/* Takes a secret out of a text in which the smarthost may have it echoed. */
static void
conceal(char *text, const char *secret)
{
	size_t len = secret != NULL ? strlen(secret) : 0, n;

	for (; len > 0 && *text != '\0'; text++) {
		for (n = 0; n < len && text[n] == secret[n]; n++)
			;
		if (n == len || n >= TELLING)
			memset(text, '*', n);
	}
}

int
authentication_run(struct session *s, struct credentials *c)
{
	struct authentication a = { .session = s };
	int result;

	if (c->user == NULL)
		return 0;
	if (!s->encrypted && !s->loopback)
		return session_fail(s, FAULT_AUTH_CLEAR, "%s", "");
	if (s->offered->mechanisms[0] == '\0')
		return session_fail(s, FAULT_NO_AUTH, "%s", "");
	result = authenticate(&a, c);
	conceal(s->end->text, c->password);
	conceal(s->end->text, a.response.data);
	conceal(s->detail, c->password);
	conceal(s->detail, a.response.data);
	/* It stands in these, and is not needed any more. */
	buf_free(&a.response);
	buf_free(&a.binding);
	buf_free(stream_output(s->stream));
	credentials_wipe(c);
	return result == AUTHENTICATED ? 0 : -1;
}
