#ifndef SENDMAIL_QUALIFY_H
#define SENDMAIL_QUALIFY_H

#include <stdbool.h>

struct buf;
struct field;

/*
 * Gives the bare names in header fields a domain: root becomes root@domain.
 */

/* Whether the field holds addresses. */
bool qualify_is_address_field(const struct field *);

/*
 * Appends the value of the field as it stands, bare names qualified; but
 * From, Sender and Reply-To only if all of it is a list of addresses.
 */
void qualify_value(const struct field *, const char *domain, struct buf *out);

#endif
