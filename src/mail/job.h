#ifndef MAIL_JOB_H
#define MAIL_JOB_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * One transaction, as the flusher hands it to an agent: one packet, with a
 * read-only descriptor of the spool file beside it.  The agent answers with
 * one REPORT_SENDING and one REPORT_DONE (report.h).
 */
enum {
	/* RFC 5321, 4.5.3.1.8: every server takes 100 recipients. */
	JOB_RECIPIENTS = 100,
	/*
	 * A packet: 101 addresses of ADDRESS_MAX, 100 ORCPT of DSN_ORCPT_MAX,
	 * and some numbers for each.
	 */
	JOB_MAX = 152 * 1024,
};

struct job {
	uint32_t slot;		/* names the job in the agent's reports */
	const char *id;		/* of the message, for the log */
	off_t offset;		/* in the file, where the message begins */
	off_t size;		/* of the message, in bytes */
	bool eightbit;		/* it has bytes above 127 */
	bool utf8;		/* its sender has, or all its recipients */
	bool require_tls;	/* RFC 8689 */
	const char *sender;	/* "" is the null sender */
	unsigned ret;		/* enum dsn_ret */
	const char *envid;	/* as after ENVID=; NULL: none */
	struct job_recipient {
		const char *address;
		unsigned notify;	/* enum dsn_notify, or-ed */
		const char *orcpt;	/* as after ORCPT=; NULL: none */
	} recipients[JOB_RECIPIENTS];
	size_t nrecipients;	/* 1 to JOB_RECIPIENTS */
};

/* Appends the job as a packet. */
void job_encode(const struct job *, struct buf *);

/*
 * Decodes a packet of len bytes, followed by a NUL, in place: the strings of
 * the job point into it.  0, or -1 when it is malformed.
 */
int job_decode(struct job *, char *packet, size_t len);

#endif
