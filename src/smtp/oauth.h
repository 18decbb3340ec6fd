#ifndef SMTP_OAUTH_H
#define SMTP_OAUTH_H

struct buf;
struct exchange;

/*
 * The mechanisms whose secret is an OAuth access token (RFC 6750): that of
 * RFC 7628, and the one before it by which it is known to some smarthosts.
 * As scram.h; a refusal is noted and answered, so that the reply follows.
 */
int oauth_bearer(struct exchange *, const struct buf *challenge,
    struct buf *response);
int oauth_xoauth2(struct exchange *, const struct buf *challenge,
    struct buf *response);

#endif
