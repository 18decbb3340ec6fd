/*
 * An onehop-smtp that has been taken over: linked from its own objects, it
 * tries what it should not be able to, before and after its pledge, and then
 * goes on with the session.  What came of it goes to stderr, a line each:
 * "attempt before|after NAME ERRNO", with 0 for what worked.
 *
 * ONEHOP_TARGET is a directory to do harm in.  ONEHOP_WITHOUT takes away one
 * of the two layers, "landlock" or "seccomp", so that the other is seen.
 * With ONEHOP_FOREIGN it ends with a system call of another architecture.
 */
#include <config.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int __real_pledge(const char *, const char *);
int __wrap_pledge(const char *, const char *);
int __real_landlock_enforce(int);
int __wrap_landlock_enforce(int);
int __real_seccomp_enforce(const char *);
int __wrap_seccomp_enforce(const char *);

/* What an attacker finds, or has made before; the target is where he is. */
static struct {
	int readable;		/* the file of the target */
	int tcp, datagram;
	struct sockaddr_in port; /* where somebody listens */
	struct sockaddr_un path, abstract;
	void *page;
} had;
static pid_t flusher;

static int
open_and_close(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd != -1)
		close(fd);
	return fd;
}

static int
file_read(void)
{
	return open_and_close("/etc/passwd", O_RDONLY);
}

static int
file_write(void)
{
	return open_and_close("file", O_WRONLY);
}

static int
file_create(void)
{
	return open_and_close("harm", O_WRONLY | O_CREAT | O_EXCL);
}

static int
file_nameless(void)
{
	return open_and_close(".", O_WRONLY | O_TMPFILE);
}

/* What was handed over for reading is opened for writing. */
static int
file_again(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", had.readable);
	return open_and_close(path, O_RDWR);
}

static int
file_by_openat2(void)
{
	const uint64_t how[3] = { O_RDONLY, 0, 0 };
	long fd = syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how,
	    sizeof(how));

	return fd == -1 ? -1 : 0;
}

static int
directory_read(void)
{
	return open_and_close("/etc", O_RDONLY | O_DIRECTORY);
}

static int
memory_of_parent(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)flusher);
	return open_and_close(path, O_RDWR);
}

static int
file_stat(void)
{
	struct stat st;

	return stat("/etc/passwd", &st);
}

static int
file_truncate(void)
{
	return truncate("file", 0);
}

static int
file_unlink(void)
{
	return unlink("file");
}

static int
file_rename(void)
{
	return rename("file", "harm");
}

static int
file_link(void)
{
	return link("file", "harm");
}

static int
file_symlink(void)
{
	return symlink("/etc/passwd", "harm");
}

static int
file_chmod(void)
{
	return chmod("file", 0666);
}

static int
file_fchmod(void)
{
	return fchmod(had.readable, 0666);
}

static int
directory_make(void)
{
	return mkdir("harm", 0700);
}

static int
fifo_make(void)
{
	return mkfifo("harm", 0600);
}

static int
directory_change(void)
{
	return chdir("/");
}

static int
program_run(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return execv("/bin/true", argv);
}

static int
program_in_memory(void)
{
	int fd = memfd_create("program", 0);

	return fd;
}

static int
process_fork(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : waitpid(pid, NULL, 0) == -1 ? -1 : 0;
}

static int
process_clone3(void)
{
	uint64_t args[11] = { [4] = SIGCHLD };
	long pid = syscall(SYS_clone3, args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
new_socket(int domain, int type)
{
	return socket(domain, type, 0) == -1 ? -1 : 0;
}

static int
socket_tcp(void)
{
	return new_socket(AF_INET, SOCK_STREAM);
}

static int
socket_udp(void)
{
	return new_socket(AF_INET, SOCK_DGRAM);
}

static int
socket_unix(void)
{
	return new_socket(AF_UNIX, SOCK_STREAM);
}

static int
socket_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int
connect_tcp(void)
{
	return connect(had.tcp, (const struct sockaddr *)&had.port,
	    sizeof(had.port));
}

static int
connect_fast(void)
{
	return (int)sendto(had.tcp, "x", 1, MSG_FASTOPEN,
	    (const struct sockaddr *)&had.port, sizeof(had.port));
}

static int
bind_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };

	return bind(had.tcp, (const struct sockaddr *)&any, sizeof(any));
}

