#include <config.h>

#include "ctl/check/testmail.h"

#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/io.h"
#include "base/log.h"
#include "ctl/check/checklist.h"
#include "ctl/check/place.h"
#include "ctl/check/units.h"
#include "mail/envelope.h"
#include "mail/finding.h"
#include "spool/answer.h"
#include "spool/program.h"
#include "spool/running.h"
#include "spool/status.h"

enum {
	WAIT = 60,		/* seconds for an answer */
	/* Seconds after which a smarthost that cannot be reached is news. */
	WAIT_RELAY = 2,
	PAUSE = 50 * 1000 * 1000, /* nanoseconds between two looks */
	NUMBER = 17,
};

/* The child between fork and exec. */
static _Noreturn void
become(const struct place *p, int in, const char *envid, const char *address)
{
	struct buf path = { 0 };
	const char *argv[12] = { "sendmail" };
	size_t n = 1;

	if (p->file != NULL) {
		argv[n++] = "-C";
		argv[n++] = p->file;
	}
	argv[n++] = "-i";
	argv[n++] = "-f";
	argv[n++] = "root";
	argv[n++] = "-V";
	argv[n++] = envid;
	argv[n++] = "--";
	argv[n++] = address;
	program_path(PROGRAM_SBIN, "sendmail", &path);
	if (dup2(in, STDIN_FILENO) == -1)
		_exit(EX_OSERR);
	closefrom(STDERR_FILENO + 1);
	execv(path.data, (char **)argv);
	log_warn("cannot run %s", path.data);
	_exit(EX_OSERR);
}

/* A descriptor to read the message from.  A pipe has room for so little. */
static int
write_message(const char *address)
{
	struct buf message = { 0 };
	int ends[2];

	buf_printf(&message, "To: %s\nSubject: test message of onehop\n\n"
	    "onehopctl check --send has sent this, to see whether mail goes "
	    "out.\n", address);
	if (message.len > PIPE_BUF)
		fatalx(EX_USAGE, "the address is too long");
	if (pipe(ends) == -1 || io_write(ends[1], message.data,
	    message.len) == -1)
		fatal(EX_OSERR, "cannot write a message");
	close(ends[1]);
	buf_free(&message);
	return ends[0];
}

/* The exit status of sendmail, which has said why on stderr. */
static int
submit(const struct place *p, const char *envid, const char *address)
{
	int in = write_message(address), status;
	pid_t pid = fork();

	if (pid == -1)
		fatal(EX_OSERR, "cannot start sendmail");
	if (pid == 0)
		become(p, in, envid, address);
	close(in);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal(EX_OSERR, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static int
say_answer(const struct place *p, const struct answer *a)
{
	switch ((enum recipient_state)a->state) {
	case RECIPIENT_DELIVERED:
		checklist_say(p->list, FINDING_OK, NULL, NULL, "sent: %s",
		    a->text);
		return EX_OK;
	case RECIPIENT_FAILED:
		checklist_say(p->list, FINDING_WRONG, "The smarthost refuses "
		    "it for good; its sender is told.", NULL, "refused: %s",
		    a->text);
		return EX_UNAVAILABLE;
	case RECIPIENT_DUE:
		break;
	}
	checklist_say(p->list, FINDING_WARNING, "It stays in the queue and is "
	    "tried again.", NULL, "deferred: %s", a->text);
	return EX_TEMPFAIL;
}

static int
say_none(const struct place *p, int seconds, const struct status *status)
{
	struct buf remedy = { 0 };

	buf_adds(&remedy, "run: ");
	place_command(p, "list", &remedy);
	checklist_say(p->list, FINDING_WRONG, "It stays in the queue and is "
	    "tried again.", remedy.data, "not sent after %d s: %s", seconds,
	    status != NULL ? status->reason : "no answer from onehop-flush");
	buf_free(&remedy);
	return EX_TEMPFAIL;
}

static int
await(const struct place *p, const char *envid)
{
	static const struct timespec pause = { .tv_nsec = PAUSE };
	double begun = date_clock(), seconds = 0;
	struct status status;
	struct answer answer;
	bool stuck = false;

	while (seconds < WAIT && !stuck) {
		if (answer_read(p->spool, envid, &answer) == 1) {
			answer_remove(p->spool);
			return say_answer(p, &answer);
		}
		nanosleep(&pause, NULL);
		seconds = date_clock() - begun;
		stuck = status_read(p->spool, &status) == 1 &&
		    seconds >= WAIT_RELAY;
	}
	return say_none(p, (int)seconds, stuck ? &status : NULL);
}

int
testmail_send(const struct place *p, const char *address)
{
	char envid[sizeof(ANSWER_PREFIX) + NUMBER];
	int status;

	checklist_section("Test message to %s", address);
	if (!p->owner || (running_flusher(p->spool) != 1 &&
	    !units_on_demand())) {
		checklist_say(p->list, FINDING_WRONG, "Nobody would know what "
		    "becomes of it.", NULL, "not sent: %s", p->owner ?
		    "onehop-flush is not running" : "this is for root");
		return EX_UNAVAILABLE;
	}
	snprintf(envid, sizeof(envid), "%s%08x%08x", ANSWER_PREFIX,
	    arc4random(), arc4random());
	status = submit(p, envid, address);
	if (status == EX_OK)
		return await(p, envid);
	checklist_say(p->list, FINDING_WRONG, NULL, NULL,
	    "sendmail does not take it: exit status %d", status);
	return EX_UNAVAILABLE;
}
