#ifndef SMTP_CHANNEL_H
#define SMTP_CHANNEL_H

struct job;
struct report;

/*
 * The socket to the flusher: jobs come in, reports go out.  Neither waits
 * for the other side, but for a flusher that does not read its reports.
 */
struct channel;

/* Takes over the descriptor. */
struct channel *channel_new(int fd);
int channel_fd(const struct channel *);

/*
 * Puts a report with those that channel_flush sends, in as few packets as
 * they fit into.  0, or -1 when the flusher is gone.
 */
int channel_report(struct channel *, const struct report *);
int channel_flush(struct channel *);

/*
 * Receives a job, whose strings stay valid until the next one is, and the
 * descriptor of its file, which is then the caller's.
 */
enum channel_result {
	CHANNEL_JOB,
	CHANNEL_NOTHING,	/* at the moment */
	CHANNEL_END,		/* the flusher has no more */
};
enum channel_result channel_receive(struct channel *, struct job *, int *fd);

/* No more jobs: those that are here already come, and then the end. */
void channel_shut(struct channel *);

/*
 * The agent leaves.  Jobs that are here are taken out all the same, for a
 * socket that is closed with something unread shows the other side an error
 * in place of what it has not read yet.
 */
void channel_free(struct channel *);

#endif
