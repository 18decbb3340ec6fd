#ifndef CTL_IMPORT_ESMTP_H
#define CTL_IMPORT_ESMTP_H

struct imported;

/* Carries over esmtp's system-wide configuration, esmtprc(5). */
void esmtp_import(struct imported *, const char *const files[2]);

#endif
