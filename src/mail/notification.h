#ifndef MAIL_NOTIFICATION_H
#define MAIL_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct buf;
struct envelope;
struct recipient;

/*
 * Delivery status notifications: a multipart/report (RFC 6522) of a text for
 * people, a message/delivery-status (RFC 3464) for programs, and the message
 * or its header.  Where an address is not ASCII, the last two have their
 * global form (RFC 6533).  The header of the notification is ASCII, unless
 * to, from, domain or host are not; it needs SMTPUTF8 only then.
 *
 * Everything in it that comes from elsewhere is hostile.  Control characters
 * and what is not UTF-8 become "?"; header fields are folded at 78 columns
 * where they have a blank, and never longer than 998 bytes.  The text for
 * people has UTF-8 as quoted-printable, so that all but what is returned and
 * the global form gets by without 8BITMIME.
 */
enum notification_kind {
	NOTIFICATION_FAILED,	/* nobody tries again */
	NOTIFICATION_DELAYED,	/* it is still being tried */
	NOTIFICATION_RELAYED,	/* the smarthost has it, and says no more */
};

/* All is borrowed.  Times are seconds since the epoch. */
struct notification {
	enum notification_kind kind;
	/*
	 * The envelope of the original, for its sender, envid and eightbit,
	 * and those of its recipients that are told of, at least one.  Each
	 * has the reason of its last attempt, as envelope.h has it.  The text
	 * takes up to 4 KB for each of them.
	 */
	const struct envelope *about;
	const struct recipient *const *recipients;
	size_t nrecipients;
	const char *id;		/* of the original, in the queue */
	/*
	 * Of the notification, for its Message-ID: letters, digits, "-", "_"
	 * and "."; unique on this host, and the same when the notification is
	 * made a second time after a crash, so that a reader has it once.
	 */
	const char *own_id;
	/*
	 * For the boundary: drawn (arc4random) after the original was stored,
	 * so that nothing in it can be the delimiter of a part of ours.  The
	 * same for notification_begin and notification_end.
	 */
	uint64_t random;
	const char *host;	/* this one, fully qualified, or [address] */
	const char *domain;	/* of the address in From: */
	/*
	 * The address in From:, where a strict smarthost wants a certain one
	 * (rewrite-from); NULL: postmaster@domain.
	 */
	const char *from;
	/* Of the smarthost, without port or blanks; NULL: not known. */
	const char *relay;
	const char *to;		/* who gets it; an address, not empty */
	time_t arrival;		/* of the original */
	time_t now;
	time_t attempt;		/* the last one; 0: not known, or none */
	time_t until;		/* delayed: when it is given up */
	/*
	 * What the caller puts between begin and end: the original as it is,
	 * or its header alone, with or without the empty line after it.
	 */
	bool whole;
	/*
	 * Until when the original stays in failed/ under its id; 0: it is not
	 * kept.
	 */
	time_t kept;
};

/*
 * Appends all that comes before what is returned, in canonical form
 * (canon.h).  header is that of the original, of which Subject, Message-ID,
 * References and In-Reply-To are used; it may be cut off anywhere, or empty.
 */
void notification_begin(const struct notification *, const char *header,
    size_t len, struct buf *);

/*
 * Appends what comes after it.  What is returned has a CRLF at its end; a
 * message with nothing but a header has the empty line.
 */
void notification_end(const struct notification *, struct buf *);

#endif
