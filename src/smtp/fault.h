#ifndef SMTP_FAULT_H
#define SMTP_FAULT_H

struct verdict;

/*
 * What can be wrong with the smarthost or with this machine, so that no
 * message can be relayed.  The administrator reads the text in the log and
 * on top of mailq: where, what happened, and what to do.
 */
enum fault {
	FAULT_CONFIG,
	FAULT_CREDENTIALS,
	FAULT_ANCHORS,
	FAULT_IDENTITY,
	FAULT_OPENSSL,
	FAULT_NO_RELAY,
	FAULT_RESOLVE,
	FAULT_CONNECT,
	FAULT_GREETING,
	FAULT_LOST,
	FAULT_PROTOCOL,
	FAULT_REFUSED,
	FAULT_TLS,
	FAULT_NO_TLS,
	FAULT_CERTIFICATE,
	FAULT_NO_STARTTLS,
	FAULT_INJECTED,
	FAULT_NO_AUTH,
	FAULT_MECHANISM,
	FAULT_AUTH_CLEAR,
	FAULT_EXCHANGE,
	FAULT_PASSWORD,
	FAULT_AUTH_NEEDED,
	FAULT_SPOOL,
	FAULT_MAX,
};

/*
 * The verdict of a fault: where is "host[address]:port" or as much of it as
 * is known, or NULL; file is the configuration; detail is what was seen.
 */
struct verdict fault_verdict(enum fault, const char *where, const char *file,
    const char *detail);

/* What it is in words, "cannot connect"; "" where the detail says it all. */
const char *fault_name(enum fault);

/* The fault that a reply with this code to this stage (STAGE_*) is. */
enum fault fault_of_reply(int stage, int code);

#endif
