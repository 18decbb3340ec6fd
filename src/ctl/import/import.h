#ifndef CTL_IMPORT_IMPORT_H
#define CTL_IMPORT_IMPORT_H

/*
 * onehopctl import: the configuration of another program in the words of
 * onehop.conf(5), printed or written.  The arguments as in verbs.h.
 */
int verb_import(const char *config, int argc, char **argv);

#endif
