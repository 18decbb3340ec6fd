#ifndef CTL_HELPER_H
#define CTL_HELPER_H

#include <stdbool.h>

/*
 * For whoever may not look into the queue himself, a helper of onehop-flush
 * (spool/handover.h) prints what he may see.
 */
bool helper_is_needed(int spool);

/*
 * Lets one run these words, up to NULL, and returns their exit status.  Ends
 * the program when onehop-flush is not running, or does not do it.
 */
int helper_run(int spool, char *const *words);

#endif
