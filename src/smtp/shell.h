#ifndef SMTP_SHELL_H
#define SMTP_SHELL_H

#include <stddef.h>

struct buf;

/*
 * Runs a command line by /bin/sh, in a session of its own, and appends the
 * first max bytes that it writes to its standard output; it reads nothing.
 * When the time in seconds is over, all processes of the session that have
 * not left its group are killed.  What an earlier end leaves in the
 * background lives on and is not waited for.  0, or -1 when the exit status
 * is not 0: why, with the first line of the standard error, is in error.
 */
int shell_run(const char *command, double seconds, size_t max,
    struct buf *out, struct buf *error);

#endif
