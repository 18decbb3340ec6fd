#ifndef CTL_REWRITE_H
#define CTL_REWRITE_H

/*
 * onehopctl rewrite: what becomes of each of the addresses, as recipient and
 * as sender, and why.  The arguments and the exit status as in verbs.h;
 * EX_DATAERR when an address is malformed, after the others have been seen
 * to.
 */
int verb_rewrite(const char *config, int argc, char **argv);

#endif
