#include <config.h>

#include "flush/pool.h"

#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "flush/agent.h"
#include "flush/allowance.h"
#include "flush/growth.h"
#include "flush/metrics.h"
#include "flush/queue.h"
#include "flush/smarthost.h"
#include "flush/transit.h"
#include "mail/report.h"
#include "mail/trouble.h"
#include "mail/verdict.h"
#include "spool/config.h"

enum {
	/* Of what cannot be sent there may be any number. */
	TAKEN_AT_ONCE = 500,
	/* Seconds: a clock that may be set is looked at this often. */
	LONGEST_WAIT = 60 * 60,
};

void
pool_init(struct pool *p)
{
	p->agents = xcalloc(POOL_AGENTS, sizeof(*p->agents));
	p->growth = xcalloc(1, sizeof(*p->growth));
	for (size_t i = 0; i < POOL_AGENTS; i++)
		p->agents[i].sock = -1;
	pool_forget(p);
}

void
pool_forget(struct pool *p)
{
	*p->growth = (struct growth){ 0 };
	transit_limit(p->transit, 0);
	p->one_by_one = false;
}

void
pool_free(struct pool *p)
{
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
pool_has(const struct pool *p, pid_t pid)
{
	for (size_t i = 0; i < POOL_AGENTS; i++)
		if (p->agents[i].pid == pid)
			return true;
	return false;
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

	return agents < p->transit->cfg->connections && worth < SIZE_MAX &&
	    !pool_is_starting(p) && transit_is_allowed(p->transit) &&
	    smarthost_allows(p->smarthost, &wait) &&
	    queue_count_due(p->transit->queue, now, worth) >= worth;
}

static void
start_agent(struct pool *p)
{
	struct agent *a = p->agents;

	if (p->transit->cfg->relay.host == NULL) {
		smarthost_failed(p->smarthost, p->transit->cfg,
		    "no smarthost is configured; set relay in onehop.conf",
		    TROUBLE_LOCAL);
		return;
	}
	while (a->pid != 0)
		a++;
	if (agent_start(a, p->config, smarthost_address(p->smarthost),
	    p->one_by_one) == -1) {
		log_warn("cannot start onehop-smtp");
		smarthost_failed(p->smarthost, p->transit->cfg,
		    "onehop-smtp cannot be started", TROUBLE_LOCAL);
	}
}

void
pool_dispatch(struct pool *p, int64_t now)
{
	struct agent *a;

	if (!transit_is_busy(p->transit))
		growth_idle(p->growth, date_monotonic());
	for (int i = 0; i < TAKEN_AT_ONCE; i++)
		if ((a = free_agent(p)) == NULL ||
		    !transit_hand_out(p->transit, a, now))
			break;
	if (wants_agent(p, now))
		start_agent(p);
}

int64_t
pool_next(const struct pool *p, int64_t clock)
{
	int64_t now = date_seconds(), next, wait;

	next = queue_next(p->transit->queue);
	if (next == INT64_MAX)
		return next;
	if (next > now)
		return clock + 1000 * (next - now < LONGEST_WAIT ?
		    next - now : LONGEST_WAIT);
	if (!smarthost_allows(p->smarthost, &wait))
		return clock + wait + 1;
	wait = allowance_wait(p->transit->allowance, NULL);
	if (wait > 0)
		return clock + wait;
	return free_agent(p) != NULL ? clock : INT64_MAX;
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
    int trouble)
{
	a->retired = true;
	metrics_failure(p->metrics, trouble);
	if (pool_agents(p) > 1)
		shrink(p, reason);
	else if (a->progress)
		log_info("session ended: %s", reason);
	else
		smarthost_failed(p->smarthost, p->transit->cfg, reason,
		    trouble);
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
job_done(struct pool *p, struct agent *a, const struct report *report)
{
	a->jobs--;
	a->progress = true;
	growth_done(p->growth);
	heed(p, a, report);
	transit_report(p->transit, a, report);
	smarthost_works(p->smarthost);
}

static void
session_ready(struct pool *p, struct agent *a, const struct report *report)
{
	a->window = report->window;
	a->dsn = report->dsn;
	a->connecting = report->connecting;
	strlcpy(a->relay, report->relay, sizeof(a->relay));
	smarthost_answered(p->smarthost, report->relay);
	metrics_session(p->metrics, report->connecting);
	growth_connected(p->growth, date_monotonic(),
	    (int64_t)(report->connecting * 1000));
	if (report->recipients > 0)
		transit_limit(p->transit, report->recipients);
}

static void
take_report(struct pool *p, struct agent *a, const struct report *report)
{
	switch (report->kind) {
	case REPORT_READY:
		session_ready(p, a, report);
		break;
	case REPORT_SENDING:
		transit_report(p->transit, a, report);
		break;
	case REPORT_DONE:
		job_done(p, a, report);
		break;
	case REPORT_ENDED:
		a->ended = true;
		if (!report->in_step && !p->one_by_one) {
			p->one_by_one = true;
			log_warnx("the smarthost fell out of step: from now "
			    "on it gets one message at a time");
		}
		session_failed(p, a, report->verdicts[0].text,
		    report->verdicts[0].trouble);
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
		session_failed(p, a, reason, TROUBLE_LOCAL);
	else if (status == 0 && a->window > 0 && !a->retired)
		smarthost_works(p->smarthost);
	transit_take_back(p->transit, a);
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
