#ifndef CTL_IMPORT_IMPORTWRITE_H
#define CTL_IMPORT_IMPORTWRITE_H

#include <stdbool.h>

struct imported;

/*
 * Sets where password and table of senders go, beside the configuration, and
 * the spool that is in use.  config is the file that -C names, or NULL.
 */
void importwrite_name_files(struct imported *, const char *config);

/*
 * Writes configuration, password and table of senders, the first as the last.
 * What is there and says something is kept under another name, and replaced
 * only if force says so; otherwise nothing is written and the program ends.
 */
void importwrite(struct imported *, const char *config, bool force);

#endif
