#ifndef CTL_REWRITE_H
#define CTL_REWRITE_H

struct config;

/*
 * Prints what becomes of each of the addresses, as recipient and as sender,
 * and why.  words ends with NULL.  EX_OK, or EX_DATAERR when one of them is
 * malformed, after the others have been seen to.
 */
int rewrite_show(const struct config *, char **words);

#endif
