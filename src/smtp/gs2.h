#ifndef SMTP_GS2_H
#define SMTP_GS2_H

struct buf;
struct exchange;

/* Appends a saslname of RFC 5801, section 4: "=" and "," are encoded. */
void gs2_name(const char *, struct buf *);

/*
 * Appends a gs2-header of RFC 5801, section 4: how the exchange is bound to
 * its channel, and whom to act for, NULL for whoever authenticates.
 */
void gs2_header(const struct exchange *, const char *authzid, struct buf *);

#endif
