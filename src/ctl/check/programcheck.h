#ifndef CTL_CHECK_PROGRAMCHECK_H
#define CTL_CHECK_PROGRAMCHECK_H

struct place;

/*
 * Checks the program sendmail and its setgid bit, whether it is the one that
 * others run, the sandbox, and what starts the flusher.
 */
void programcheck_run(const struct place *);

#endif
