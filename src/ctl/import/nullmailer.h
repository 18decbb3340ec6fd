#ifndef CTL_IMPORT_NULLMAILER_H
#define CTL_IMPORT_NULLMAILER_H

struct imported;

/* Carries over nullmailer's control files (nullmailer(7)) in a directory. */
void nullmailer_import(struct imported *, const char *const files[2]);

#endif
