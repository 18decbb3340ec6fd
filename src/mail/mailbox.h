#ifndef MAIL_MAILBOX_H
#define MAIL_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The strict grammar of what may stand in MAIL and RCPT: the two halves of a
 * Mailbox of RFC 5321, section 4.1.2, with UTF-8 as in RFC 6531, section 3.3.
 * Each gives NULL, or what is wrong, in words.
 */
const char *mailbox_check_local(const char *, size_t);

/*
 * Labels of letters, digits and inner hyphens, and underscores, which real
 * hosts have; or an address literal of section 4.1.3.
 */
const char *mailbox_check_domain(const char *, size_t);

/* Neither control characters nor anything that is not UTF-8 (RFC 3629). */
const char *mailbox_check_bytes(const char *, size_t);

/* Whether a local part of these bytes can do without quotes. */
bool mailbox_is_dot_string(const char *, size_t);

/* The length of the local part: up to the first "@" that is not quoted. */
size_t mailbox_local_length(const char *spec, size_t len);

/* Appends a local part without the quotes that it may have. */
void mailbox_unquote(const char *, size_t, struct buf *);

/* Orders addresses; 0: the same, the letter case of the domain set aside. */
int mailbox_compare(const char *, const char *);

#endif
