#ifndef CTL_IMPORT_POSTFIXRELAY_H
#define CTL_IMPORT_POSTFIXRELAY_H

struct imported;
struct maincf;

/* Sets what main.cf, file, says of the smarthost, TLS and the password. */
void postfixrelay_carry(struct imported *, const struct maincf *,
    const char *file);

#endif
