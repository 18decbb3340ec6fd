#include <config.h>

#include "smtp/agent.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "smtp/authentication.h"
#include "smtp/channel.h"
#include "smtp/connect.h"
#include "smtp/credentials.h"
#include "smtp/digest.h"
#include "smtp/ehlo.h"
#include "smtp/fault.h"
#include "smtp/pipeline.h"
#include "smtp/session.h"
#include "smtp/stream.h"
#include "smtp/tls.h"
#include "smtp/transaction.h"
#include "spool/config.h"

struct agent {
	const struct config *config;
	struct channel *channel;
	size_t window;		/* messages in flight at most */
	double started;
	struct credentials credentials;
	struct tls *tls;
	struct buf helo;
	struct connection connection;
	struct session *session;
	struct pipeline *pipeline;
};

static volatile sig_atomic_t terminated;

static void
on_sigterm(int signal)
{
	(void)signal;
	terminated = 1;
}

struct agent *
agent_new(const struct config *config, int channel, size_t window)
{
	struct agent *a = xcalloc(1, sizeof(*a));

	a->config = config;
	a->channel = channel_new(channel);
	a->window = window;
	a->started = date_clock();
	a->connection.fd = -1;
	return a;
}

void
agent_free(struct agent *a)
{
	channel_free(a->channel);
	pipeline_free(a->pipeline);
	session_close(a->session);
	tls_free(a->tls);
	credentials_wipe(&a->credentials);
	buf_free(&a->helo);
	connect_free(&a->connection);
	free(a);
}

static void
report_end(struct agent *a, struct verdict *v)
{
	struct report ended = {
		.kind = REPORT_ENDED,
		.in_step = a->pipeline == NULL ||
		    pipeline_in_step(a->pipeline),
		.verdicts = v,
		.nverdicts = 1,
	};

	channel_report(a->channel, &ended);
}

/* Tells the flusher of trouble before there is a session; -1. */
static int
give_up(struct agent *a, enum fault fault, const char *detail)
{
	struct verdict v = fault_verdict(fault, NULL, a->config->file,
	    detail);

	report_end(a, &v);
	return -1;
}

/* Tells of the first thing that is wrong with the configuration. */
static int
give_up_config(struct agent *a, const struct buf *errors)
{
	char *line = xstrndup(errors->data, strcspn(errors->data, "\n"));

	give_up(a, FAULT_CONFIG, line);
	free(line);
	return -1;
}

static int
read_password(struct agent *a)
{
	const struct config *config = a->config;
	struct buf error = { 0 };
	int result = 0;

	if (credentials_read(&a->credentials, config, &error) == -1)
		result = give_up(a, FAULT_CREDENTIALS, error.data);
	buf_free(&error);
	return result;
}

/* Reads what TLS needs.  0, or -1 and a verdict. */
static int
read_anchors(struct agent *a, struct verdict *v)
{
	const struct config *config = a->config;
	struct buf detail = { 0 };
	int fault;

	if (!config->relay.implicit_tls && config->tls == TLS_NONE)
		return 0;
	a->tls = tls_new(config, &fault, &detail);
	if (a->tls == NULL)
		*v = fault_verdict((enum fault)fault, NULL, config->file,
		    detail.data);
	buf_free(&detail);
	return a->tls != NULL ? 0 : -1;
}

/* Connects, and reads files while the smarthost has not answered. */
static int
connect_relay(struct agent *a, const char *first, struct verdict *v)
{
	if (connect_begin(&a->connection, a->config, first, v) == -1 ||
	    read_anchors(a, v) == -1)
		return -1;
	return connect_finish(&a->connection, a->config, v);
}

void
agent_prepare(void)
{
	tzset();
	log_connect();
	digest_prepare();
}

int
agent_connect(struct agent *a, const struct buf *errors, const char *first)
{
	struct verdict v;

	if (errors->len > 0)
		return give_up_config(a, errors);
	if (a->config->relay.host == NULL)
		return give_up(a, FAULT_NO_RELAY, "");
	if (read_password(a) == -1)
		return -1;
	if (connect_relay(a, first, &v) == -1) {
		report_end(a, &v);
		return -1;
	}
	connect_helo(a->config, a->connection.fd, &a->helo);
	agent_prepare();
	a->session = session_new(a->config, &a->connection, a->tls);
	return 0;
}

/*
 * While a transaction runs, SIGTERM waits: it is let in by ppoll only.
 * Returns the mask for that.
 */
