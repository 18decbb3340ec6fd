#ifndef SENDMAIL_QUALIFY_H
#define SENDMAIL_QUALIFY_H

#include <stdbool.h>

struct buf;
struct field;

/*
 * Gives bare names a domain: "root" becomes root@domain, and so does
 * root@localhost, in the envelope; in header fields only bare names change.
 */
void qualify_spec(struct buf *spec, const char *domain);

/*
 * Appends the one address in text, qualified, or nothing for "" and "<>".
 * NULL, or what is wrong with it, in words.
 */
const char *qualify_sender(const char *text, const char *domain,
    struct buf *out);

/* Whether the field holds addresses. */
bool qualify_is_address_field(const struct field *);

/* Appends the value of the field as it stands, bare names qualified. */
void qualify_value(const struct field *, const char *domain, struct buf *out);

#endif
