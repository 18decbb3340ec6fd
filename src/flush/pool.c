#include <config.h>

#include "flush/pool.h"

#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/agent.h"
#include "flush/allowance.h"
#include "flush/batch.h"
#include "flush/delivery.h"
#include "flush/growth.h"
#include "flush/item.h"
#include "flush/queue.h"
#include "flush/slots.h"
#include "flush/smarthost.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "spool/config.h"

enum {
	/* Seconds until a file is tried again that cannot be read now. */
	UNREADABLE_WAIT = 60,
};

void
pool_init(struct pool *p)
{
	p->agents = xcalloc(POOL_AGENTS, sizeof(*p->agents));
	p->slots = xcalloc(1, sizeof(*p->slots));
	p->growth = xcalloc(1, sizeof(*p->growth));
	for (size_t i = 0; i < POOL_AGENTS; i++)
		p->agents[i].sock = -1;
	pool_forget(p);
}

void
pool_forget(struct pool *p)
{
	*p->growth = (struct growth){ 0 };
	p->recipients = JOB_RECIPIENTS;
	p->one_by_one = false;
}

void
pool_free(struct pool *p)
{
	slots_clear(p->slots);
	free(p->slots);
	free(p->growth);
	free(p->agents);
}

size_t
pool_agents(const struct pool *p)
{
	size_t n = 0;

	for (size_t i = 0; i < POOL_AGENTS; i++)
		n += p->agents[i].pid != 0;
	return n;
}

bool
pool_is_busy(const struct pool *p)
{
	return slots_busy(p->slots);
}

/* The one that has the least to do. */
static struct agent *
free_agent(const struct pool *p)
{
	struct agent *best = NULL;

	for (size_t i = 0; i < POOL_AGENTS; i++) {
		struct agent *a = &p->agents[i];

		if (agent_is_free(a) && (best == NULL || a->jobs < best->jobs))
			best = a;
	}
	return best;
}

/*
 * Puts a message back as it is, behind those that have been waiting: were it
 * the one that breaks every session, the others would never get their turn.
 */
static void
put_back(struct pool *p, struct delivery *d, int64_t due)
{
	struct item item = *d->item;

	allowance_give_back(p->allowance, d->batch->nrecipients);
	item.due = due;
	delivery_drop(d);
	queue_add(p->queue, &item);
}

static void
settle(struct pool *p, struct delivery *d)
{
	struct item again;

	if (delivery_settle(d, p->spool, p->cfg, &again))
		queue_add(p->queue, &again);
	p->dirty = true;
}

/* How many recipients a job may have now. */
static size_t
recipients_at_once(const struct pool *p)
{
	uint64_t left = allowance_left(p->allowance);

	return left < p->recipients ? (size_t)left : p->recipients;
}

/* Gives the agent the next job of a message, or settles it if there is none. */
static void
send_job(struct pool *p, struct agent *a, struct delivery *d)
{
	int64_t now = (int64_t)time(NULL);
	struct job job = { .slot = slots_number(p->slots, d) };
	size_t most = recipients_at_once(p);
	int fd, result;

	if (!delivery_next_job(d, p->spool, most, &job, &fd)) {
		settle(p, d);
		return;
	}
	allowance_take(p->allowance, job.nrecipients);
	if (fd == -1) {
		log_warn("%s: cannot be opened; it stays in the queue", d->id);
		put_back(p, d, now + UNREADABLE_WAIT);
		return;
	}
	d->agent = a;
	d->connecting = a->connecting;
	a->connecting = 0;
	result = agent_send(a, &job, fd);
	close(fd);
	if (result == -1) {
		/* It takes no more; pool_receive will know why. */
		a->window = 0;
		put_back(p, d, now);
	}
}

/* Takes an item of the queue to the agent, if it is still there. */
static void
hand_out(struct pool *p, struct agent *a, const struct item *item, int64_t now)
{
	struct item later = *item;
	struct delivery *d;

	if (slots_hold(p->slots, item))
		return;
	d = slots_take(p->slots);
	switch (delivery_begin(d, p->spool, item)) {
	case DELIVERY_OK:
		send_job(p, a, d);
		break;
	case DELIVERY_LATER:
		later.due = now + UNREADABLE_WAIT;
		queue_add(p->queue, &later);
		break;
	case DELIVERY_GONE:
	case DELIVERY_CORRUPT:
		break;
	}
}

