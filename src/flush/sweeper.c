#include <config.h>

#include "flush/sweeper.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdbool.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fdpass.h"

_Static_assert((int)SWEEPER_BATCH <= (int)FDPASS_MAX, "they go in one packet");

/* The child: closes what comes until the flusher has closed its end. */
static _Noreturn void
sweep(int sock)
{
	int fds[SWEEPER_BATCH];
	size_t n;
	char byte;

	/* It keeps nothing else open. */
	if (dup2(sock, STDIN_FILENO) == -1)
		_exit(EX_OSERR);
	closefrom(STDIN_FILENO + 1);
	for (;;) {
		n = SWEEPER_BATCH;
		if (fdpass_recv_all(STDIN_FILENO, &byte, sizeof(byte), fds,
		    &n) <= 0)
			_exit(EX_OK);
		while (n > 0)
			close(fds[--n]);
	}
}

static bool
is_running(struct sweeper *s)
{
	if (s->pid > 0 && waitpid(s->pid, NULL, WNOHANG) == 0)
		return true;
	s->pid = 0;
	return false;
}

/* Without one, files are closed here, which takes longer and does as well. */
static void
start(struct sweeper *s)
{
	int pair[2];

	if (is_running(s))
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return;
	s->pid = fork();
	if (s->pid == 0)
		sweep(pair[1]);
	close(pair[1]);
	s->sock = pair[0];
	if (s->pid != -1 && fcntl(s->sock, F_SETFL, O_NONBLOCK) == 0)
		return;
	close(s->sock);
	s->sock = -1;
}

void
sweeper_push(struct sweeper *s)
{
	if (s->nfds == 0)
		return;
	if (s->sock == -1)
		start(s);
	if (s->sock != -1)
		fdpass_send_all(s->sock, "", 1, s->fds, s->nfds);
	/* If that failed, these are the last ones. */
	while (s->nfds > 0)
		close(s->fds[--s->nfds]);
}

void
sweeper_take(struct sweeper *s, int fd)
{
	s->fds[s->nfds++] = fd;
	if (s->nfds == SWEEPER_BATCH)
		sweeper_push(s);
}

void
sweeper_rest(struct sweeper *s)
{
	sweeper_push(s);
	if (s->sock != -1)
		close(s->sock);
	s->sock = -1;
	is_running(s);
}
