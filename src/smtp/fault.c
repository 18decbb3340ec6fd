#include <config.h>

#include "smtp/fault.h"

#include <string.h>

#include "base/buf.h"
#include "mail/trouble.h"
#include "mail/verdict.h"

/*
 * The text of a verdict is "WHERE: WHAT: DETAIL; ADVICE (FILE)", without
 * what is missing.
 */
#define SCHEMES	"smtps:// has TLS from the start (port 465), " \
		"smtp:// has STARTTLS (port 587)"

/* RFC 3463: a mail system, ours or theirs. */
#define STATUS	"4.3.0"

struct description {
	enum trouble trouble;
	const char *what;
	const char *advice;
};

static const struct description faults[FAULT_MAX] = {
	[FAULT_CONFIG] = { TROUBLE_LOCAL, "configuration", NULL },
	[FAULT_CREDENTIALS] = { TROUBLE_LOCAL, "no password",
	    "mend it, or take user out" },
	[FAULT_ANCHORS] = { TROUBLE_LOCAL, "no trust anchors",
	    "set tls-ca-file or install ca-certificates" },
	[FAULT_IDENTITY] = { TROUBLE_LOCAL, "no client certificate",
	    "mend it, or take tls-cert-file out" },
	[FAULT_OPENSSL] = { TROUBLE_LOCAL, "OpenSSL", NULL },
	[FAULT_NO_RELAY] = { TROUBLE_LOCAL, "no smarthost is configured",
	    "set relay" },
	[FAULT_RESOLVE] = { TROUBLE_RESOLVE, "host not found",
	    "check relay and the name servers" },
	[FAULT_CONNECT] = { TROUBLE_CONNECT, "cannot connect", NULL },
	[FAULT_GREETING] = { TROUBLE_LOST, "no greeting",
	    "is the scheme right in relay? " SCHEMES },
	[FAULT_LOST] = { TROUBLE_LOST, "lost the session", NULL },
	[FAULT_PROTOCOL] = { TROUBLE_PROTOCOL, "out of protocol",
	    "is this the submission port?" },
	[FAULT_REFUSED] = { TROUBLE_REFUSED, NULL, NULL },
	[FAULT_TLS] = { TROUBLE_TLS, "TLS handshake failed", NULL },
	[FAULT_NO_TLS] = { TROUBLE_TLS, "TLS handshake failed", NULL },
	[FAULT_CERTIFICATE] = { TROUBLE_TLS, "certificate verify failed",
	    NULL },
	[FAULT_NO_STARTTLS] = { TROUBLE_TLS, "STARTTLS not offered",
	    "set `tls none' only if the way to the smarthost is safe" },
	[FAULT_INJECTED] = { TROUBLE_TLS,
	    "plaintext after the reply to STARTTLS",
	    "somebody may be in between" },
	[FAULT_NO_AUTH] = { TROUBLE_AUTH, "user is set but AUTH not offered",
	    "check the port in relay, or take user out" },
	[FAULT_MECHANISM] = { TROUBLE_AUTH,
	    "no authentication mechanism in common", "check auth" },
	[FAULT_AUTH_CLEAR] = { TROUBLE_AUTH,
	    "user is set but there is no TLS",
	    "a password is not sent in the clear: check tls" },
	[FAULT_EXCHANGE] = { TROUBLE_AUTH, "authentication broken off", NULL },
	[FAULT_PASSWORD] = { TROUBLE_AUTH, "password rejected",
	    "check user, auth, and password-file or password-command" },
	[FAULT_AUTH_NEEDED] = { TROUBLE_AUTH,
	    "authentication or TLS is needed",
	    "check user, password-file and tls" },
	[FAULT_SPOOL] = { TROUBLE_LOCAL, "spool file", NULL },
};

enum {
	/* So that the advice is still in the text of a verdict. */
	DETAIL_MAX = 300,
};

struct verdict
fault_verdict(enum fault fault, const char *where, const char *file,
    const char *detail)
{
	enum trouble trouble = faults[fault].trouble;
	const char *what = faults[fault].what;
	struct buf text = { 0 };
	struct verdict v;

	if (where != NULL)
		buf_printf(&text, "%s: ", where);
	if (what != NULL)
		buf_adds(&text, what);
	if (what != NULL && detail[0] != '\0')
		buf_adds(&text, ": ");
	buf_printf(&text, "%.*s", DETAIL_MAX, detail);
	if (faults[fault].advice != NULL)
		buf_printf(&text, "; %s (%s)", faults[fault].advice, file);
	v = verdict_make(trouble == TROUBLE_LOCAL ? VERDICT_LOCAL :
	    VERDICT_RELAY, VERDICT_TEMPORARY, STATUS, "%s", text.data);
	v.trouble = (int)trouble;
	buf_free(&text);
	return v;
}

const char *
fault_name(enum fault fault)
{
	return faults[fault].what != NULL ? faults[fault].what : "";
}

enum fault
fault_of_reply(int stage, int code)
{
	if (code == 530)
		return FAULT_AUTH_NEEDED;
	if (stage == STAGE_AUTH && code == 535)
		return FAULT_PASSWORD;
	if (code < 400)
		return FAULT_PROTOCOL;
	return FAULT_REFUSED;
}
