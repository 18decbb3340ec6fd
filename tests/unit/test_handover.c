#include <config.h>

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fdpass.h"
#include "spool/handover.h"

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

static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	assert_int_not_equal(fd, -1);
	close(fd);
	return fd;
}

static bool
is_same(int fd, int other)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
test_send_and_take(void **state)
{
	int *pair = *state, streams[HANDOVER_STREAMS];
	struct buf sent = { 0 }, taken = { 0 };
	int before = lowest_free();

	/* More than one packet. */
	for (int i = 0; i < 10000; i++)
		buf_printf(&sent, "word %d", i);
	assert_int_equal(handover_send(pair[0], &sent), 0);
	assert_int_equal(handover_take(pair[1], &taken, streams), 0);
	assert_int_equal(taken.len, sent.len);
	assert_memory_equal(taken.data, sent.data, sent.len);
	for (int i = 0; i < HANDOVER_STREAMS; i++) {
		assert_true(is_same(streams[i], i));
		close(streams[i]);
	}
	assert_int_equal(lowest_free(), before);
	buf_free(&sent);
	buf_free(&taken);
}

static const struct {
	const char *header;
	size_t nfds;
	const char *text;
} malformed[] = {
	{ "", 3, "a" },
	{ "x", 3, "a" },
	{ "onehop 1", 3, "a" },
	{ "onehop 1 ", 3, "a" },
	{ "onehop 1 x", 3, "a" },
	{ "onehop 1 -1", 3, "a" },
	{ "onehop 1 1 ", 3, "a" },
	{ "onehop 2 1", 3, "a" },
	{ "Onehop 1 1", 3, "a" },
	{ "onehop 1 8388609", 3, "a" },
	{ "onehop 1 18446744073709551617", 3, "a" },
	{ "onehop 1 1", 0, "a" },
	{ "onehop 1 1", 1, "a" },
	{ "onehop 1 1", 2, "a" },
	{ "onehop 1 2", 3, "abc" },
	{ "onehop 1 2", 3, "a" },
	{ "onehop 1 00000000000000000000000000000000000000000000000000000001",
	    3, "a" },
};

static void
test_malformed(void **state)
{
	static const int fds[] = { 0, 1, 2 };
	int streams[HANDOVER_STREAMS], before, pair[2];
	size_t n = sizeof(malformed) / sizeof(malformed[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct buf text = { 0 };

		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair),
		    0);
		before = lowest_free();
		fdpass_send_all(pair[0], malformed[i].header,
		    strlen(malformed[i].header), fds, malformed[i].nfds);
		fdpass_send(pair[0], malformed[i].text,
		    strlen(malformed[i].text), STDIN_FILENO);
		shutdown(pair[0], SHUT_WR);
		if (handover_take(pair[1], &text, streams) != -1)
			fail_msg("taken: '%s'", malformed[i].header);
		assert_int_equal(lowest_free(), before);
		buf_free(&text);
		close(pair[0]);
		close(pair[1]);
	}
}

static void
test_answer(void **state)
{
	int *pair = *state;
	unsigned char byte[2];

	handover_answer(pair[1], HANDOVER_TAKEN);
	handover_answer(pair[1], 0);
	assert_int_equal(read(pair[0], byte, 2), 1);
	assert_int_equal(byte[0], HANDOVER_TAKEN);
	assert_int_equal(read(pair[0], byte, 2), 1);
	assert_int_equal(byte[0], 0);
	/* To nobody: no signal. */
	shutdown(pair[1], SHUT_RDWR);
	handover_answer(pair[1], 75);
}

static void
test_socket(void **state)
{
	char spool[] = "/tmp/onehop.XXXXXX", before[4096], after[4096];
	struct stat st;
	int fd, sock, again, client;
	mode_t mask = umask(0077);

	(void)state;
	assert_non_null(mkdtemp(spool));
	fd = open(spool, O_PATH | O_DIRECTORY);
	assert_int_not_equal(fd, -1);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(handover_connect(fd), -1);
	assert_int_equal(errno, ENOENT);
	sock = handover_listen(fd);
	assert_int_not_equal(sock, -1);
	assert_int_equal(fstatat(fd, HANDOVER_NAME, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0666);
	client = handover_connect(fd);
	assert_int_not_equal(client, -1);
	close(client);
	close(sock);
	assert_int_equal(handover_connect(fd), -1);
	assert_int_equal(errno, ECONNREFUSED);
	/* One that was left is made anew, and nobody waits at it. */
	again = handover_listen(fd);
	assert_int_not_equal(again, -1);
	assert_int_equal(accept(again, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(after, before);
	assert_int_equal(unlinkat(fd, HANDOVER_NAME, 0), 0);
	close(again);
	close(fd);
	assert_int_equal(handover_listen(-1), -1);
	assert_int_equal(rmdir(spool), 0);
	umask(mask);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_send_and_take, setup,
		    teardown),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
		cmocka_unit_test(test_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
