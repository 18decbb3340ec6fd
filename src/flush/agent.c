#include <config.h>

#include "flush/agent.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "mail/job.h"
#include "mail/report.h"
#include "mail/verdict.h"
#include "spool/program.h"

#define AGENT_PROGRAM "onehop-smtp"

/* Says in the agent's place why there is none, for the log and mailq. */
static _Noreturn void
cannot_run(const char *path)
{
	struct verdict v = verdict_make(VERDICT_LOCAL, VERDICT_TEMPORARY,
	    "4.3.5", "cannot run %s: %s", path, strerror(errno));
	struct report report = {
		.kind = REPORT_ENDED,
		.verdicts = &v,
		.nverdicts = 1,
	};
	struct buf packet = { 0 };

	report_encode(&report, &packet);
	fdpass_send(AGENT_SOCKET, packet.data, packet.len, -1);
	_exit(EX_OSERR);
}

/*
 * The child between fork and exec.  Signals are as they are by default again,
 * and no descriptor but the standard streams and the socket stays open.
 */
static _Noreturn void
become(int sock, const char *config, const char *address, bool one_by_one)
{
	struct buf path = { 0 };
	const char *argv[7] = { AGENT_PROGRAM };
	sigset_t none;
	size_t n = 1;

	if (one_by_one)
		argv[n++] = "-1";
	if (config != NULL) {
		argv[n++] = "-C";
		argv[n++] = config;
	}
	if (address != NULL) {
		argv[n++] = "-a";
		argv[n++] = address;
	}
	signal(SIGCHLD, SIG_DFL);
	/* A terminal sends these to both; the flusher says when to leave. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	program_path(PROGRAM_LIBEXEC, AGENT_PROGRAM, &path);
	if (dup2(sock, AGENT_SOCKET) == -1)
		_exit(EX_OSERR);
	closefrom(AGENT_SOCKET + 1);
	execv(path.data, (char **)argv);
	cannot_run(path.data);
}

int
agent_start(struct agent *a, const char *config, const char *address,
    bool one_by_one)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	*a = (struct agent){ .sock = pair[0], .pid = fork() };
	if (a->pid == 0)
		become(pair[1], config, address, one_by_one);
	close(pair[1]);
	if (a->pid != -1 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	close(pair[0]);
	a->pid = 0;
	return -1;
}

int
agent_send(struct agent *a, const struct job *job, int fd)
{
	struct buf packet = { 0 };
	int result;

	job_encode(job, &packet);
	result = fdpass_send(a->sock, packet.data, packet.len, fd);
	buf_free(&packet);
	if (result == 0)
		a->jobs++;
	return result;
}

int
agent_receive(struct agent *a, char *packet)
{
	ssize_t n;
	int fd;

	n = fdpass_recv(a->sock, packet, REPORT_MAX, &fd);
	/* Said once, before what it sent, when it left a job unread. */
	if (n == -1 && errno == ECONNRESET)
		n = fdpass_recv(a->sock, packet, REPORT_MAX, &fd);
	if (fd != -1)
		close(fd);
	/* Without memory now it is not the end: what it says is needed. */
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == ENOMEM || errno == ENOBUFS))
		return 0;
	if (n > 0) {
		packet[n] = '\0';
		return 1;
	}
	close(a->sock);
	a->sock = -1;
	return -1;
}

void
agent_reject(struct agent *a)
{
	log_warnx("a report of %s[%ld] is malformed", AGENT_PROGRAM,
	    (long)a->pid);
	kill(a->pid, SIGKILL);
	close(a->sock);
	a->sock = -1;
}

void
agent_retire(struct agent *a)
{
	if (!a->retired && a->sock != -1)
		shutdown(a->sock, SHUT_WR);
	/* It may be waiting for the smarthost to let it in. */
	if (!a->retired && a->jobs == 0)
		kill(a->pid, SIGTERM);
	a->retired = true;
}

void
agent_forget(struct agent *a)
{
	if (a->sock != -1)
		close(a->sock);
	*a = (struct agent){ .sock = -1 };
}

bool
agent_is_free(const struct agent *a)
{
	return a->pid != 0 && a->sock != -1 && !a->retired &&
	    a->jobs < a->window;
}
