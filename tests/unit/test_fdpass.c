#include <config.h>

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fdpass.h"

static int
setup(void **state)
{
	static int pair[2];

	*state = pair;
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
}

static int
teardown(void **state)
{
	int *pair = *state;

	close(pair[0]);
	close(pair[1]);
	return 0;
}

/* The lowest descriptor that is free: the same again if none leaked. */
static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	assert_int_not_equal(fd, -1);
	close(fd);
	return fd;
}

static void
test_packets(void **state)
{
	int *pair = *state;
	char text[16];
	int fd = 0;

	assert_int_equal(fdpass_send(pair[0], "abc", 3, -1), 0);
	assert_int_equal(fdpass_send(pair[0], "de", 2, -1), 0);
	assert_int_equal(fdpass_recv(pair[1], text, sizeof(text), &fd), 3);
	assert_memory_equal(text, "abc", 3);
	assert_int_equal(fd, -1);
	/* A packet that just fits is no larger than that. */
	assert_int_equal(fdpass_recv(pair[1], text, 2, &fd), 2);
	assert_memory_equal(text, "de", 2);
}

static void
test_descriptor(void **state)
{
	int *pair = *state;
	char text[16];
	int pipefds[2], fd;

	assert_int_equal(pipe(pipefds), 0);
	assert_int_equal(fdpass_send(pair[0], "x", 1, pipefds[0]), 0);
	assert_int_equal(close(pipefds[0]), 0);
	assert_int_equal(fdpass_recv(pair[1], text, sizeof(text), &fd), 1);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(pipefds[1], "hello", 5), 5);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
	close(fd);
	close(pipefds[1]);
}

static void
test_too_large(void **state)
{
	int *pair = *state;
	int before = lowest_free();
	char text[2];
	int fd = 0;

	assert_int_equal(fdpass_send(pair[0], "abc", 3, STDIN_FILENO), 0);
	assert_int_equal(fdpass_recv(pair[1], text, sizeof(text), &fd), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(fd, -1);
	assert_int_equal(lowest_free(), before);
}

/* An agent that was taken over must not use up our descriptors. */
static void
test_several_descriptors(void **state)
{
	int *pair = *state;
	int fds[2] = { STDIN_FILENO, STDIN_FILENO };
	char control[CMSG_SPACE(sizeof(fds))] = { 0 };
	struct iovec iov = { .iov_base = control, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int before = lowest_free();
	char text[2];
	int fd;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
	assert_int_equal(fdpass_recv(pair[1], text, sizeof(text), &fd), 1);
	if (fd != -1)
		close(fd);
	assert_int_equal(lowest_free(), before);
}

static void
test_all_descriptors(void **state)
{
	int *pair = *state;
	int before = lowest_free();
	int fds[FDPASS_MAX], one[3] = { 0, 1, 2 };
	size_t n = FDPASS_MAX;
	char text[2];

	assert_int_equal(fdpass_send_all(pair[0], "x", 1, one, 3), 0);
	assert_int_equal(fdpass_recv_all(pair[1], text, 2, fds, &n), 1);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		close(fds[i]);
	}
	/* Fewer than there is room for, and more. */
	assert_int_equal(fdpass_send_all(pair[0], "x", 1, one, 1), 0);
	assert_int_equal(fdpass_recv_all(pair[1], text, 2, fds, &n), 1);
	assert_int_equal(n, 1);
	close(fds[0]);
	n = 2;
	assert_int_equal(fdpass_send_all(pair[0], "x", 1, one, 3), 0);
	assert_int_equal(fdpass_recv_all(pair[1], text, 2, fds, &n), 1);
	assert_int_equal(n, 2);
	close(fds[0]);
	close(fds[1]);
	/* None of a packet that is too large. */
	n = FDPASS_MAX;
	assert_int_equal(fdpass_send_all(pair[0], "xyz", 3, one, 3), 0);
	assert_int_equal(fdpass_recv_all(pair[1], text, 2, fds, &n), -1);
	assert_int_equal(n, 0);
	n = FDPASS_MAX;
	assert_int_equal(fdpass_recv_all(-1, text, 2, fds, &n), -1);
	assert_int_equal(n, 0);
	assert_int_equal(lowest_free(), before);
}

static void
test_full(void **state)
{
	int *pair = *state;
	char text[1024] = { 0 };
	int sent = 0;

	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	while (fdpass_send(pair[0], text, sizeof(text), -1) == 0)
		assert_true(++sent < 1000000);
	assert_int_equal(errno, EAGAIN);
}

static void
test_end(void **state)
{
	int *pair = *state;
	char text[2];
	int fd = 0;

	assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
	assert_int_equal(fdpass_recv(pair[0], text, sizeof(text), &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(shutdown(pair[1], SHUT_RD), 0);
	assert_int_equal(fdpass_send(pair[0], "x", 1, -1), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(fdpass_recv(-1, text, sizeof(text), &fd), -1);
	assert_int_equal(errno, EBADF);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_packets),
		TEST(test_descriptor),
		TEST(test_too_large),
		TEST(test_several_descriptors),
		TEST(test_all_descriptors),
		TEST(test_full),
		TEST(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
