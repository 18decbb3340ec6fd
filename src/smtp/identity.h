#ifndef SMTP_IDENTITY_H
#define SMTP_IDENTITY_H

#include <openssl/types.h>

struct buf;

/*
 * Takes our own certificate, with what leads to its authority, and the key
 * to it from files in PEM.  0, or -1 and in error the keyword, the file and
 * what is wrong.
 */
int identity_load(SSL_CTX *, const char *certificate_file,
    const char *key_file, struct buf *error);

#endif
