#ifndef SMTP_SECRET_H
#define SMTP_SECRET_H

#include <stddef.h>

struct buf;

/*
 * Appends a file of at most max bytes that only its owner may be able to
 * read.  NULL, or what is wrong, in words that follow the path.
 */
const char *secret_read(const char *path, struct buf *, size_t max);

/* The same for a credential that systemd has passed (systemd.exec(5)). */
const char *secret_read_credential(const char *path, struct buf *,
    size_t max);

#endif
