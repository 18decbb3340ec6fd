/*
 * tracer [-p PROGRAM] [-n N] [-s NUMBER]... [-d DEED] [-k] [-x COMMAND]
 *     REPORT COMMAND [ARG...]
 *
 * Runs the command as this very process and, from a process of its own, looks
 * at the system calls of each process below it whose program has that name;
 * "PROGRAM/child" is what PROGRAM has forked and what has not become another.
 * It counts those with one of the numbers, all by default, and at the N-th
 * runs another command, if one is given, and does the deed:
 *
 *     kill-before, kill-after   ends the process with SIGKILL
 *     fail=ERRNO                lets it fail without doing it
 *     fail-after=ERRNO          does it and lets it fail
 *     short=LENGTH              reads or writes no more than that
 *     signal=NUMBER             sends a signal as the call begins
 *
 * With -k also at each later one.  What it did goes to the descriptor REPORT,
 * a line "hit PROGRAM COUNT NUMBER" each; without a deed and a command, all
 * that are looked at: "NUMBER RESULT ARGUMENTS".  The descriptor closes when
 * all processes have ended.
 */
#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the registers of a system call are known here for x86-64 only"
#endif

enum {
	PROCESSES = 256,
	NUMBERS = 64,
	NAME = 64,
	SIGTRAP_CALL = SIGTRAP | 0x80,
};

enum deed {
	LIST,
	NOTHING,
	KILL_BEFORE,
	KILL_AFTER,
	FAIL,
	FAIL_AFTER,
	SHORT,
	SIGNAL,
};

struct process {
	pid_t pid;
	char name[NAME];
	bool hit;		/* the call that it is in */
	struct user_regs_struct entry;
};

static struct process all[PROCESSES];
static const char *program;
static long numbers[NUMBERS];
static size_t nnumbers;
static long wanted, counted;
static enum deed deed = LIST;
static long value;
static bool keep;
static const char *command;
static int report;

static struct process *
find(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (all[i].pid == pid)
			return &all[i];
	return NULL;
}

/* Events come in any order: a child may be heard of before its parent. */
static struct process *
find_or_add(pid_t pid)
{
	struct process *p = find(pid);

	if (p != NULL)
		return p;
	p = find(0);
	if (p == NULL)
		errx(1, "too many processes");
	*p = (struct process){ .pid = pid };
	return p;
}

static void
read_name(struct process *p)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)p->pid);
	file = fopen(path, "re");
	if (file == NULL || fgets(p->name, sizeof(p->name), file) == NULL)
		p->name[0] = '\0';
	p->name[strcspn(p->name, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
}

static bool
is_counted(const struct process *p, long number)
{
	if (program != NULL && strcmp(p->name, program) != 0)
		return false;
	for (size_t i = 0; i < nnumbers; i++)
		if (numbers[i] == number)
			return true;
	return nnumbers == 0;
}

static void
set_registers(const struct process *p, const struct user_regs_struct *regs)
{
	if (ptrace(PTRACE_SETREGS, p->pid, NULL, regs) == -1 && errno != ESRCH)
		err(1, "PTRACE_SETREGS");
}

static void
list(const struct process *p, const char *result)
{
	const struct user_regs_struct *r = &p->entry;

	dprintf(report, "%lld %s %lld %lld %lld %lld\n", (long long)r->orig_rax,
	    result, (long long)r->rdi, (long long)r->rsi, (long long)r->rdx,
	    (long long)r->r10);
}

static void
do_before(struct process *p)
{
	struct user_regs_struct regs = p->entry;

	dprintf(report, "hit %s %ld %lld\n", p->name, counted,
	    (long long)regs.orig_rax);
	if (command != NULL && system(command) != 0)
		dprintf(report, "the command failed\n");
	switch (deed) {
	case KILL_BEFORE:
		kill(p->pid, SIGKILL);
		break;
	case FAIL:
		regs.orig_rax = (unsigned long long)-1;
		set_registers(p, &regs);
		break;
	case SHORT:
		if (regs.rdx > (unsigned long long)value)
			regs.rdx = (unsigned long long)value;
		set_registers(p, &regs);
		break;
	case SIGNAL:
		kill(p->pid, (int)value);
		break;
	default:
		break;
	}
}

static void
call_begins(struct process *p)
{
	if (ptrace(PTRACE_GETREGS, p->pid, NULL, &p->entry) == -1)
		return;
	p->hit = false;
	if (!is_counted(p, (long)p->entry.orig_rax))
		return;
	counted++;
	p->hit = deed == LIST || counted == wanted ||
	    (keep && counted > wanted);
	if (p->hit && deed != LIST)
		do_before(p);
}

static void
call_ends(struct process *p)
{
	struct user_regs_struct regs;
	char result[32];

	if (!p->hit || ptrace(PTRACE_GETREGS, p->pid, NULL, &regs) == -1)
		return;
	switch (deed) {
	case LIST:
		snprintf(result, sizeof(result), "%lld", (long long)regs.rax);
		list(p, result);
		break;
	case KILL_AFTER:
		kill(p->pid, SIGKILL);
		break;
	case FAIL:
	case FAIL_AFTER:
		regs.rax = (unsigned long long)-value;
		set_registers(p, &regs);
		break;
	case SHORT:
		regs.rdx = p->entry.rdx;
		set_registers(p, &regs);
		break;
	default:
		break;
	}
	p->hit = false;
}

static void
forked(const struct process *parent)
{
	unsigned long pid;
	struct process *child;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) == -1)
		return;
	child = find_or_add((pid_t)pid);
	snprintf(child->name, sizeof(child->name), "%.*s%s", NAME - 8,
	    parent->name, strchr(parent->name, '/') ? "" : "/child");
}

