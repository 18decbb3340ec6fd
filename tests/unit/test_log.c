#include <config.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

enum { OUT_MAX = 16384 };

static const struct log_field fields[] = {
	{ LOG_ADDRESS, "to", "a\"b@example.net" },
	{ LOG_NUMBER, "delay", "1.5" },
	{ LOG_TEXT, "status", "deferred" },
	{ LOG_REMARK, "reason", "450 caf\351 \033[31m" },
	{ LOG_REMARK, NULL, "unnamed" },
	{ LOG_TEXT, NULL, NULL },
};

static void
one_of_each(void)
{
	log_info("free %d", 7);
	log_event("bounce", "1A", "told: %s", "2B");
	log_fields("smtp", "1A", fields);
	log_warnx("odd");
	errno = ENOENT;
	log_warn_about("1A", "cannot");
	assert_int_equal(errno, ENOENT);
}

static void
the_end(void)
{
	errno = EACCES;
	fatal(EX_OSERR, "cannot go on");
}

/*
 * What a process writes to stderr, with its process number as PID and the time
 * of JSON as TIME, which must be the 32 bytes that such a time is.
 */
static void
capture(enum log_target target, const char *service, bool journal,
    void (*work)(void), char out[OUT_MAX])
{
	char path[] = "/tmp/test_log.XXXXXX";
	char stream[64], line[OUT_MAX], pid[32];
	int fd = mkstemp(path), status;
	struct stat st;
	FILE *file;
	pid_t child;
	char *p;

	assert_true(fd != -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(fstat(fd, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + !journal);
	child = fork();
	if (child == 0) {
		dup2(fd, STDERR_FILENO);
		setenv("JOURNAL_STREAM", stream, 1);
		log_open("program", service);
		log_to(target);
		work();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), work == the_end ? EX_OSERR : 0);
	snprintf(pid, sizeof(pid), "%ld", (long)child);
	lseek(fd, 0, SEEK_SET);
	file = fdopen(fd, "r");
	out[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL) {
		if ((p = strstr(line, "\"time\":\"")) != NULL) {
			assert_true(p[8 + 32] == '"');
			memmove(p + 12, p + 8 + 32, strlen(p + 8 + 32) + 1);
			memcpy(p + 8, "TIME", 4);
		}
		if ((p = strstr(line, pid)) != NULL) {
			memmove(p + 3, p + strlen(pid),
			    strlen(p + strlen(pid)) + 1);
			memcpy(p, "PID", 3);
		}
		snprintf(out + strlen(out), OUT_MAX - strlen(out), "%s", line);
	}
	fclose(file);
}

static void
test_text(void **state)
{
	char out[OUT_MAX];

	(void)state;
	capture(LOG_TO_STDERR, "qmgr", false, one_of_each, out);
	assert_string_equal(out,
	    "onehop/postlog[PID]: free 7\n"
	    "onehop/bounce[PID]: 1A: told: 2B\n"
	    "onehop/smtp[PID]: 1A: to=<a\"b@example.net>, delay=1.5, "
	    "status=deferred (450 caf\\351 \\033[31m) (unnamed)\n"
	    "onehop/qmgr[PID]: warning: odd\n"
	    "onehop/qmgr[PID]: warning: 1A: cannot: "
	    "No such file or directory\n");
	capture(LOG_TO_STDERR, "qmgr", false, the_end, out);
	assert_string_equal(out, "program: cannot go on: Permission denied\n");
}

static void
test_json(void **state)
{
	char out[OUT_MAX];

	(void)state;
	capture(LOG_TO_JSON, "qmgr", false, one_of_each, out);
#define LINE(level, service, rest) "{\"time\":\"TIME\",\"level\":\"" level \
    "\",\"service\":\"" service "\",\"pid\":PID," rest "}\n"
	assert_string_equal(out,
	    LINE("info", "postlog", "\"message\":\"free 7\"")
	    LINE("info", "bounce", "\"id\":\"1A\",\"message\":\"told: 2B\"")
	    LINE("info", "smtp", "\"id\":\"1A\",\"to\":\"a\\\"b@example.net\","
	    "\"delay\":1.5,\"status\":\"deferred\","
	    "\"reason\":\"450 caf\\ufffd \\u001b[31m\","
	    "\"message\":\"to=<a\\\"b@example.net>, delay=1.5, "
	    "status=deferred (450 caf\\ufffd \\u001b[31m) (unnamed)\"")
	    LINE("warning", "qmgr", "\"message\":\"odd\"")
	    LINE("warning", "qmgr", "\"id\":\"1A\",\"message\":\"cannot: "
	    "No such file or directory\""));
	capture(LOG_TO_JSON, "qmgr", false, the_end, out);
	assert_string_equal(out, LINE("error", "qmgr",
	    "\"message\":\"cannot go on: Permission denied\""));
}

/* The priority is said to the journal, and to nobody else. */
static void
test_journal(void **state)
{
	char out[OUT_MAX];

	(void)state;
	capture(LOG_TO_STDERR, "qmgr", true, one_of_each, out);
	assert_true(strncmp(out, "<6>onehop/postlog[PID]: free 7\n<6>", 34) ==
	    0);
	assert_non_null(strstr(out, "\n<4>onehop/qmgr[PID]: warning: odd\n"));
	capture(LOG_TO_JSON, "qmgr", true, one_of_each, out);
	assert_true(strncmp(out, "<6>{\"time\"", 10) == 0);
	capture(LOG_TO_STDERR, "qmgr", true, the_end, out);
	assert_true(strncmp(out, "<3>program: cannot", 18) == 0);
}

/* Who watches a command wants no tags, and no log. */
static void
test_no_service(void **state)
{
	char out[OUT_MAX];

	(void)state;
	for (enum log_target t = LOG_TO_AUTO; t <= LOG_TO_JSON; t++) {
		capture(t, NULL, false, the_end, out);
		assert_string_equal(out,
		    "program: cannot go on: Permission denied\n");
	}
}

static void
long_ones(void)
{
	static char text[3 * LOG_LINE_MAX];

	memset(text, '\033', sizeof(text) - 1);
	log_info("%s", text);
	log_fields("smtp", "1A", (const struct log_field[]){
		{ LOG_ADDRESS, "to", "a@b" },
		{ LOG_REMARK, "reason", text },
		{ LOG_TEXT, "status", "sent" },
		{ LOG_TEXT, NULL, NULL },
	});
}

/* A long line is cut, but is still a line, and JSON is JSON. */
static void
test_long(void **state)
{
	char out[OUT_MAX], *rest = out, *line;
	int lines = 0;

	(void)state;
	capture(LOG_TO_JSON, "qmgr", false, long_ones, out);
	assert_true(out[strlen(out) - 1] == '\n');
	for (; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; lines++) {
		assert_in_range(strlen(line), LOG_LINE_MAX, 4095);
		assert_string_equal(line + strlen(line) - 2, "\"}");
		assert_true(line[strlen(line) - 3] != '\\');
	}
	assert_int_equal(lines, 2);
	capture(LOG_TO_STDERR, "qmgr", false, long_ones, out);
	rest = out;
	for (; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; lines++)
		assert_in_range(strlen(line), LOG_LINE_MAX - 5,
		    LOG_LINE_MAX + 32);
	assert_int_equal(lines, 4);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_no_service),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
