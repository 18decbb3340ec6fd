#ifndef MAIL_COMMAND_H
#define MAIL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * A command of SMTP as a client sends it: RFC 5321, section 4.1.1, with the
 * parameters of SIZE (RFC 1870), 8BITMIME (6152), SMTPUTF8 (6531), DSN (3461),
 * CHUNKING (3030) and REQUIRETLS (8689).
 */
enum command_verb {
	COMMAND_UNKNOWN,
	COMMAND_FOREIGN,	/* of HTTP, whose requests some can forge */
	COMMAND_UNIMPLEMENTED,	/* known from elsewhere, but not done here */
	COMMAND_EHLO,
	COMMAND_HELO,
	COMMAND_MAIL,
	COMMAND_RCPT,
	COMMAND_DATA,
	COMMAND_BDAT,
	COMMAND_RSET,
	COMMAND_NOOP,
	COMMAND_VRFY,
	COMMAND_HELP,
	COMMAND_QUIT,
};

struct command {
	enum command_verb verb;
	int code;		/* of the reply that refuses it; 0: none */
	const char *status;	/* RFC 3463, for that reply */
	const char *error;	/* what is wrong, in words */
	bool nonascii;		/* the path has bytes above 127 */
	bool smtputf8;		/* of MAIL; this and what follows */
	bool require_tls;
	uint64_t size;		/* 0: not said; UINT64_MAX: that or more */
	unsigned ret;		/* enum dsn_ret */
	const char *envid;	/* borrowed from the line; NULL: none */
	size_t envidlen;
	unsigned notify;	/* of RCPT: enum dsn_notify, or-ed */
	const char *orcpt;	/* as envid */
	size_t orcptlen;
	uint64_t chunk;		/* of BDAT: bytes that follow the line */
	bool last;
};

/*
 * Parses one line, given without its line end.  Verbs, keywords and names of
 * parameters may have any letter case; blanks may be added before and after
 * the colon and at the end.
 *
 * path is emptied and then holds the address of MAIL or RCPT in the canonical
 * form of address_next: without its route, empty for <>, and without a domain
 * where it has none.  The angle brackets may be missing.
 */
void command_parse(const char *line, size_t len, struct command *,
    struct buf *path);

#endif
