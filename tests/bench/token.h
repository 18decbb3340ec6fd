#ifndef BENCH_TOKEN_H
#define BENCH_TOKEN_H

/*
 * The response of AUTH PLAIN (RFC 4616), NUL user NUL secret, in base64.  What
 * is returned is never freed.
 */
const char *token_plain(const char *user, const char *secret);

#endif
