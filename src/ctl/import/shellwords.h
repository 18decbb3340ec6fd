#ifndef CTL_IMPORT_SHELLWORDS_H
#define CTL_IMPORT_SHELLWORDS_H

/*
 * Cuts the next word from a line, in place, and moves *rest behind it: quotes
 * as for the shell, but that a backslash in double quotes quotes any character,
 * as nullmailer has it.  NULL if there is none.
 */
char *shellwords_next(char **rest);

#endif
