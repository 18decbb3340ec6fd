#ifndef SPOOL_FINGERPRINT_H
#define SPOOL_FINGERPRINT_H

#include <stdbool.h>

struct buf;

/*
 * Fingerprints in a list, with blanks between: "SHA256:HEX" of a whole
 * certificate in DER, as openssl(1) prints it, or "SPKI-SHA256:HEX" of the
 * public key in it (its SubjectPublicKeyInfo, RFC 5280, section 4.1.2.7).
 * Between two bytes there may be a colon; letter case does not matter.
 */
enum { FINGERPRINT_SIZE = 32 };	/* SHA-256 */

struct fingerprint {
	bool of_key;
	unsigned char digest[FINGERPRINT_SIZE];
};

/*
 * Takes the next one off the front of the list: what follows it, or NULL at
 * the end of the list or, with malformed set, where it makes no sense.
 */
const char *fingerprint_next(const char *list, struct fingerprint *,
    bool *malformed);

/* Appends one, in lower case and without colons. */
void fingerprint_print(const struct fingerprint *, struct buf *);

#endif
