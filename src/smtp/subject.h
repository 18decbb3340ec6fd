#ifndef SMTP_SUBJECT_H
#define SMTP_SUBJECT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds the subject in a certificate in DER (RFC 5280, section 4.1) without
 * decoding it: where it begins and how long it is.  size becomes the length
 * of the certificate, after which there may be more.  0, or -1 when it is
 * not built like one.
 */
int subject_find(const unsigned char *certificate, size_t *size, size_t *at,
    size_t *len);

/*
 * A number that is the same for all names in DER that X509_NAME_cmp takes
 * for equal: those that differ in the case of letters, blanks, or the type
 * of strings.  0 is for names of which this cannot be said so easily, and
 * may be equal to any.
 */
uint32_t subject_key(const unsigned char *name, size_t len);

#endif
