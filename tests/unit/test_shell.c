#include <config.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/date.h"
#include "smtp/shell.h"

/* What a command gives, or the error that it ends in. */
static const struct {
	const char *command;
	const char *output;
	const char *error;
} rows[] = {
	{ "echo secret", "secret\n", NULL },
	{ "printf 'a\\nb\\n'; echo no >&2", "a\nb\n", NULL },
	{ ":", "", NULL },
	{ "cat", "", NULL },
	/* Neither a descriptor nor a signal that is ignored is passed on. */
	{ "[ -e /proc/$$/fd/57 ] && echo open; "
	  "sh -c 'kill -PIPE $$' || echo dead", "dead\n", NULL },
	{ "echo a; exit 3", NULL, "exit status 3" },
	{ "echo vault is sealed >&2; echo more >&2; exit 1", NULL,
	  "exit status 1: vault is sealed" },
	{ "/nonexistent/command 2>/dev/null", NULL, "exit status 127" },
	{ "kill -9 $$", NULL, "killed by signal 9" },
	{ "kill $$; echo alive", NULL, "killed by signal 15" },
	/* What stays in the background is not waited for. */
	{ "sleep 100 & echo $! >&2; echo quick", "quick\n", NULL },
	/* More than is kept is read all the same. */
	{ "yes | head -c 1000000 | tr 'y\\n' x",
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
	{ "yes | head -c 1000000 >&2; echo a", "a\n", NULL },
};

static void
test_rows(void **state)
{
	double start = date_clock();

	(void)state;
	assert_int_equal(dup2(STDERR_FILENO, 57), 57);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = { 0 }, error = { 0 };
		int result = shell_run(rows[i].command, 60, 40, &out, &error);

		assert_int_equal(result, rows[i].error == NULL ? 0 : -1);
		if (rows[i].error != NULL)
			assert_string_equal(error.data, rows[i].error);
		else
			assert_int_equal(error.len, 0);
		if (rows[i].output != NULL) {
			assert_int_equal(out.len, strlen(rows[i].output));
			assert_memory_equal(out.data, rows[i].output,
			    out.len);
		}
		buf_free(&out);
		buf_free(&error);
	}
	assert_true(date_clock() - start < 50);
}

/* What is still in the pipe at the end is not lost. */
static void
test_rest(void **state)
{
	struct buf out = { 0 }, error = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		buf_clear(&out);
		assert_int_equal(shell_run("exec head -c 60000 /dev/zero",
		    60, 60000, &out, &error), 0);
		assert_int_equal(out.len, 60000);
	}
	buf_free(&out);
	buf_free(&error);
}

/* A child of the shell that would live on is killed with it. */
static void
test_time(void **state)
{
	static const char *const commands[] = {
		"(sleep 1000; echo) & echo $!; wait",
		"(sleep 1000; echo) & echo $!; exec >&- 2>&-; wait",
		"sh -c 'trap : TERM; sleep 1000; echo' & echo $!; wait",
	};
	struct buf out = { 0 }, error = { 0 };
	double start;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		buf_clear(&out);
		buf_clear(&error);
		start = date_clock();
		assert_int_equal(shell_run(commands[i], 0.5, 100, &out,
		    &error), -1);
		assert_true(date_clock() - start >= 0.5);
		assert_string_equal(error.data, "timed out after 0.5 s");
		pid = (pid_t)atoi(out.data);
		assert_true(pid > 1);
		/* init reaps it; until then it is a zombie. */
		while (kill(pid, 0) == 0 && date_clock() - start < 30)
			usleep(10000);
		assert_true(date_clock() - start < 30);
	}
	buf_free(&out);
	buf_free(&error);
}

/* Signals are afterwards as they were. */
static void
test_signals(void **state)
{
	struct buf out = { 0 }, error = { 0 };
	struct sigaction sa;
	sigset_t mask;

	(void)state;
	assert_int_equal(shell_run("echo a", 60, 10, &out, &error), 0);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
	assert_false(sigismember(&mask, SIGCHLD));
	sigaction(SIGTERM, NULL, &sa);
	assert_true(sa.sa_handler == SIG_DFL);
	buf_free(&out);
	buf_free(&error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_signals),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
