#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Addresses as they stand in header fields and on command lines: RFC 5322,
 * section 3.4, with the obsolete syntax of section 4.4 (routes, comments and
 * blanks between the parts, empty list elements), UTF-8 as in RFC 6532,
 * groups, and what real callers write: semicolons and blanks between
 * complete addresses, a trailing comma, unquoted dots in display names.
 */
struct address {
	const char *start;	/* the whole mailbox: display name, angle */
	const char *end;	/* brackets and comments as written */
	const char *name;	/* display name as written, quotes and all, */
	size_t namelen;		/* without blanks around it; 0 if none */
	const char *local_end;	/* just after the local part as written: where
				 * "@domain" belongs if it is not qualified;
				 * NULL if malformed before that */
	bool qualified;		/* has a domain */
	bool bracketed;		/* stood in angle brackets */
	const char *error;	/* what is wrong, in words; NULL if nothing */
};

/*
 * Walks a list of addresses: fills in the next one and returns where to go
 * on, or NULL when there is none left.  spec is emptied and then holds the
 * addr-spec alone in canonical form: no comments, no folding, no blanks
 * around dots and "@", no route, no dot at the end of the domain, quotes only
 * where needed and complete; local@domain, which passes address_check, or
 * local when it is not qualified.  "<>" gives an empty spec, bracketed and
 * without error.  Group names and the brackets of a group are passed over.
 *
 * A local part with a dot at either end or two in a row, such as
 * a.@docomo.ne.jp, is accepted and given in quotes.  Words separated by
 * blanks are addresses each, but what stands before "<" is a display name,
 * be it another address; comments belong to the address before them.
 *
 * Where an element is malformed, error says why, start and end span it, spec
 * is empty, and the walk goes on after the next comma or semicolon; after a
 * quote or a comment that is not closed nothing is left.  Control characters
 * other than the blanks of folding, which is CR LF and a blank, are always
 * malformed, in display names and comments too.
 */
const char *address_next(const char *p, const char *end, struct address *,
    struct buf *spec);

/*
 * Checks an addr-spec as it may stand in MAIL and RCPT: a Mailbox of RFC
 * 5321, section 4.1.2, with UTF-8 as in RFC 6531, without control characters
 * and no longer than ADDRESS_MAX.  NULL, or what is wrong, in words.
 */
const char *address_check(const char *spec, size_t len);

enum {
	/* RFC 5321, 4.5.3.1.3 gives a path 256 octets; real ones are longer. */
	ADDRESS_MAX = 1000,
};

#endif
