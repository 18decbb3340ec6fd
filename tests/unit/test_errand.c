#include <config.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/errand.h"
#include "spool/handover.h"
#include "spool/request.h"

static char *const words[] = { (char *)"sendmail", (char *)"-t", NULL };
static char directory[] = "/tmp/onehop.XXXXXX";

static int
setup(void **state)
{
	static int spool;

	if (mkdtemp(directory) == NULL)
		return -1;
	spool = open(directory, O_PATH | O_DIRECTORY);
	*state = &spool;
	return spool == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	int spool = *(int *)*state;

	unlinkat(spool, HANDOVER_NAME, 0);
	close(spool);
	return rmdir(directory);
}

/* One connection: takes the request and gives these answers, up to -1. */
static void
serve(int listening, const int *answers)
{
	struct pollfd pfd = { .fd = listening, .events = POLLIN };
	int streams[HANDOVER_STREAMS], sock;
	struct request r;
	struct buf text = { 0 };

	poll(&pfd, 1, -1);
	sock = accept(listening, NULL, NULL);
	if (sock == -1)
		_exit(10);
	if (*answers != HANDOVER_BUSY &&
	    (handover_take(sock, &text, streams) == -1 ||
	    request_decode(&r, text.data, text.len) == -1 || r.count != 2))
		_exit(11);
	for (; *answers != -1; answers++)
		handover_answer(sock, *answers);
	close(sock);
}

/* What an errand gives that meets these connections one after the other. */
static int
run(int spool, const int (*connections)[3], size_t n, struct buf *error)
{
	int sock = handover_listen(spool), result, status;
	pid_t pid;

	assert_int_not_equal(sock, -1);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < n; i++)
			serve(sock, connections[i]);
		_exit(0);
	}
	close(sock);
	result = errand_run(spool, words, error);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return result;
}

#define RUN(spool, error, ...) run(spool, (const int [][3])__VA_ARGS__, \
	sizeof((const int [][3])__VA_ARGS__) / sizeof(int [3]), error)

static void
test_nobody(void **state)
{
	int spool = *(int *)*state;
	struct buf error = { 0 };

	assert_int_equal(errand_run(spool, words, &error), -1);
	assert_int_equal(errno, ENOENT);
	close(handover_listen(spool));
	assert_int_equal(errand_run(spool, words, &error), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(error.len, 0);
}

static void
test_status(void **state)
{
	int spool = *(int *)*state;
	struct buf error = { 0 };

	assert_int_equal(RUN(spool, &error,
	    { { HANDOVER_TAKEN, 0, -1 } }), 0);
	assert_int_equal(RUN(spool, &error,
	    { { HANDOVER_TAKEN, 65, -1 } }), 65);
	assert_int_equal(error.len, 0);
	/* One that cannot be taken, by who has nobody to say why to. */
	assert_int_equal(RUN(spool, &error, { { 76, -1 } }), 76);
	assert_int_not_equal(error.len, 0);
	buf_free(&error);
}

/* Until the request is taken, nothing is lost by trying again. */
static void
test_again(void **state)
{
	int spool = *(int *)*state;
	struct buf error = { 0 };

	assert_int_equal(RUN(spool, &error, {
	    { HANDOVER_BUSY, -1 }, { -1 }, { HANDOVER_BUSY, -1 },
	    { HANDOVER_TAKEN, 0, -1 } }), 0);
	assert_int_equal(error.len, 0);
}

/* After that, trying again could send the message twice. */
static void
test_lost(void **state)
{
	int spool = *(int *)*state;
	struct buf error = { 0 };

	assert_int_equal(RUN(spool, &error, { { HANDOVER_TAKEN, -1 } }),
	    EX_TEMPFAIL);
	assert_non_null(strstr(error.data, "without a status"));
	buf_free(&error);
	/* Whoever was there has gone before the second attempt. */
	assert_int_equal(RUN(spool, &error, { { HANDOVER_BUSY, -1 } }),
	    EX_TEMPFAIL);
	assert_non_null(error.data);
	buf_free(&error);
}

static void
on_signal(int sig)
{
	(void)sig;
}

/* Waits until it is told of the interrupt and then gives the answer. */
static void
serve_interrupted(int listening, pid_t client, int answer)
{
	int streams[HANDOVER_STREAMS], sock;
	struct pollfd pfd = { .fd = listening, .events = POLLIN };
	struct buf text = { 0 };
	char byte;

	poll(&pfd, 1, -1);
	sock = accept(listening, NULL, NULL);
	if (handover_take(sock, &text, streams) == -1)
		_exit(11);
	handover_answer(sock, HANDOVER_TAKEN);
	kill(client, SIGTERM);
	if (recv(sock, &byte, 1, 0) != 0)
		_exit(12);
	if (answer != -1)
		handover_answer(sock, answer);
	_exit(0);
}

static int
run_interrupted(int spool, int answer, struct buf *error)
{
	struct sigaction act = { .sa_handler = on_signal }, old;
	int sock = handover_listen(spool), result, status;
	pid_t client = getpid(), pid;

	assert_int_not_equal(sock, -1);
	sigaction(SIGTERM, &act, &old);
	pid = fork();
	if (pid == 0)
		serve_interrupted(sock, client, answer);
	close(sock);
	result = errand_run(spool, words, error);
	sigaction(SIGTERM, &old, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return result;
}

static void
test_interrupt(void **state)
{
	int spool = *(int *)*state;
	struct buf error = { 0 };

	/* It was too late: the message had been complete. */
	assert_int_equal(run_interrupted(spool, 0, &error), 0);
	assert_int_equal(run_interrupted(spool, 75, &error), 75);
	assert_int_equal(error.len, 0);
	assert_int_equal(run_interrupted(spool, -1, &error), 75);
	assert_non_null(strstr(error.data, "interrupted"));
	buf_free(&error);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
