#ifndef SMTP_REASON_H
#define SMTP_REASON_H

#include <stdbool.h>

/*
 * What went wrong last in OpenSSL, from its queue of errors, in words that
 * help an administrator where there are some.
 */
const char *reason_text(void);

/* Whether it was that the other side does not speak TLS. */
bool reason_is_no_tls(void);

#endif
