#ifndef CTL_IMPORT_IMPORTCHECK_H
#define CTL_IMPORT_IMPORTCHECK_H

struct imported;

/*
 * Makes the settings fit each other, so that conffile.h has nothing against
 * them: what is of no use alone goes, and of two bounds one moves.
 */
void importcheck(struct imported *);

#endif
