#ifndef SMTP_AGENT_H
#define SMTP_AGENT_H

#include <stddef.h>

struct buf;
struct config;

/*
 * The relay agent: one session with the smarthost for the flusher at the
 * other end of the channel, which hears of everything that goes wrong.
 */
struct agent;

/* At most window messages are to be in flight at a time. */
struct agent *agent_new(const struct config *, int channel, size_t window);
void agent_free(struct agent *);

/*
 * All that needs files or other addresses: credentials, trust anchors, names
 * and the connection.  errors is what is wrong with the configuration; first
 * the address of the smarthost that is to be tried before others, or NULL.
 * 0, or -1 after the flusher was told why not.
 */
int agent_connect(struct agent *, const struct buf *errors,
    const char *first);

/* Reads now what would be read from files later, when none can be opened. */
void agent_prepare(void);

/*
 * Opens the session and relays what the flusher hands over, until there is
 * nothing for a while, the flusher has had enough, SIGTERM, or trouble.
 */
void agent_run(struct agent *);

#endif
