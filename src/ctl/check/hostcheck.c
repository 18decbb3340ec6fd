#include <config.h>

#include "ctl/check/hostcheck.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "ctl/check/checklist.h"
#include "ctl/check/place.h"
#include "mail/finding.h"
#include "spool/config.h"
#include "spool/program.h"

#define AGENT_PROGRAM "onehop-smtp"

/* More than an agent has to say; one that was taken over is not heard out. */
enum { LINE = 16 * 1024, FINDINGS = 1000 };

/* The child between fork and exec. */
static _Noreturn void
become(const struct place *p, int out, const char *sender,
    const char *recipient, bool with_password)
{
	struct buf path = { 0 };
	const char *argv[10] = { AGENT_PROGRAM, "-c" };
	size_t n = 2;

	if (!with_password)
		argv[n++] = "-n";
	if (p->file != NULL) {
		argv[n++] = "-C";
		argv[n++] = p->file;
	}
	if (*sender != '\0' && *recipient != '\0') {
		argv[n++] = "-f";
		argv[n++] = sender;
		argv[n++] = "-r";
		argv[n++] = recipient;
	}
	program_path(PROGRAM_LIBEXEC, AGENT_PROGRAM, &path);
	if (dup2(out, STDOUT_FILENO) == -1)
		_exit(EX_OSERR);
	closefrom(STDERR_FILENO + 1);
	execv(path.data, (char **)argv);
	log_warn("cannot run %s", path.data);
	_exit(EX_OSERR);
}

/* What is no finding is none of its own, and not believed. */
static void
print(const struct place *p, FILE *in)
{
	struct finding finding;
	char line[LINE];
	int left = FINDINGS;

	while (left-- > 0 && fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (finding_decode(&finding, line) == 0)
			checklist_add(p->list, &finding);
		else
			checklist_say(p->list, FINDING_WRONG, NULL, NULL,
			    AGENT_PROGRAM " says what makes no sense");
	}
}

static void
reap(const struct place *p, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal(EX_OSERR, "waitpid");
	if (WIFSIGNALED(status))
		checklist_say(p->list, FINDING_WRONG, NULL, NULL,
		    AGENT_PROGRAM " was ended by signal %d",
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != EX_OK)
		checklist_say(p->list, FINDING_WRONG, NULL, NULL,
		    AGENT_PROGRAM " has failed with status %d",
		    WEXITSTATUS(status));
}

void
hostcheck_run(const struct place *p, const char *sender,
    const char *recipient, bool with_password)
{
	int ends[2];
	pid_t pid;
	FILE *in;

	checklist_section("Smarthost %s:%s", p->cfg->relay.host,
	    p->cfg->relay.port);
	if (pipe(ends) == -1 || (pid = fork()) == -1)
		fatal(EX_OSERR, "cannot start " AGENT_PROGRAM);
	if (pid == 0)
		become(p, ends[1], sender, recipient, with_password);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	if (in == NULL)
		fatal(EX_OSERR, "fdopen");
	print(p, in);
	if (!feof(in))
		kill(pid, SIGKILL);
	fclose(in);
	reap(p, pid);
}
