#ifndef CTL_CHECK_CHECK_H
#define CTL_CHECK_CHECK_H

/*
 * onehopctl check [--send ADDRESS]: looks at all that mail needs to go out,
 * and says what is wrong, why it matters and what to write.  The arguments as
 * in verbs.h; EX_CONFIG for mistakes in the configuration, EX_UNAVAILABLE
 * when something else is wrong.
 */
int verb_check(const char *config, int argc, char **argv);

#endif
