#include <config.h>

#include "sendmail/helper.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "sendmail/deposit.h"
#include "sendmail/options.h"
#include "sendmail/privilege.h"
#include "sendmail/process.h"
#include "sendmail/signals.h"
#include "spool/config.h"
#include "spool/handover.h"
#include "spool/program.h"
#include "spool/request.h"

#define CTL_PROGRAM "onehopctl"

/* Seconds, because no caller is to hold one of the few helpers for ever. */
enum {
	REQUEST_TIME = 10,	/* to send the request */
	LIFETIME = 60 * 60,	/* for all of it */
	LAST_SECONDS = 60,	/* to end after that */
};

bool
helper_is_meant(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], HANDOVER_OPTION) == 0;
}

void
helper_ask_kernel(struct helper *h)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	privilege_give_up();
	if (getsockopt(HANDOVER_SOCKET, SOL_SOCKET, SO_PEERCRED, &peer,
	    &len) == -1)
		fatal(EX_USAGE, HANDOVER_OPTION " is for onehop-flush only");
	h->uid = peer.uid;
	h->pid = process_parent(peer.pid);
}

static void
at_fatal(int status)
{
	deposit_take_back();
	handover_status(status);
}

static bool
owns_spool(const struct config *cfg)
{
	struct stat st;

	return stat(cfg->spool, &st) == 0 && st.st_uid == geteuid();
}

static void
take_request(struct helper *h)
{
	struct buf text = { 0 };
	struct request request;
	int streams[HANDOVER_STREAMS];

	signal(SIGALRM, SIG_DFL);
	alarm(REQUEST_TIME);
	if (handover_take(HANDOVER_SOCKET, &text, streams) == -1 ||
	    request_decode(&request, text.data, text.len) == -1)
		fatalx(EX_PROTOCOL, "a malformed request of uid %lu",
		    (unsigned long)h->uid);
	alarm(0);
	for (int i = 0; i < HANDOVER_STREAMS; i++) {
		if (dup2(streams[i], i) == -1)
			fatal(EX_OSERR, "cannot take the caller's streams");
		close(streams[i]);
	}
	h->text = text.data;
	h->directory = *h->text != '\0' ? h->text : NULL;
	h->argv = request.words;
	h->argc = request.count;
}

static void
limit_lifetime(void)
{
	const struct itimerval timer = {
		.it_value = { .tv_sec = LIFETIME },
		.it_interval = { .tv_sec = LAST_SECONDS },
	};

	signals_add(SIGALRM);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* After the request nothing comes any more but the end. */
static void
watch_caller(void)
{
	struct pollfd pfd = { .fd = HANDOVER_SOCKET, .events = POLLIN };

	signals_add(SIGIO);
	if (fcntl(HANDOVER_SOCKET, F_SETOWN, getpid()) == -1 ||
	    fcntl(HANDOVER_SOCKET, F_SETFL, O_ASYNC) == -1)
		fatal(EX_OSERR, "cannot watch the caller");
	if (poll(&pfd, 1, 0) == 1)
		fatalx(EX_TEMPFAIL, "interrupted before the message");
}

static bool
is_called(const struct helper *h, const char *name)
{
	const char *called = h->argc > 0 ? h->argv[0] : "";
	const char *slash = strrchr(called, '/');

	return strcmp(slash != NULL ? slash + 1 : called, name) == 0;
}

/*
 * What looks into the queue is another program: NAME --submit UID, which
 * inherits the connection.
 */
static _Noreturn void
become_ctl(const struct helper *h, const char *file, const char *name,
    char *const *words, size_t nwords)
{
	char **argv = xcalloc(nwords + 6, sizeof(*argv));
	char uid[3 * sizeof(uid_t) + 1];
	struct buf path = { 0 };
	size_t n = 0;

	snprintf(uid, sizeof(uid), "%lu", (unsigned long)h->uid);
	argv[n++] = (char *)name;
	argv[n++] = (char *)HANDOVER_OPTION;
	argv[n++] = uid;
	if (file != NULL) {
		argv[n++] = (char *)"-C";
		argv[n++] = (char *)file;
	}
	for (size_t i = 0; i < nwords; i++)
		argv[n++] = words[i];
	program_path(PROGRAM_SBIN, CTL_PROGRAM, &path);
	signal(SIGXFSZ, SIG_DFL);
	execv(path.data, argv);
	fatal(EX_OSERR, "cannot run %s", path.data);
}

/* The only word that is passed on to mailq is -j. */
static _Noreturn void
become_mailq(const struct helper *h, const char *file)
{
	if (h->argc > 2 || (h->argc == 2 && strcmp(h->argv[1], "-j") != 0))
		fatalx(EX_USAGE, "mailq: nothing but -j goes this way");
	become_ctl(h, file, "mailq", h->argv + 1, (size_t)h->argc - 1);
}

/* And to onehopctl, a verb and what is the verb's. */
static _Noreturn void
become_onehopctl(const struct helper *h, const char *file)
{
	if (h->argc < 2 || h->argv[1][0] == '-')
		fatalx(EX_USAGE, CTL_PROGRAM ": a verb goes this way");
	become_ctl(h, file, CTL_PROGRAM, h->argv + 1, (size_t)h->argc - 1);
}

void
helper_begin(struct helper *h, const struct config *cfg, const char *file)
{
	if (!owns_spool(cfg))
		fatalx(EX_USAGE, HANDOVER_OPTION " is for onehop-flush only");
	log_at_fatal(at_fatal);
	take_request(h);
	/* Who is not told may go to another, who would find half a message. */
	if (handover_answer(HANDOVER_SOCKET, HANDOVER_TAKEN) == -1)
		fatal(EX_TEMPFAIL, "cannot answer the caller");
	limit_lifetime();
	watch_caller();
	if (is_called(h, "mailq"))
		become_mailq(h, file);
	if (is_called(h, CTL_PROGRAM))
		become_onehopctl(h, file);
	fcntl(HANDOVER_SOCKET, F_SETFD, FD_CLOEXEC);
}

int
helper_check(const struct options *opts, const struct config *cfg,
    struct buf *error)
{
	if (opts->mode != MODE_DELIVER && opts->mode != MODE_SMTP) {
		buf_adds(error, "without the setgid bit nothing but a message "
		    "can be handed to onehop-flush");
		return -1;
	}
	/* The very same configuration is no other one. */
	if (opts->config != NULL && strcmp(opts->config, cfg->file) != 0) {
		buf_printf(error, "-C %s: without the setgid bit messages go "
		    "through onehop-flush, which uses %s", opts->config,
		    cfg->file);
		return -1;
	}
	return 0;
}

void
helper_end(struct helper *h, int status)
{
	handover_status(status);
	free(h->argv);
	free(h->text);
}
