#ifndef SENDMAIL_COMPLETE_H
#define SENDMAIL_COMPLETE_H

#include <sys/types.h>

#include <stdbool.h>
#include <time.h>

struct buf;

/* What the fields that are missing are made of. */
struct origin {
	const char *id;		/* of the message in the spool */
	const char *host;	/* this one, for Received */
	const char *domain;	/* for Message-ID and bare names */
	const char *sender;	/* of the envelope, or the caller's address */
	const char *full_name;	/* "": none */
	const char *author;	/* for From and Sender (author.h); NULL: they
				 * are left alone */
	uid_t uid;
	time_t now;
};

/*
 * Appends the header as it goes out, without the empty line after it:
 * Received; Date, From and Message-ID where they are missing (RFC 5322,
 * section 3.6; an empty one counts as missing), Resent-Date and
 * Resent-Message-ID where there is a Resent-From; then every field as it was,
 * bare names qualified, but Bcc, Resent-Bcc and Return-Path.  Where From
 * gets another address, the one it had goes to Reply-To, or, if there is a
 * Reply-To, to X-Original-From.  Lines that are too long are folded (fold.h),
 * but not in a signed message.
 */
void complete_header(const struct buf *header, const struct origin *,
    struct buf *out);

/* Whether the header has a From that will do, so that no name is needed. */
bool complete_has_from(const struct buf *header);

#endif
