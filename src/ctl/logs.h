#ifndef CTL_LOGS_H
#define CTL_LOGS_H

struct history;
struct logs;

/*
 * The logs of this machine: the journal, and mail.log with its older ones.
 * What cannot be read is as if it were empty.
 *
 * Opening is for whoever may read them; reading, to which it leaves all that
 * was opened, takes no rights.
 */
struct logs *logs_open(const struct history *);

/*
 * Gives their lines to the history, for each message those of the journal, or
 * if that has none, those of mail.log, oldest first; and frees the logs.
 */
void logs_read(struct logs *, struct history *);

#endif