static int
connect_unix(void)
{
	return connect(had.datagram, (const struct sockaddr *)&had.path,
	    sizeof(had.path));
}

static int
connect_abstract(void)
{
	return connect(had.datagram, (const struct sockaddr *)&had.abstract,
	    sizeof(had.abstract));
}

static int
send_unix(void)
{
	return (int)sendto(had.datagram, "x", 1, 0,
	    (const struct sockaddr *)&had.path, sizeof(had.path));
}

static int
send_message(void)
{
	struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr msg = {
		.msg_name = &had.path,
		.msg_namelen = sizeof(had.path),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};

	return (int)sendmsg(had.datagram, &msg, 0);
}

static int
signal_parent(void)
{
	return kill(flusher, 0);
}

static int
signal_by_owner(void)
{
	return fcntl(had.tcp, F_SETOWN, flusher);
}

static int
signal_by_ioctl(void)
{
	int pid = flusher;

	return ioctl(had.tcp, FIOSETOWN, &pid);
}

static int
trace_parent(void)
{
	return (int)ptrace(PTRACE_SEIZE, flusher, NULL, NULL);
}

static int
limit_parent(void)
{
	struct rlimit limit;

	return prlimit(flusher, RLIMIT_NOFILE, NULL, &limit);
}

static int
parent_by_descriptor(void)
{
	return syscall(SYS_pidfd_open, flusher, 0) == -1 ? -1 : 0;
}

static int
memory_mapped(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int
memory_protected(void)
{
	return mprotect(had.page, 4096, PROT_READ | PROT_EXEC);
}

static int
namespace_new(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
user_change(void)
{
	return setgid(getegid());
}

static int
dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int
core_limit(void)
{
	struct rlimit limit = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &limit);
}

static int
call_without_effect(long number)
{
	long result = syscall(number, -1L, 0L, 0L, 0L, 0L, 0L);

	/* Whatever the kernel found wrong with it, it was let in. */
	return result == -1 && (errno == EPERM || errno == ENOSYS) ? -1 : 0;
}

static int
file_system_mounted(void)
{
	return call_without_effect(SYS_mount);
}

static int
io_ring(void)
{
	return call_without_effect(SYS_io_uring_setup);
}

static int
page_faults(void)
{
	return call_without_effect(SYS_userfaultfd);
}

static int
kernel_program(void)
{
	return call_without_effect(SYS_bpf);
}

static int
keys(void)
{
	return call_without_effect(SYS_keyctl);
}

static int
memory_of_others(void)
{
	return call_without_effect(SYS_process_vm_writev);
}

static int
second_filter(void)
{
	return call_without_effect(SYS_seccomp);
}

#define ATTEMPT(name) { #name, name }
static const struct {
	const char *name;
	int (*try)(void);
} attempts[] = {
	ATTEMPT(file_read), ATTEMPT(file_write), ATTEMPT(file_create),
	ATTEMPT(file_nameless), ATTEMPT(file_again), ATTEMPT(file_by_openat2),
	ATTEMPT(directory_read), ATTEMPT(memory_of_parent),
	ATTEMPT(file_stat), ATTEMPT(file_truncate), ATTEMPT(file_rename),
	ATTEMPT(file_link), ATTEMPT(file_symlink), ATTEMPT(directory_make),
	ATTEMPT(fifo_make), ATTEMPT(file_chmod), ATTEMPT(file_fchmod),
	ATTEMPT(file_unlink),
	ATTEMPT(program_run), ATTEMPT(program_in_memory),
	ATTEMPT(process_fork), ATTEMPT(process_clone3),
	ATTEMPT(socket_tcp), ATTEMPT(socket_udp), ATTEMPT(socket_unix),
	ATTEMPT(socket_pair), ATTEMPT(connect_tcp), ATTEMPT(connect_fast),
	ATTEMPT(bind_tcp), ATTEMPT(connect_unix), ATTEMPT(connect_abstract),
	ATTEMPT(send_unix), ATTEMPT(send_message),
	ATTEMPT(signal_parent),
	ATTEMPT(signal_by_owner), ATTEMPT(signal_by_ioctl),
	ATTEMPT(trace_parent), ATTEMPT(limit_parent),
	ATTEMPT(parent_by_descriptor), ATTEMPT(memory_of_others),
	ATTEMPT(memory_mapped), ATTEMPT(memory_protected),
	ATTEMPT(file_system_mounted),
	ATTEMPT(dumpable), ATTEMPT(core_limit), ATTEMPT(io_ring),
	ATTEMPT(page_faults), ATTEMPT(kernel_program), ATTEMPT(keys),
	ATTEMPT(second_filter),
	/* Where these work, those after them would not be the same. */
	ATTEMPT(directory_change), ATTEMPT(user_change),
	ATTEMPT(namespace_new),
};

/* As bind takes it: the whole structure is the name. */
static void
name_socket(struct sockaddr_un *addr, int abstract, const char *name)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(addr->sun_path + abstract, sizeof(addr->sun_path) - 1, "%s",
	    name);
}

