#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include <stddef.h>

struct buf;

/*
 * What a sender asks about delivery status notifications (RFC 3461), as it
 * stands in the options of sendmail, in MAIL and RCPT, and in the spool.
 */
enum dsn_notify {		/* bits; 0: nothing was asked */
	DSN_NEVER = 1 << 0,
	DSN_SUCCESS = 1 << 1,
	DSN_FAILURE = 1 << 2,
	DSN_DELAY = 1 << 3,
};

enum dsn_ret {
	DSN_RET_NONE,		/* nothing was asked */
	DSN_RET_FULL,
	DSN_RET_HDRS,
};

enum {
	DSN_ENVID_MAX = 100,	/* characters, RFC 3461, section 4.4 */
	DSN_ORCPT_MAX = 500,	/* characters, RFC 3461, section 4.2 */
};

/*
 * NEVER, or a list of SUCCESS, FAILURE and DELAY with commas between, in any
 * letter case; FULL or HDRS.  0, or -1 when it is neither.
 */
int dsn_parse_notify(const char *, size_t len, unsigned *notify);
int dsn_parse_ret(const char *, size_t len, enum dsn_ret *);

/*
 * Appends what was asked in the words of RFC 3461, section 4.1; nothing for
 * 0.  The name of DSN_RET_NONE is "".
 */
void dsn_print_notify(unsigned notify, struct buf *);
const char *dsn_ret_name(enum dsn_ret);

/*
 * Checks what may follow ENVID= (xtext of 1 to DSN_ENVID_MAX characters) and
 * ORCPT= (an address type, ";" and xtext, at most DSN_ORCPT_MAX characters).
 * What xtext stands for is printable ASCII.  After the address type utf-8,
 * UTF-8 may stand as it is (RFC 6533, section 3).  NULL, or what is wrong, in
 * words.
 */
const char *dsn_check_envid(const char *, size_t len);
const char *dsn_check_orcpt(const char *, size_t len);

/*
 * Appends text as xtext (section 4): all but graphic ASCII, "+" and "=" are
 * encoded.
 */
void dsn_add_xtext(struct buf *, const char *, size_t len);

/* Appends what xtext stands for that has passed one of the checks above. */
void dsn_add_decoded(struct buf *, const char *, size_t len);

/*
 * Appends what follows ENVID= for an identifier as a user gives it: as it is
 * if it is right, else encoded.  NULL, or what is wrong, in words.
 */
const char *dsn_add_envid(struct buf *, const char *text);

/*
 * Appends what follows ORCPT= in the ASCII form that every server with DSN
 * takes: UTF-8 in it as \x{HEX} (RFC 6533, section 3).
 */
void dsn_add_orcpt(struct buf *, const char *orcpt);

#endif
