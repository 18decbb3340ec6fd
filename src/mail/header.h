#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Header fields (RFC 5322, sections 2.2 and 4.5.8) of a message in canonical
 * form.  All pointers are borrowed from the text.
 */
struct field {
	const char *start;	/* the whole field, with its folded lines */
	size_t len;		/* and its last CRLF */
	const char *name;
	size_t namelen;		/* without blanks before the colon */
	const char *value;	/* what follows the colon, still folded, */
	size_t valuelen;	/* without the last CRLF */
};

enum {
	/* A name, its colon and a byte fill a line (RFC 5322, 2.1.1). */
	FIELD_NAME_MAX = 996,
};

enum header_line {
	HEADER_FIELD,		/* begins a field: name, blanks, colon */
	HEADER_FOLDED,		/* begins with a blank: continues one */
	HEADER_END,		/* is empty */
	HEADER_BODY,		/* is none of these: the body has begun */
};

/* What one line is, given without its CRLF. */
enum header_line header_line(const char *, size_t len);

/*
 * Walks the fields in [p, end), which must hold whole fields only: fills in
 * the next one and returns where it ends, or NULL when there is none left.
 */
const char *header_next(const char *p, const char *end, struct field *);

/* Whether the field has this name, in any letter case. */
bool field_is(const struct field *, const char *name);

/* Whether the value is empty but for blanks and line ends. */
bool field_is_blank(const struct field *);

#endif
