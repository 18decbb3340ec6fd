#include <config.h>

#include "smtp/pipeline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/verdict.h"
#include "smtp/channel.h"
#include "smtp/ehlo.h"
#include "smtp/fault.h"
#include "smtp/flight.h"
#include "smtp/progress.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "smtp/stream.h"

enum {
	/* Replies due at most: some full envelopes. */
	REPLIES = 1024,
	/* What is said is pushed when it is as much: four TLS records. */
	ENOUGH = 64 * 1024,
	/* Each message that was delivered widens the window by so many. */
	GROWTH = 3,
	/* Jobs that wait for the window, so that there is always one. */
	AHEAD = 32,
};

struct due {
	int stage;		/* enum smtp_stage: what it answers, */
	struct flight *flight;	/* in which transaction, */
	size_t recipient;	/* about which recipient */
};

struct pipeline {
	struct session *session;
	struct channel *channel;
	size_t most;		/* flights at a time, when all goes well */
	size_t window;		/* flights at a time, now */
	size_t nflights;
	size_t nmails;		/* MAIL was said so often */
	struct flight *first, **last;
	struct due due[REPLIES];	/* a ring */
	size_t first_due;
	size_t ndue;
	char *mail;		/* the last MAIL that was said */
	bool open;		/* the server may have a transaction open, */
	bool peopled;		/* to which it has accepted a recipient */
	bool proven;		/* one was delivered that was behind another */
	bool out_of_step;
};

/*
 * With CHUNKING any number of messages can follow each other.  The go-ahead
 * to DATA has to be waited for, but the next envelope rides with the end of
 * data (RFC 2920, section 3.1).
 */
struct pipeline *
pipeline_new(struct session *s, struct channel *channel, size_t most)
{
	struct pipeline *p = xcalloc(1, sizeof(*p));

	p->session = s;
	p->channel = channel;
	p->most = most;
	if (!s->offered->pipelining)
		p->most = 1;
	else if (!s->offered->chunking && most > 2)
		p->most = 2;
	p->window = 1;
	p->last = &p->first;
	return p;
}

void
pipeline_free(struct pipeline *p)
{
	struct flight *f;

	if (p == NULL)
		return;
	while ((f = p->first) != NULL) {
		p->first = f->next;
		flight_free(f);
	}
	free(p->mail);
	free(p);
}

size_t
pipeline_jobs(const struct pipeline *p)
{
	return p->most + (p->most < AHEAD ? p->most : AHEAD);
}

bool
pipeline_is_spent(const struct pipeline *p)
{
	uint64_t most = p->session->offered->mail_max;

	return most > 0 && p->nmails >= most;
}

bool
pipeline_has_room(const struct pipeline *p)
{
	return p->nflights < p->window && !pipeline_is_spent(p);
}

bool
pipeline_is_busy(const struct pipeline *p)
{
	return p->nflights > 0;
}

bool
pipeline_in_step(const struct pipeline *p)
{
	return !p->out_of_step && !p->session->garbled;
}

struct flight *
pipeline_begin(struct pipeline *p, const struct job *job)
{
	struct flight *f = flight_new(job);

	f->behind = p->ndue > 0;
	*p->last = f;
	p->last = &f->next;
	p->nflights++;
	return f;
}

static void
widen(struct pipeline *p)
{
	p->window += GROWTH;
	if (p->window > p->most)
		p->window = p->most;
}

/*
 * Takes the flights away that are over, which are the first ones: they end in
 * the order in which they began.
 */
static void
land(struct pipeline *p)
{
	struct flight *f;

	while ((f = p->first) != NULL && flight_is_over(f)) {
		flight_report(f, p->channel);
		if (f->progress->delivered && f->behind)
			p->proven = true;
		if (f->progress->delivered)
			widen(p);
		p->first = f->next;
		if (p->first == NULL)
			p->last = &p->first;
		p->nflights--;
		flight_free(f);
	}
}

void
pipeline_done(struct pipeline *p, struct flight *f)
{
	f->said = true;
	land(p);
}

void
pipeline_push(struct pipeline *p)
{
	struct stream *s = p->session->stream;

	for (struct flight *f = p->first; f != NULL; f = f->next)
		flight_announce(f, p->channel);
	if (channel_flush(p->channel) == -1)
		fatalx(EX_UNAVAILABLE, "the flusher is gone, nothing is sent");
	stream_set_deadline(s, session_patience(p->session, STAGE_BDAT));
	/* What the smarthost said before it took no more is still heard. */
	stream_flush(s);
}

/* The session is over: what is not settled goes back to the queue. */
static int
abandon(struct pipeline *p)
{
	for (struct flight *f = p->first; f != NULL; f = f->next)
		flight_report(f, p->channel);
	return -1;
}

/* The session is lost: what had gone out as a whole may be delivered. */
static int
lose(struct pipeline *p)
{
	uint64_t written = stream_written(p->session->stream);

	for (struct flight *f = p->first; f != NULL; f = f->next)
		flight_lose(f, written, p->session->end->text);
	/* Two at a time may be what the smarthost cannot bear. */
	if (p->nflights > 1 && !p->proven)
		p->out_of_step = true;
	return abandon(p);
}