static void
must(int result)
{
	if (result != -1)
		return;
	perror("compromised");
	exit(1);
}

/* Those whom the attempts are to reach; they stay open. */
static void
listen_for_attempts(void)
{
	socklen_t len = sizeof(had.port);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	int path = socket(AF_UNIX, SOCK_DGRAM, 0);
	int abstract = socket(AF_UNIX, SOCK_DGRAM, 0);
	char name[64];

	had.port.sin_family = AF_INET;
	had.port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(tcp, (struct sockaddr *)&had.port, sizeof(had.port)));
	must(listen(tcp, 16));
	must(getsockname(tcp, (struct sockaddr *)&had.port, &len));
	snprintf(name, sizeof(name), "onehop-test-%ld", (long)getpid());
	name_socket(&had.abstract, 1, name);
	must(bind(abstract, (struct sockaddr *)&had.abstract,
	    sizeof(had.abstract)));
	name_socket(&had.path, 0, "socket");
	unlink("socket");
	must(bind(path, (struct sockaddr *)&had.path, sizeof(had.path)));
}

static void
prepare(void)
{
	int fd = open("file", O_WRONLY | O_CREAT, 0600);

	must(fd);
	close(fd);
	remove("harm");
	must(had.readable = open("file", O_RDONLY));
	must(had.tcp = socket(AF_INET, SOCK_STREAM, 0));
	must(had.datagram = socket(AF_UNIX, SOCK_DGRAM, 0));
	had.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(had.page == MAP_FAILED ? -1 : 0);
}

static void
say(const char *when, const char *name, int error)
{
	dprintf(STDERR_FILENO, "attempt %s %s %d\n", when, name, error);
}

/* getpid of i386, which a 64-bit process may make too. */
static int
foreign_call(void)
{
#ifdef __x86_64__
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return result == getpid() ? 0 : -1;
#else
	errno = ENOSYS;
	return -1;
#endif
}

/* While nothing holds it back each works, in a process of its own. */
static void
try_before(const char *name, int (*try)(void))
{
	int status;
	pid_t pid = fork();

	must(pid);
	if (pid == 0) {
		prepare();
		_exit(try() == -1 ? errno : 0);
	}
	must(waitpid(pid, &status, 0));
	say("before", name, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static int
is_without(const char *layer)
{
	const char *without = getenv("ONEHOP_WITHOUT");

	return without != NULL && strcmp(without, layer) == 0;
}

int
__wrap_landlock_enforce(int ruleset)
{
	return is_without("landlock") ? 0 : __real_landlock_enforce(ruleset);
}

int
__wrap_seccomp_enforce(const char *promises)
{
	return is_without("seccomp") ? 0 : __real_seccomp_enforce(promises);
}

int
__wrap_pledge(const char *promises, const char *execpromises)
{
	int result, error;

	flusher = getppid();
	must(chdir(getenv("ONEHOP_TARGET")));
	listen_for_attempts();
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		try_before(attempts[i].name, attempts[i].try);
	try_before("foreign_call", foreign_call);
	prepare();
	result = __real_pledge(promises, execpromises);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		error = attempts[i].try() == -1 ? errno : 0;
		say("after", attempts[i].name, error);
	}
	if (getenv("ONEHOP_FOREIGN") != NULL)
		say("after", "foreign_call", foreign_call());
	return result;
}