bool
pool_is_starting(const struct pool *p)
{
	for (size_t i = 0; i < POOL_AGENTS; i++)
		if (p->agents[i].pid != 0 && p->agents[i].window == 0)
			return true;
	return false;
}

static bool
wants_agent(const struct pool *p, int64_t now)
{
	size_t agents = pool_agents(p);
	size_t worth = growth_worth(p->growth, date_monotonic(), agents);
	int64_t wait;

	return agents < p->cfg->connections && worth < SIZE_MAX &&
	    !pool_is_starting(p) && recipients_at_once(p) > 0 &&
	    smarthost_allows(p->smarthost, &wait) &&
	    queue_count_due(p->queue, now, worth) >= worth;
}

static void
start_agent(struct pool *p)
{
	struct agent *a = p->agents;

	if (p->cfg->relay.host == NULL) {
		smarthost_failed(p->smarthost, p->cfg, "no smarthost is "
		    "configured; set relay in onehop.conf", false);
		return;
	}
	while (a->pid != 0)
		a++;
	if (agent_start(a, p->config, smarthost_address(p->smarthost),
	    p->one_by_one) == -1) {
		log_warn("cannot start onehop-smtp");
		smarthost_failed(p->smarthost, p->cfg,
		    "onehop-smtp cannot be started", false);
	}
}

void
pool_dispatch(struct pool *p, int64_t now)
{
	struct agent *a;
	struct item item;

	if (!slots_busy(p->slots))
		growth_idle(p->growth, date_monotonic());
	while ((a = free_agent(p)) != NULL &&
	    recipients_at_once(p) > 0 && queue_take(p->queue, now, &item))
		hand_out(p, a, &item, now);
	if (wants_agent(p, now))
		start_agent(p);
}

size_t
pool_poll(const struct pool *p, struct pollfd *fds)
{
	size_t n = 0;

	for (size_t i = 0; i < POOL_AGENTS; i++)
		if (p->agents[i].sock != -1)
			fds[n++] = (struct pollfd){
				.fd = p->agents[i].sock,
				.events = POLLIN,
			};
	return n;
}

static void
shrink(struct pool *p, const char *reason)
{
	int64_t clock = date_monotonic();
	size_t agents = pool_agents(p);

	growth_shrink(p->growth, clock, agents);
	if (agents > 1)
		log_info("no more than %zu sessions for a while: %s",
		    p->growth->limit, reason);
}

/*
 * A session ended that should not have.  One that did some work before, or
 * that was one too many, says nothing against the smarthost: if it is unwell
 * the next one will show it.
 */
static void
session_failed(struct pool *p, struct agent *a, const char *reason,
    bool unreachable)
{
	a->retired = true;
	if (pool_agents(p) > 1)
		shrink(p, reason);
	else if (a->progress)
		log_info("session ended: %s", reason);
	else
		smarthost_failed(p->smarthost, p->cfg, reason, unreachable);
}

/*
 * The smarthost is asking for less: RFC 3463 has 4.3.2 for a system that
 * takes no mail now, and providers use 4.7 for those who send too much.
 */
static bool
asks_for_less(const struct verdict *v)
{
	return v->outcome == VERDICT_TEMPORARY && !v->possible_duplicate &&
	    (strcmp(v->status, "4.3.2") == 0 ||
	    strncmp(v->status, "4.7.", 4) == 0 ||
	    strcasestr(v->text, "too many") != NULL);
}

static void
heed(struct pool *p, struct agent *a, const struct report *report)
{
	for (size_t i = 0; i < report->nverdicts; i++)
		if (asks_for_less(&report->verdicts[i]) &&
		    pool_agents(p) > 1) {
			shrink(p, report->verdicts[i].text);
			agent_retire(a);
			return;
		}
}

static void
job_done(struct pool *p, struct agent *a, struct delivery *d,
    const struct report *report)
{
	a->jobs--;
	a->progress = true;
	d->agent = NULL;
	growth_done(p->growth);
	heed(p, a, report);
	delivery_verdicts(d, p->cfg, report, a, &p->recipients);
	smarthost_works(p->smarthost);
	if (!delivery_has_more(d))
		settle(p, d);
	else if (agent_is_free(a) && recipients_at_once(p) > 0)
		send_job(p, a, d);
	else
		put_back(p, d, (int64_t)time(NULL));
}