static int
fall_out_of_step(struct pipeline *p, const struct verdict *v,
    const char *why)
{
	p->out_of_step = true;
	p->session->lost = true;
	session_fail(p->session, FAULT_PROTOCOL, "%s%s", v->text, why);
	return lose(p);
}

/*
 * What a reply says about what is open at the server.  After a chunk that was
 * refused nobody knows (RFC 3030, section 2).
 */
static void
note_open(struct pipeline *p, int stage, const struct verdict *v)
{
	bool good = v->outcome == VERDICT_DELIVERED;

	if (stage == STAGE_RSET || (stage == STAGE_END_OF_DATA &&
	    (good || !p->session->offered->chunking)))
		p->open = p->peopled = false;
	else if (stage == STAGE_MAIL && good)
		p->open = true;
	else if (stage == STAGE_RCPT && good)
		p->peopled = true;
}

/*
 * An earlier transaction that was left open, because none of its recipients
 * was accepted, goes on as this one: they began alike.
 */
static bool
goes_on(const struct pipeline *p, int stage, const struct flight *f,
    int code)
{
	return stage == STAGE_MAIL && code == 503 && f->behind && p->open;
}

static struct due
pop_due(struct pipeline *p)
{
	struct due due = p->due[p->first_due];

	p->first_due = (p->first_due + 1) % REPLIES;
	p->ndue--;
	due.flight->ndue--;
	return due;
}

int
pipeline_hear(struct pipeline *p)
{
	struct session *s = p->session;
	struct due due;
	struct verdict v;

	/* The rest of a reply that has begun does not wait for us. */
	if (!stream_has_input(s->stream))
		pipeline_push(p);
	due = pop_due(p);
	if (session_read(s, due.stage, &v) == -1)
		return lose(p);
	if (s->reply->code == 421) {
		session_refused(s, due.stage, &v);
		return abandon(p);
	}
	/* Which of the replies is the one that was due, nobody knows. */
	if (p->ndue == 0 && session_is_ahead(s, due.stage))
		return fall_out_of_step(p, &v, ", and replies too many");
	if (goes_on(p, due.stage, due.flight, s->reply->code)) {
		if (p->peopled)
			return fall_out_of_step(p, &v, "");
		v.outcome = VERDICT_DELIVERED;
	}
	if (!progress_reply(due.flight->progress, due.stage, due.recipient,
	    &v))
		session_refused(s, due.stage, &v);
	note_open(p, due.stage, &v);
	land(p);
	return 0;
}

int
pipeline_hear_all(struct pipeline *p)
{
	while (p->ndue > 0)
		if (pipeline_hear(p) == -1)
			return -1;
	return p->session->ended ? -1 : 0;
}

static int
next_stage(const struct pipeline *p)
{
	return p->due[p->first_due].stage;
}

int
pipeline_timed_out(struct pipeline *p)
{
	session_timed_out(p->session, next_stage(p));
	return lose(p);
}

double
pipeline_patience(const struct pipeline *p)
{
	return session_patience(p->session, next_stage(p));
}

/* One more reply is due; as many as are too many at a time are heard. */
static int
push_due(struct pipeline *p, struct flight *f, int stage, size_t recipient)
{
	size_t most = p->session->offered->pipelining ? REPLIES : 1;

	p->due[(p->first_due + p->ndue++) % REPLIES] = (struct due){
		.stage = stage,
		.flight = f,
		.recipient = recipient,
	};
	f->ndue++;
	while (p->ndue >= most)
		if (pipeline_hear(p) == -1)
			return -1;
	return p->session->ended ? -1 : 0;
}

int
pipeline_say(struct pipeline *p, struct flight *f, int stage,
    size_t recipient, const char *command)
{
	session_say(p->session, "%s", command);
	return push_due(p, f, stage, recipient);
}

int
pipeline_mail(struct pipeline *p, struct flight *f, const char *command,
    const char *extra)
{
	bool alike = p->mail != NULL && strcmp(p->mail, command) == 0;
	bool reset = p->open;

	/* What DATA has begun is over with the end of data, come what may. */
	if (f->behind)
		reset = p->session->offered->chunking && !alike;
	if (reset && pipeline_say(p, f, STAGE_RSET, 0, "RSET") == -1)
		return -1;
	free(p->mail);
	p->mail = xstrdup(command);
	p->nmails++;
	session_say(p->session, "%s%s", command, extra);
	return push_due(p, f, STAGE_MAIL, 0);
}

int
pipeline_add(struct pipeline *p, struct flight *f)
{
	if (stream_output(p->session->stream)->len < ENOUGH)
		return 0;
	pipeline_push(p);
	if (stream_error(p->session->stream)[0] == '\0')
		return 0;
	/* It may have said why, which is its last word on the message. */
	push_due(p, f, STAGE_END_OF_DATA, 0);
	pipeline_hear_all(p);
	return -1;
}

int
pipeline_end(struct pipeline *p, struct flight *f)
{
	f->end = stream_position(p->session->stream);
	return push_due(p, f, STAGE_END_OF_DATA, 0);
}
