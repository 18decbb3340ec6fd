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
#include "base/log.h"
#include "base/xmalloc.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "smtp/channel.h"
#include "smtp/connect.h"
#include "smtp/credentials.h"
#include "smtp/fault.h"
#include "smtp/progress.h"
#include "smtp/session.h"
#include "smtp/stream.h"
#include "smtp/tls.h"
#include "smtp/transaction.h"
#include "spool/config.h"
#include "spool/hostname.h"

enum {
	/* Jobs that the flusher may have here: one runs, one waits. */
	WINDOW = 2,
};

struct agent {
	const struct config *config;
	int channel;
	double started;
	struct credentials credentials;
	struct tls *tls;
	struct buf helo;
	struct connection connection;
	struct session *session;
	char packet[CHANNEL_PACKET];	/* the job at hand */
};

static volatile sig_atomic_t terminated;

static void
on_sigterm(int signal)
{
	(void)signal;
	terminated = 1;
}

struct agent *
agent_new(const struct config *config, int channel)
{
	struct agent *a = xcalloc(1, sizeof(*a));

	a->config = config;
	a->channel = channel;
	a->started = stream_clock();
	a->connection.fd = -1;
	return a;
}

void
agent_free(struct agent *a)
{
	channel_end(a->channel);
	session_close(a->session);
	tls_free(a->tls);
	credentials_wipe(&a->credentials);
	buf_free(&a->helo);
	free(a->connection.name);
	free(a);
}

static void
report_end(struct agent *a, struct verdict *v)
{
	struct report ended = {
		.kind = REPORT_ENDED,
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
read_files(struct agent *a)
{
	const struct config *config = a->config;
	struct buf error = { 0 };
	int result = 0;

	if (credentials_read(&a->credentials, config, &error) == -1)
		result = give_up(a, FAULT_CREDENTIALS, error.data);
	else if (config->relay.implicit_tls || config->tls != TLS_NONE) {
		a->tls = tls_new(config, &error);
		if (a->tls == NULL)
			result = give_up(a, FAULT_ANCHORS, error.data);
	}
	buf_free(&error);
	return result;
}

/* RFC 5321, 4.1.1.1: our name, or if it is not a full one, our address. */
static void
set_helo(struct agent *a)
{
	if (a->config->helo != NULL)
		buf_adds(&a->helo, a->config->helo);
	else
		hostname_fqdn(&a->helo);
	if (a->config->helo == NULL && strchr(a->helo.data, '.') == NULL) {
		buf_clear(&a->helo);
		connect_literal(a->connection.fd, &a->helo);
	}
}

int
agent_connect(struct agent *a, const struct buf *errors)
{
	struct verdict v;

	if (errors->len > 0)
		return give_up_config(a, errors);
	if (a->config->relay.host == NULL)
		return give_up(a, FAULT_NO_RELAY, "");
	if (read_files(a) == -1)
		return -1;
	if (connect_relay(&a->connection, a->config, &v) == -1) {
		report_end(a, &v);
		return -1;
	}
	set_helo(a);
	/* OpenSSL will ask for the time, which reads a file. */
	tzset();
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
 * Waits until the channel can be read: 0, or -1 when the smarthost has ended
 * the session meanwhile.  After the idle time or SIGTERM the channel is shut
 * for new jobs.  It then gives those that made it in before and the end, so
 * that no job is lost on the way out.
 */
static int
wait_job(struct agent *a, const sigset_t *mask)
{
	struct timespec idle = { .tv_sec = (time_t)a->config->idle_timeout };
	const struct stream *s = a->session->stream;
	struct pollfd pfd[] = {
		{ .fd = a->channel, .events = POLLIN },
		{ .fd = stream_fd(s), .events = POLLIN },
	};
	int n;

	do {
		n = ppoll(pfd, 2, &idle, mask);
		if (n == -1 && errno != EINTR)
			fatal(EX_OSERR, "poll");
		if (n == 0 || terminated)
			shutdown(a->channel, SHUT_RD);
		/* A reply to nothing would be taken for the next one. */
		if (n > 0 && (pfd[1].revents != 0 || stream_has_input(s)) &&
		    session_check(a->session) == -1)
			return -1;
	} while (n <= 0 || pfd[0].revents == 0);
	return 0;
}

/* Runs a job and reports what became of it.  0, or -1: no more. */
static int
run_job(struct agent *a, const struct job *job, int fd)
{
	double begun = stream_clock();
	struct transaction *t = transaction_new(a->session, job, fd,
	    a->channel);
	struct report done = { .kind = REPORT_DONE, .slot = job->slot };
	int result = transaction_run(t);
	const struct progress *progress = transaction_progress(t);

	if (progress_settled(progress)) {
		done.sending = stream_clock() - begun;
		done.verdicts = progress->verdicts;
		done.nverdicts = progress->nrecipients;
		if (channel_report(a->channel, &done) == -1)
			result = -1;
	}
	transaction_free(t);
	return result;
}

static void
run_jobs(struct agent *a, const sigset_t *mask)
{
	struct job job;
	int fd, result = 0;

	while (result == 0 && wait_job(a, mask) == 0 &&
	    channel_receive(a->channel, a->packet, &job, &fd) == 1) {
		result = run_job(a, &job, fd);
		close(fd);
	}
}

void
agent_run(struct agent *a)
{
	struct session *s = a->session;
	struct report ready = {
		.kind = REPORT_READY,
		.window = WINDOW,
		.relay = a->connection.name,
	};
	sigset_t mask;

	if (session_open(s, a->helo.data, &a->credentials) == 0) {
		mask = hold_sigterm();
		ready.connecting = stream_clock() - a->started;
		if (channel_report(a->channel, &ready) == 0)
			run_jobs(a, &mask);
	}
	if (s->ended)
		report_end(a, s->end);
}
