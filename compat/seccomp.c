#include <config.h>

#include "compat/seccomp.h"

#include <errno.h>

#ifdef ONEHOP_SECCOMP
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* A system call, unless one of those bits is set in that argument. */
struct call {
	int number;
	unsigned argument;
	uint64_t forbidden;
};

/*
 * What works on descriptors and memory that are there already, and is needed
 * by OpenSSL, libbsd or a C library at work, even if not by ours today.
 * There is nothing that takes a path, an address or a process, nor fcntl and
 * ioctl: F_SETOWN sends signals.
 */
static const struct call calls_stdio[] = {
	{ SYS_read, 0, 0 },
	{ SYS_write, 0, 0 },
	{ SYS_readv, 0, 0 },
	{ SYS_writev, 0, 0 },
	{ SYS_pread64, 0, 0 },
	{ SYS_lseek, 0, 0 },
	{ SYS_close, 0, 0 },
	{ SYS_ppoll, 0, 0 },
#ifdef SYS_poll
	{ SYS_poll, 0, 0 },
#endif
	{ SYS_recvfrom, 0, 0 },
	{ SYS_sendto, 4, UINT64_MAX },
	{ SYS_shutdown, 0, 0 },
	{ SYS_brk, 0, 0 },
	{ SYS_mmap, 2, PROT_EXEC },
	{ SYS_mprotect, 2, PROT_EXEC },
	{ SYS_mremap, 0, 0 },
	{ SYS_munmap, 0, 0 },
	{ SYS_madvise, 0, 0 },
	{ SYS_futex, 0, 0 },
	{ SYS_getrandom, 0, 0 },
	{ SYS_clock_gettime, 0, 0 },
	{ SYS_gettimeofday, 0, 0 },
#ifdef SYS_time
	{ SYS_time, 0, 0 },
#endif
	{ SYS_getpid, 0, 0 },
	{ SYS_rt_sigaction, 0, 0 },
	{ SYS_rt_sigprocmask, 0, 0 },
	{ SYS_rt_sigreturn, 0, 0 },
	{ SYS_restart_syscall, 0, 0 },
	{ SYS_exit, 0, 0 },
	{ SYS_exit_group, 0, 0 },
};

static const struct call calls_recvfd[] = {
	{ SYS_recvmsg, 0, 0 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct promise {
	const char *name;
	const struct call *calls;
	size_t n;
} promises[] = {
	{ "stdio", calls_stdio, COUNT(calls_stdio) },
	{ "recvfd", calls_recvfd, COUNT(calls_recvfd) },
};

enum {
	/* Instructions for a call, and for the beginning and the end. */
	PER_CALL = 7,
	FRAME = 5,
	MOST = FRAME + PER_CALL * (COUNT(calls_stdio) + COUNT(calls_recvfd)),
};

struct program {
	struct sock_filter code[MOST];
	unsigned short len;
};

static void
add(struct program *p, int code, uint32_t k, int if_true, int if_false)
{
	p->code[p->len++] = (struct sock_filter){
		.code = (uint16_t)code,
		.jt = (uint8_t)if_true,
		.jf = (uint8_t)if_false,
		.k = k,
	};
}

static void
load(struct program *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
finish(struct program *p, uint32_t action)
{
	add(p, BPF_RET | BPF_K, action, 0, 0);
}

/*
 * Only what looks at an argument costs the kernel the run of the program;
 * for the rest it knows the result.  An argument is looked at in two halves.
 */
static void
add_call(struct program *p, const struct call *c)
{
	size_t at = offsetof(struct seccomp_data, args) +
	    c->argument * sizeof(uint64_t);

	add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->number, 0,
	    c->forbidden != 0 ? PER_CALL - 1 : 1);
	if (c->forbidden != 0) {
		load(p, at);
		add(p, BPF_JMP | BPF_JSET | BPF_K, (uint32_t)c->forbidden,
		    3, 0);
		load(p, at + sizeof(uint32_t));
		add(p, BPF_JMP | BPF_JSET | BPF_K,
		    (uint32_t)(c->forbidden >> 32), 1, 0);
	}
	finish(p, SECCOMP_RET_ALLOW);
	if (c->forbidden != 0)
		finish(p, SECCOMP_RET_ERRNO | EPERM);
}

static const struct promise *
find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(promises); i++)
		if (strlen(promises[i].name) == len &&
		    memcmp(promises[i].name, name, len) == 0)
			return &promises[i];
	errno = EINVAL;
	return NULL;
}

/* A call of x32 has a number of its own, which is none of these. */
static int
compile(struct program *p, const char *words)
{
	const struct promise *one;
	size_t len;

	load(p, offsetof(struct seccomp_data, arch));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	finish(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
	for (; *words != '\0'; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		one = find(words, len);
		if (one == NULL)
			return -1;
		/* Something is promised twice. */
		if (p->len + PER_CALL * one->n >= MOST) {
			errno = EINVAL;
			return -1;
		}
		for (size_t i = 0; i < one->n; i++)
			add_call(p, &one->calls[i]);
	}
	finish(p, SECCOMP_RET_ERRNO | EPERM);
	return 0;
}

int
seccomp_is_there(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
	    &action) == 0;
}

int
seccomp_enforce(const char *words)
{
	struct program p = { .len = 0 };
	struct sock_fprog filter = { .filter = p.code };

	if (compile(&p, words) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return -1;
	filter.len = p.len;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}
#else
int
seccomp_is_there(void)
{
	return 0;
}

int
seccomp_enforce(const char *words)
{
	(void)words;
	errno = ENOSYS;
	return -1;
}
#endif
