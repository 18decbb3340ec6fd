#ifndef SMTP_CHECK_H
#define SMTP_CHECK_H

#include <stdbool.h>

struct config;

/*
 * Tries every address of the smarthost as a session would, but sends nothing,
 * and says on the standard output what it finds (findings.h).  With a sender
 * and a recipient it asks whether mail from the one to the other is accepted.
 * anonymous: whoever runs this has no password to be known by.
 *
 * As in a session, all that needs files or other addresses comes before the
 * first byte is read from one of them, and in between the sandbox.
 */
void check_run(const struct config *, const char *sender,
    const char *recipient, bool anonymous);

#endif
