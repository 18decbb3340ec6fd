#ifndef CTL_SHELLWORDS_H
#define CTL_SHELLWORDS_H

/*
 * Cuts the next word from a line by the rules of the shell for quotes and
 * backslashes, in place, and moves *rest behind it.  NULL if there is none.
 */
char *shellwords_next(char **rest);

#endif
