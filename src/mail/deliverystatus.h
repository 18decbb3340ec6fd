#ifndef MAIL_DELIVERYSTATUS_H
#define MAIL_DELIVERYSTATUS_H

#include <stdbool.h>
#include <time.h>

struct buf;
struct recipient;

/*
 * The fields about a recipient in a message/delivery-status (RFC 3464,
 * section 2.3), or, where an address is not ASCII, in its global form (RFC
 * 6533, section 4).
 */
struct deliverystatus {
	const char *action;	/* failed, delayed, relayed */
	const char *status;	/* where the recipient's reason has none */
	const char *relay;	/* Remote-MTA of a reply; NULL: not known */
	time_t attempt;		/* seconds since the epoch; 0: not known */
	time_t until;		/* will be retried; 0: will not */
	bool global;
};

/*
 * Appends them, with the empty line before them.  Diagnostic-Code is a reply
 * of the smarthost as smtp, and our own words as x-onehop; both in ASCII, as
 * no program needs them in other characters.
 */
void deliverystatus_add(const struct deliverystatus *,
    const struct recipient *, struct buf *);

/*
 * The field Reporting-MTA or Remote-MTA: a host by name, or by address, which
 * gets the brackets of an address literal (RFC 5321, section 4.1.3).
 */
void deliverystatus_add_host(const char *field, const char *host, bool global,
    struct buf *);

/* A field with an address, and its type before it: rfc822 or utf-8. */
void deliverystatus_add_address(const char *field, const char *address,
    bool global, struct buf *);

#endif
