#ifndef CTL_IMPORT_MSMTP_H
#define CTL_IMPORT_MSMTP_H

struct imported;

/* Carries over msmtp's system-wide configuration, msmtprc of msmtp(1). */
void msmtp_import(struct imported *, const char *const files[2]);

#endif
