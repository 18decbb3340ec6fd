#ifndef CTL_STATUS_H
#define CTL_STATUS_H

/*
 * onehopctl status: one line for people and monitoring.  Unlike the other
 * verbs it returns what monitoring plugins do: 0, 1, 2 and 3 for OK, WARNING,
 * CRITICAL and UNKNOWN, whatever happens.  The arguments as in verbs.h.
 *
 * The second is run by a helper (spool/handover.h) for a user who may not see
 * what the smarthost said, which may have addresses in it.
 */
int verb_status(const char *config, int argc, char **argv);
int status_for_user(const char *config, int argc, char **argv);

#endif
