#ifndef CTL_CHECK_SPOOLCHECK_H
#define CTL_CHECK_SPOOLCHECK_H

struct place;

/* Checks owners and modes in the spool, its room, and its flusher. */
void spoolcheck_run(const struct place *);

#endif