static sigset_t
hold_sigterm(void)
{
	struct sigaction sa = { .sa_handler = on_sigterm };
	sigset_t sigterm, before;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&sigterm);
	sigaddset(&sigterm, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &sigterm, &before) == -1 ||
	    sigaction(SIGTERM, &sa, NULL) == -1)
		fatal(EX_OSERR, "signals");
	sigdelset(&before, SIGTERM);
	return before;
}

/*
 * Sends what is to be sent, and waits until there is something to read, from
 * the flusher or the smarthost.  After the idle time or SIGTERM the channel
 * is shut for new jobs.  It then gives those that made it in before and the
 * end, so that no job is lost on the way out.  0, or -1 when the session has
 * ended.
 */
static int
wait_input(struct agent *a, const sigset_t *mask)
{
	bool busy = pipeline_is_busy(a->pipeline);
	double seconds = busy ? pipeline_patience(a->pipeline) :
	    (double)a->config->idle_timeout;
	struct timespec timeout = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};
	const struct stream *s = a->session->stream;
	struct pollfd pfd[] = {
		{ .fd = channel_fd(a->channel), .events = POLLIN },
		{ .fd = stream_fd(s), .events = POLLIN },
	};
	int n;

	pipeline_push(a->pipeline);
	n = ppoll(pfd, 2, &timeout, mask);
	if (n == -1 && errno != EINTR)
		fatal(EX_OSERR, "poll");
	if (n == 0 && busy)
		return pipeline_timed_out(a->pipeline);
	if (n == 0 || terminated)
		channel_shut(a->channel);
	if (n <= 0 || (pfd[1].revents == 0 && !stream_has_input(s)))
		return 0;
	/* A reply to nothing would be taken for the next one. */
	return busy ? pipeline_hear(a->pipeline) : session_check(a->session);
}

/*
 * Takes the next job, as soon as the pipeline has room for it; meanwhile it
 * is heard.  0, or -1 when there will be none any more.
 */
static int
next_job(struct agent *a, const sigset_t *mask, struct job *job, int *fd)
{
	struct pipeline *p = a->pipeline;
	enum channel_result result;

	for (;;) {
		while (pipeline_is_busy(p) && (!pipeline_has_room(p) ||
		    stream_has_input(a->session->stream)))
			if (pipeline_hear(p) == -1)
				return -1;
		if (pipeline_is_spent(p) ||
		    (!pipeline_is_busy(p) && wait_input(a, mask) == -1))
			return -1;
		result = channel_receive(a->channel, job, fd);
		if (result == CHANNEL_JOB)
			return 0;
		if (result == CHANNEL_END)
			return -1;
		if (pipeline_is_busy(p) && wait_input(a, mask) == -1)
			return -1;
	}
}

static void
run_jobs(struct agent *a, const sigset_t *mask)
{
	struct job job;
	int fd, result = 0;

	while (result == 0 && next_job(a, mask, &job, &fd) == 0) {
		result = transaction_say(a->pipeline, a->session, &job, fd);
		close(fd);
	}
	if (!a->session->lost)
		pipeline_hear_all(a->pipeline);
}

static void
report_ready(struct agent *a)
{
	const struct report ready = {
		.kind = REPORT_READY,
		.window = (unsigned)pipeline_jobs(a->pipeline),
		.recipients = (unsigned)a->session->offered->rcpt_max,
		.dsn = a->session->offered->dsn,
		.relay = a->connection.name,
		.connecting = date_clock() - a->started,
	};

	channel_report(a->channel, &ready);
}

static void
log_connected(const struct session *s)
{
	struct buf text = { 0 };

	session_describe(s, &text);
	if (s->encrypted)
		log_event("smtp", NULL, "TLS connection established to %s: %s",
		    s->relay, text.data);
	else
		log_event("smtp", NULL, "connection established to %s: %s",
		    s->relay, text.data);
	buf_free(&text);
}

static void
relay(struct agent *a)
{
	sigset_t mask = hold_sigterm();

	a->pipeline = pipeline_new(a->session, a->channel, a->window);
	report_ready(a);
	run_jobs(a, &mask);
}

void
agent_run(struct agent *a)
{
	struct session *s = a->session;

	if (session_open(s, a->helo.data) == 0) {
		log_connected(s);
		if (authentication_run(s, &a->credentials) == 0)
			relay(a);
	}
	if (s->ended)
		report_end(a, s->end);
}
