#ifndef CTL_IMPORT_OLDALIAS_H
#define CTL_IMPORT_OLDALIAS_H

struct imported;

/*
 * Sets admin to what the entry with this name has in a file of aliases, for
 * programs where it stands for all local names that have none of their own.
 */
void oldalias_catch_all(struct imported *, const char *file,
    const char *name);

#endif
