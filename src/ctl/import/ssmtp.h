#ifndef CTL_IMPORT_SSMTP_H
#define CTL_IMPORT_SSMTP_H

struct imported;

/* Carries over ssmtp's configuration: ssmtp.conf(5) and revaliases. */
void ssmtp_import(struct imported *, const char *const files[2]);

#endif
