#ifndef SMTP_ANCHORS_H
#define SMTP_ANCHORS_H

#include <stddef.h>

#include <openssl/types.h>

struct buf;

/*
 * Trust anchors.  A system has some 150 of them, of which a session needs
 * one; decoding them all takes OpenSSL longer than everything else that is
 * done before the first message.  So what is kept is their DER and where the
 * subject stands in it, and OpenSSL gets those whose subject it looks for.
 */
struct anchors;

struct anchors *anchors_new(void);
void anchors_free(struct anchors *);

/*
 * Adds the certificates of a text in PEM, CERTIFICATE, X509 CERTIFICATE and
 * TRUSTED CERTIFICATE; other blocks do not matter.  One that is malformed is
 * left out: a line "NAME:LINE: what is wrong" is added to errors.
 */
void anchors_parse(struct anchors *, const char *name, const char *text,
    size_t len, struct buf *errors);

/* The same for a file; one that cannot be read is such a line as well. */
void anchors_read(struct anchors *, const char *path, struct buf *errors);

/* The same for all files in a directory that c_rehash has named. */
void anchors_read_directory(struct anchors *, const char *path,
    struct buf *errors);

/*
 * Those of the system: of the first file that has any, or of all files in
 * OpenSSL's directory of hashed names.
 */
void anchors_read_system(struct anchors *, struct buf *errors);

size_t anchors_count(const struct anchors *);

/*
 * Makes a store look for issuers among these as well.  They must live as
 * long as certificates are verified with it.
 */
void anchors_serve(struct anchors *, X509_STORE *);

/* Forgets them; what OpenSSL has already stays there. */
void anchors_clear(struct anchors *);

/* Decodes all with that subject into a store. */
void anchors_find(struct anchors *, X509_STORE *, const X509_NAME *);

#endif
