#ifndef BASE_HELP_H
#define BASE_HELP_H

#include <stdbool.h>

/*
 * Whether the only argument is --help or --version, which every program has:
 * then the usage, or the name of the program and its version, stands on
 * stdout.
 */
bool help_given(int argc, char **argv, const char *program,
    const char *usage);

/* The exit status after that: EX_OK, or EX_IOERR if stdout has not taken it. */
int help_end(void);

#endif
