#ifndef SMTP_CHANNEL_H
#define SMTP_CHANNEL_H

struct job;
struct report;

/*
 * The socket to the flusher: jobs come in, reports go out.  It blocks.
 */

/* Sends a report.  0, or -1 when the flusher is gone. */
int channel_report(int channel, const struct report *);

/*
 * Receives a job into a packet of CHANNEL_PACKET bytes, to which the strings
 * of the job then point, and the descriptor of its file, which is then the
 * caller's.  1, or 0 when the flusher has no more.
 */
enum { CHANNEL_PACKET = 152 * 1024 + 1 };
int channel_receive(int channel, char *packet, struct job *, int *fd);

/*
 * The agent leaves: no more jobs, and those that are here are not done.  They
 * are taken out all the same, for a socket that is closed with something
 * unread shows the other side an error in place of what it has not read yet.
 */
void channel_end(int channel);

#endif
