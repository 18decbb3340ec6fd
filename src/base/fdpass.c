#include <config.h>

#include "base/fdpass.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
};

int
fdpass_send_all(int sock, const void *data, size_t len, const int *fds,
    size_t nfds)
{
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *c = &control.header;
	ssize_t n;

	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(*fds));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(*fds));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(*fds));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* With no descriptor by send, which takes no address: see compat/seccomp.c. */
int
fdpass_send(int sock, const void *data, size_t len, int fd)
{
	ssize_t n;

	if (fd != -1)
		return fdpass_send_all(sock, data, len, &fd, 1);
	do
		n = send(sock, data, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static size_t
received_fds(struct msghdr *msg, int *fds, size_t max)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0))
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(*fds);
	if (n > max)
		n = max;
	memcpy(fds, CMSG_DATA(c), n * sizeof(*fds));
	return n;
}

ssize_t
fdpass_recv_all(int sock, void *data, size_t size, int *fds, size_t *nfds)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		/* No more: for another one, CMSG_SPACE would have room. */
		.msg_controllen = CMSG_LEN(*nfds * sizeof(*fds)),
	};
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	*nfds = n == -1 ? 0 : received_fds(&msg, fds, *nfds);
	if (n == -1 || !(msg.msg_flags & MSG_TRUNC))
		return n;
	while (*nfds > 0)
		close(fds[--*nfds]);
	errno = EMSGSIZE;
	return -1;
}

ssize_t
fdpass_recv(int sock, void *data, size_t size, int *fd)
{
	size_t n = 1;
	ssize_t got = fdpass_recv_all(sock, data, size, fd, &n);

	if (n == 0)
		*fd = -1;
	return got;
}
