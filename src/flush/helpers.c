#include <config.h>

#include "flush/helpers.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "spool/handover.h"
#include "spool/program.h"

#define HELPER_PROGRAM "sendmail"
#define HELPER_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:" \
	"/usr/bin:/sbin:/bin"

enum {
	AT_A_TIME = 16,		/* callers, before the queue gets its turn */
};

void
helpers_open(struct helpers *h, int spool, const char *config, int passed)
{
	*h = (struct helpers){
		.spool = spool,
		.config = config,
		.passed = passed != -1,
		.sock = passed,
	};
	if (!h->passed)
		h->sock = handover_listen(spool);
	if (h->sock == -1)
		log_warn("cannot make the socket %s: callers without the "
		    "setgid bit cannot send", HANDOVER_NAME);
}

void
helpers_close(struct helpers *h)
{
	if (h->sock == -1)
		return;
	if (!h->passed)
		unlinkat(h->spool, HANDOVER_NAME, 0);
	close(h->sock);
	h->sock = -1;
}

bool
helpers_have(const struct helpers *h, pid_t pid)
{
	for (int i = 0; i < HELPERS; i++)
		if (h->all[i].pid == pid)
			return true;
	return false;
}

bool
helpers_work(const struct helpers *h)
{
	for (int i = 0; i < HELPERS; i++)
		if (h->all[i].pid != 0)
			return true;
	return false;
}

/* A place for one that works for this user, or NULL. */
static struct helper *
find_place(struct helpers *h, uid_t uid)
{
	struct helper *place = NULL;
	int working = 0;

	for (int i = 0; i < HELPERS; i++) {
		if (h->all[i].pid == 0)
			place = &h->all[i];
		else if (h->all[i].uid == uid)
			working++;
	}
	return working < HELPERS_PER_USER ? place : NULL;
}

/* What of the environment is more than a habit of whoever started us. */
static void
make_environment(char *env[5])
{
	static const char *const names[] = {
		"TZ", "ONEHOP_SBINDIR", "ONEHOP_LIBEXECDIR",
	};
	struct buf text = { 0 };
	int n = 0;

	env[n++] = (char *)HELPER_PATH;
	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value == NULL)
			continue;
		buf_printf(&text, "%s=%s", names[i], value);
		env[n++] = xstrdup(text.data);
		buf_clear(&text);
	}
	env[n] = NULL;
}

/*
 * The child between fork and exec, away from our session and with nothing
 * open but our standard streams, until it has the caller's, and the
 * connection.
 */
static _Noreturn void
become(int sock, const char *config)
{
	char *argv[] = {
		(char *)HELPER_PROGRAM,
		(char *)HANDOVER_OPTION,
		(char *)config,
		NULL,
	};
	struct buf path = { 0 };
	char *env[5];
	sigset_t none;

	setsid();
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	program_path(PROGRAM_SBIN, HELPER_PROGRAM, &path);
	make_environment(env);
	if (dup2(sock, HANDOVER_SOCKET) == -1)
		_exit(EX_OSERR);
	closefrom(HANDOVER_SOCKET + 1);
	execve(path.data, argv, env);
	log_warn("cannot run %s for a caller", path.data);
	_exit(EX_OSERR);
}

/* Anybody may connect; who it is, the kernel says. */
static bool
start(struct helpers *h, int sock)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct helper *place;
	pid_t pid;

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	place = find_place(h, peer.uid);
	if (place == NULL)
		return false;
	pid = fork();
	if (pid == 0)
		become(sock, h->config);
	if (pid == -1) {
		log_warn("cannot start a helper");
		return false;
	}
	*place = (struct helper){ .pid = pid, .uid = peer.uid };
	return true;
}

void
helpers_accept(struct helpers *h)
{
	static const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int sock;

	for (int i = 0; i < AT_A_TIME; i++) {
		sock = accept4(h->sock, NULL, NULL, SOCK_CLOEXEC);
		if (sock == -1)
			break;
		if (!start(h, sock))
			handover_answer(sock, HANDOVER_BUSY);
		close(sock);
	}
	/* Whoever waits goes on waiting; we are not to spin meanwhile. */
	if (sock == -1 && (errno == EMFILE || errno == ENFILE))
		nanosleep(&pause, NULL);
}

void
helpers_reap(struct helpers *h)
{
	int status;

	for (int i = 0; i < HELPERS; i++) {
		struct helper *one = &h->all[i];

		if (one->pid == 0 ||
		    waitpid(one->pid, &status, WNOHANG) != one->pid)
			continue;
		/* SIGIO: the caller of a mailq has gone away. */
		if (WIFSIGNALED(status) && WTERMSIG(status) != SIGIO)
			log_warnx("a helper for uid %lu died of signal %d",
			    (unsigned long)one->uid, WTERMSIG(status));
		one->pid = 0;
	}
}