/* What is about the network or its routing (RFC 3463, section 3.5). */
static bool
is_unreachable(const struct verdict *v)
{
	return strncmp(v->status, "4.4.", 4) == 0;
}

static void
session_ready(struct pool *p, struct agent *a, const struct report *report)
{
	a->window = report->window;
	a->connecting = report->connecting;
	strlcpy(a->relay, report->relay, sizeof(a->relay));
	smarthost_answered(p->smarthost, report->relay);
	growth_connected(p->growth, date_monotonic(),
	    (int64_t)(report->connecting * 1000));
	if (report->recipients > 0 && report->recipients < p->recipients)
		p->recipients = report->recipients;
}

static void
take_report(struct pool *p, struct agent *a, const struct report *report)
{
	struct delivery *d = slots_find(p->slots, a, report->slot);

	switch (report->kind) {
	case REPORT_READY:
		session_ready(p, a, report);
		break;
	case REPORT_SENDING:
		if (d != NULL)
			d->sending = true;
		break;
	case REPORT_DONE:
		if (d != NULL)
			job_done(p, a, d, report);
		break;
	case REPORT_ENDED:
		a->ended = true;
		if (!report->in_step && !p->one_by_one) {
			p->one_by_one = true;
			log_warnx("the smarthost fell out of step: from now "
			    "on it gets one message at a time");
		}
		session_failed(p, a, report->verdicts[0].text,
		    is_unreachable(&report->verdicts[0]));
		break;
	}
}

static void
take_packet(struct pool *p, struct agent *a, char *packet)
{
	struct report report;
	int result;

	while ((result = report_decode(&report, &packet)) == 1) {
		take_report(p, a, &report);
		report_free(&report);
	}
	if (result == -1)
		agent_reject(a);
}

static void
receive(struct pool *p, struct agent *a)
{
	char packet[REPORT_MAX + 1];

	while (a->sock != -1 && agent_receive(a, packet) == 1)
		take_packet(p, a, packet);
}

/*
 * Takes back the jobs of an agent that has exited.  If it said that its
 * session had ended, none of them was delivered.
 */
static void
take_back(struct pool *p, struct agent *a)
{
	struct delivery *d;

	while ((d = slots_of(p->slots, a)) != NULL) {
		d->agent = NULL;
		if (d->sending && !a->ended) {
			delivery_lost(d, p->cfg, a);
			settle(p, d);
		} else
			put_back(p, d, (int64_t)time(NULL));
	}
}

static void
exited(struct pool *p, struct agent *a, int status)
{
	char reason[80];

	receive(p, a);
	if (WIFSIGNALED(status))
		snprintf(reason, sizeof(reason),
		    "onehop-smtp died of signal %d", WTERMSIG(status));
	else
		snprintf(reason, sizeof(reason),
		    "onehop-smtp exited with status %d", WEXITSTATUS(status));
	if (status != 0 && !a->retired)
		session_failed(p, a, reason, false);
	else if (status == 0 && a->window > 0 && !a->retired)
		smarthost_works(p->smarthost);
	take_back(p, a);
	agent_forget(a);
}

void
pool_receive(struct pool *p)
{
	int status;

	for (size_t i = 0; i < POOL_AGENTS; i++) {
		struct agent *a = &p->agents[i];

		/* Its packet is a large one to have on the stack. */
		if (a->sock != -1)
			receive(p, a);
		if (a->pid != 0 && waitpid(a->pid, &status, WNOHANG) == a->pid)
			exited(p, a, status);
	}
}

void
pool_retire(struct pool *p)
{
	for (size_t i = 0; i < POOL_AGENTS; i++)
		if (p->agents[i].pid != 0)
			agent_retire(&p->agents[i]);
}

void
pool_kill(struct pool *p)
{
	for (size_t i = 0; i < POOL_AGENTS; i++)
		if (p->agents[i].pid != 0) {
			p->agents[i].retired = true;
			kill(p->agents[i].pid, SIGKILL);
		}
}
