#ifndef SMTP_DIGEST_H
#define SMTP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Digests and what authentication makes of them, by OpenSSL.  Each function
 * returns 0, or -1 where OpenSSL does not have the digest: MD5 in a FIPS
 * setting.  Results have the size of the digest.
 */
enum digest {
	DIGEST_MD5,
	DIGEST_SHA_1,
	DIGEST_SHA_256,
};
enum { DIGEST_MAX = 32 };	/* bytes of the largest */

/* Reads what OpenSSL would read when a digest is first used. */
void digest_prepare(void);

size_t digest_size(enum digest);

int digest_hash(enum digest, const void *, size_t, unsigned char *result);

/* RFC 2104. */
int digest_hmac(enum digest, const void *key, size_t key_len, const void *,
    size_t, unsigned char *result);

/* PBKDF2 of RFC 8018, with HMAC: Hi() of RFC 5802. */
int digest_stretch(enum digest, const char *password, const void *salt,
    size_t salt_len, unsigned iterations, unsigned char *result);

/* Whether they are equal, in a time that does not tell where they differ. */
bool digest_equal(const void *, const void *, size_t);

#endif
