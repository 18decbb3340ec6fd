#ifndef CTL_HOLD_H
#define CTL_HOLD_H

/*
 * onehopctl hold and release: sets messages aside in hold/, where nothing is
 * tried and nothing expires, and puts them back, due now.  The arguments and
 * the exit status as in verbs.h.
 */
int verb_hold(const char *config, int argc, char **argv);
int verb_release(const char *config, int argc, char **argv);

#endif
