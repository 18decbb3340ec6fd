#ifndef SMTP_REASON_H
#define SMTP_REASON_H

/*
 * What went wrong last in OpenSSL, from its queue of errors, in words that
 * help an administrator where there are some.
 */
const char *reason_text(void);

#endif
