#ifndef FLUSH_SIGNALS_H
#define FLUSH_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * SIGTERM and SIGINT say to stop, SIGHUP to read the configuration again, and
 * SIGCHLD ends a wait.
 */

/* Catches them, before anything is waited for. */
void signals_catch(void);

/* Blocks them but for the waits, which are with the mask that was before. */
void signals_block(sigset_t *before);

/* Whether it was said; the latter, since it was asked last. */
bool signals_want_stop(void);
bool signals_want_reload(void);

#endif
