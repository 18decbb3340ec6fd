#ifndef SENDMAIL_AUTHOR_H
#define SENDMAIL_AUTHOR_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * rewrite-from of onehop.conf(5): appends to out what the value of a From or
 * Sender field becomes when its mailbox is to have this address.  The display
 * name stays, be it a comment after the address; without one the address that
 * was there becomes the name.  Whether that differs from the value; if not,
 * nothing is added.
 */
bool author_replace(const char *value, size_t len, const char *address,
    struct buf *out);

#endif
