#include <config.h>

#include "smtp/fault.h"

#include <string.h>

#include "base/buf.h"
#include "mail/verdict.h"

/*
 * The text of a verdict is "WHERE: WHAT: DETAIL; ADVICE (FILE)", without
 * what is missing.
 */
#define SCHEMES	"smtps:// has TLS from the start (port 465), " \
		"smtp:// has STARTTLS (port 587)"

struct description {
	enum verdict_class class;
	const char *status;	/* RFC 3463 */
	const char *what;
	const char *advice;
};

static const struct description faults[FAULT_MAX] = {
	[FAULT_CONFIG] = { VERDICT_LOCAL, "4.3.5", "configuration", NULL },
	[FAULT_CREDENTIALS] = { VERDICT_LOCAL, "4.3.5",
	    "no password", "mend it, or take user out" },
	[FAULT_ANCHORS] = { VERDICT_LOCAL, "4.3.5",
	    "no trust anchors", "set tls-ca-file or install ca-certificates" },
	[FAULT_IDENTITY] = { VERDICT_LOCAL, "4.3.5",
	    "no client certificate", "mend it, or take tls-cert-file out" },
	[FAULT_OPENSSL] = { VERDICT_LOCAL, "4.3.5",
	    "OpenSSL", NULL },
	[FAULT_NO_RELAY] = { VERDICT_LOCAL, "4.3.5",
	    "no smarthost is configured", "set relay" },
	[FAULT_RESOLVE] = { VERDICT_RELAY, "4.4.3",
	    "host not found", "check relay and the name servers" },
	[FAULT_CONNECT] = { VERDICT_RELAY, "4.4.1", "cannot connect", NULL },
	[FAULT_GREETING] = { VERDICT_RELAY, "4.4.2", "no greeting",
	    "is the scheme right in relay? " SCHEMES },
	[FAULT_LOST] = { VERDICT_RELAY, "4.4.2", "lost the session", NULL },
	[FAULT_PROTOCOL] = { VERDICT_RELAY, "4.5.0",
	    "out of protocol", "is this the submission port?" },
	[FAULT_REFUSED] = { VERDICT_RELAY, "4.3.0", NULL, NULL },
	[FAULT_TLS] = { VERDICT_RELAY, "4.7.5", "TLS handshake failed",
	    NULL },
	[FAULT_CERTIFICATE] = { VERDICT_RELAY, "4.7.5",
	    "certificate verify failed", NULL },
	[FAULT_NO_STARTTLS] = { VERDICT_RELAY, "4.7.10",
	    "STARTTLS not offered", "set `tls none' only if the way to the "
	    "smarthost is safe" },
	[FAULT_INJECTED] = { VERDICT_RELAY, "4.7.7",
	    "plaintext after the reply to STARTTLS",
	    "somebody may be in between" },
	[FAULT_NO_AUTH] = { VERDICT_RELAY, "4.7.0",
	    "user is set but AUTH not offered",
	    "check the port in relay, or take user out" },
	[FAULT_MECHANISM] = { VERDICT_RELAY, "4.7.4",
	    "no authentication mechanism in common", "check auth" },
	[FAULT_AUTH_CLEAR] = { VERDICT_RELAY, "4.7.11",
	    "user is set but there is no TLS",
	    "a password is not sent in the clear: check tls" },
	[FAULT_EXCHANGE] = { VERDICT_RELAY, "4.7.0",
	    "authentication broken off", NULL },
	[FAULT_PASSWORD] = { VERDICT_RELAY, "4.7.8", "password rejected",
	    "check user, auth, and password-file or password-command" },
	[FAULT_AUTH_NEEDED] = { VERDICT_RELAY, "4.7.0",
	    "authentication or TLS is needed",
	    "check user, password-file and tls" },
	[FAULT_SPOOL] = { VERDICT_LOCAL, "4.3.0", "spool file", NULL },
};

enum {
	/* So that the advice is still in the text of a verdict. */
	DETAIL_MAX = 300,
};

struct verdict
fault_verdict(enum fault fault, const char *where, const char *file,
    const char *detail)
{
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
	v = verdict_make(faults[fault].class, VERDICT_TEMPORARY,
	    faults[fault].status, "%s", text.data);
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
