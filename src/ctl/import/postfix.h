#ifndef CTL_IMPORT_POSTFIX_H
#define CTL_IMPORT_POSTFIX_H

struct imported;

/* Carries over a null client's main.cf (postconf(5)) and its tables. */
void postfix_import(struct imported *, const char *const files[2]);

#endif