/* What has stopped the process; the signal that it is to go on with. */
static int
look_at(struct process *p, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);
	struct __ptrace_syscall_info info;

	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		forked(p);
		return 0;
	case PTRACE_EVENT_EXEC:
		read_name(p);
		/* What follows is the end of execve, of the new program. */
		p->hit = false;
		return 0;
	case PTRACE_EVENT_STOP:
		return 0;
	default:
		break;
	}
	if (sig != SIGTRAP_CALL)
		return sig;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return 0;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call_begins(p);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		call_ends(p);
	return 0;
}

static void
ended(struct process *p)
{
	if (p->hit && deed == LIST)
		list(p, "?");
	*p = (struct process){ 0 };
}

static void
trace(pid_t first, int ready)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	int status, sig;
	pid_t pid;

	if (ptrace(PTRACE_SEIZE, first, NULL, options) == -1)
		err(1, "PTRACE_SEIZE");
	find_or_add(first);
	close(ready);
	while ((pid = waitpid(-1, &status, __WALL)) != -1) {
		struct process *p = find_or_add(pid);

		if (WIFSTOPPED(status)) {
			sig = look_at(p, status);
			ptrace(PTRACE_SYSCALL, pid, NULL, (long)sig);
		} else
			ended(p);
	}
}

/* The tracer is no child of what it traces, which may wait for any child. */
static void
start(void)
{
	pid_t first = getpid(), child;
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) == -1 || (child = fork()) == -1)
		err(1, "fork");
	if (child == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		close(ready[0]);
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		trace(first, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	waitpid(child, NULL, 0);
	/* Its end, which comes when it is ready, or has failed. */
	if (read(ready[0], &byte, 1) != 0)
		err(1, "read");
	close(ready[0]);
}

static void
set_deed(const char *text)
{
	static const char *const names[] = {
		[LIST] = "list",
		[NOTHING] = "nothing",
		[KILL_BEFORE] = "kill-before",
		[KILL_AFTER] = "kill-after",
		[FAIL] = "fail",
		[FAIL_AFTER] = "fail-after",
		[SHORT] = "short",
		[SIGNAL] = "signal",
	};
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    strncmp(text, names[i], len) == 0) {
			deed = (enum deed)i;
			value = text[len] == '=' ? atol(text + len + 1) : 0;
			return;
		}
	errx(2, "%s: there is no such deed", text);
}

int
main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+d:kn:p:s:x:")) != -1)
		switch (c) {
		case 'd':
			set_deed(optarg);
			break;
		case 'k':
			keep = true;
			break;
		case 'n':
			wanted = atol(optarg);
			break;
		case 'p':
			program = optarg;
			break;
		case 's':
			if (nnumbers == NUMBERS)
				errx(2, "too many numbers");
			numbers[nnumbers++] = atol(optarg);
			break;
		case 'x':
			command = optarg;
			break;
		default:
			return 2;
		}
	if (argc - optind < 2)
		errx(2, "no report or no command");
	report = atoi(argv[optind]);
	fcntl(report, F_SETFD, FD_CLOEXEC);
	start();
	execvp(argv[optind + 1], argv + optind + 1);
	err(1, "%s", argv[optind + 1]);
}
