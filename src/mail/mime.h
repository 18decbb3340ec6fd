#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The values of Content-Type and Content-Transfer-Encoding (RFC 2045,
 * sections 5.1 and 6.1): comments, folding and blanks may stand between all
 * their parts.  Values are [p, end), all pointers are borrowed from them.
 */
struct mime_type {
	const char *type;
	size_t typelen;
	const char *subtype;
	size_t subtypelen;
	const char *rest;	/* the parameters */
};

enum mime_encoding {
	MIME_IDENTITY,		/* 7bit, 8bit, binary or nothing */
	MIME_QUOTED_PRINTABLE,
	MIME_BASE64,
	MIME_OTHER_ENCODING,
};

/* 0, or -1 when it does not begin with a type and a subtype. */
int mime_read_type(const char *p, const char *end, struct mime_type *);

/*
 * Whether the type is this one, in any letter case; and so for the subtype,
 * where NULL stands for any.
 */
bool mime_type_is(const struct mime_type *, const char *type,
    const char *subtype);

/*
 * Appends the value of the first parameter with this name, in any letter
 * case, to value: without quotes and folding.  False if there is none.  A
 * value without quotes that needs them, such as ----=_Part, is taken up to
 * the next blank, semicolon or comment.
 */
bool mime_parameter(const char *p, const char *end, const char *name,
    struct buf *value);

enum mime_encoding mime_read_encoding(const char *p, const char *end);

#endif
