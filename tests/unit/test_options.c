#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/dsn.h"
#include "sendmail/options.h"

enum { WORDS = 8 };

/* What callers write after "sendmail", and what they mean by it. */
static const struct {
	const char *argv[WORDS];
	struct options want;
	int words;		/* how many recipients are left */
} good[] = {
	{ { NULL }, { .mode = MODE_DELIVER }, 0 },
	{ { "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "a@x", "b@x" }, { .mode = MODE_DELIVER }, 2 },
	{ { "-t" }, { .recipients_in_header = true }, 0 },
	{ { "-t", "-i" },
	  { .recipients_in_header = true, .ignore_dots = true }, 0 },
	{ { "-ti" },
	  { .recipients_in_header = true, .ignore_dots = true }, 0 },
	{ { "-it", "a@x" },
	  { .recipients_in_header = true, .ignore_dots = true }, 1 },
	{ { "-tv" }, { .recipients_in_header = true }, 0 },
	{ { "-oi" }, { .ignore_dots = true }, 0 },
	{ { "-o", "i" }, { .ignore_dots = true }, 0 },
	{ { "-O", "IgnoreDots=true" }, { .ignore_dots = true }, 0 },
	{ { "-OIgnoreDots" }, { .ignore_dots = true }, 0 },
	{ { "-Oignoredots=TRUE" }, { .ignore_dots = true }, 0 },
	{ { "-OIgnoreDots=false" }, { .ignore_dots = false }, 0 },
	{ { "-O", "IgnoreDotsNot", "-OQueueDirectory=/tmp" },
	  { .ignore_dots = false }, 0 },
	/* The sender, in all the ways there are. */
	{ { "-f", "a@x" }, { .sender = "a@x" }, 0 },
	{ { "-fa@x", "b@x" }, { .sender = "a@x" }, 1 },
	{ { "-r", "a@x" }, { .sender = "a@x" }, 0 },
	{ { "-ra@x" }, { .sender = "a@x" }, 0 },
	{ { "-f", "" }, { .sender = "" }, 0 },
	{ { "-f", "<>" }, { .sender = "<>" }, 0 },
	{ { "-f<>" }, { .sender = "<>" }, 0 },
	{ { "-f", "-i", "a@x" }, { .sender = "-i" }, 1 },
	{ { "-f", "--", "a@x" }, { .sender = "--" }, 1 },
	{ { "-f", "a@x", "-f", "b@x" }, { .sender = "b@x" }, 0 },
	{ { "-fa@x", "-rb@x" }, { .sender = "b@x" }, 0 },
	{ { "-tf", "a@x" },
	  { .recipients_in_header = true, .sender = "a@x" }, 0 },
	{ { "-itfa@x" }, { .recipients_in_header = true,
	  .ignore_dots = true, .sender = "a@x" }, 0 },
	{ { "-F", "Alice \303\204" }, { .full_name = "Alice \303\204" }, 0 },
	{ { "-FCronDaemon", "-i", "root" },
	  { .full_name = "CronDaemon", .ignore_dots = true }, 1 },
	{ { "-F", "" }, { .full_name = "" }, 0 },
	{ { "-FA", "-FB" }, { .full_name = "B" }, 0 },
	{ { "-C", "/x" }, { .config = "/x" }, 0 },
	{ { "-C/x" }, { .config = "/x" }, 0 },
	/* Where the options end. */
	{ { "--" }, { .mode = MODE_DELIVER }, 0 },
	{ { "-i", "--", "-t", "a@x" }, { .ignore_dots = true }, 2 },
	{ { "--", "--" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-" }, { .mode = MODE_DELIVER }, 1 },
	{ { "" }, { .mode = MODE_DELIVER }, 1 },
	{ { "a@x", "" }, { .mode = MODE_DELIVER }, 2 },
	/* Nothing comes of these; some take the next word. */
	{ { "-oem", "-odb", "-om", "-o7", "-oQ/tmp", "-oMrX", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-odi", "-odq", "-oe", "-ee", "-em", "-e", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-o", "db", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-B8BITMIME", "-B", "7BIT", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	/* What is asked about notification. */
	{ { "-N", "success,failure", "-R", "hdrs", "-Vid", "a@x" },
	  { .notify = DSN_SUCCESS | DSN_FAILURE, .ret = DSN_RET_HDRS,
	    .envid = "id" }, 1 },
	{ { "-NNever", "-RFULL", "-V", "a b", "a@x" },
	  { .notify = DSN_NEVER, .ret = DSN_RET_FULL, .envid = "a b" }, 1 },
	{ { "-N", "never", "-N", "Delay", "-R", "full", "-Rhdrs" },
	  { .notify = DSN_DELAY, .ret = DSN_RET_HDRS }, 0 },
	{ { "-G", "-U", "-m", "-n", "-s", "-x", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-GUmnsxvi", "a@x" }, { .ignore_dots = true }, 1 },
	{ { "-h", "3", "-p", "SMTP:h", "-L", "tag", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-h3", "-pSMTP:h", "-Ltag", "-X/log", "-Ac", "-Am", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-A", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	/* Modes. */
	{ { "-bm", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-b", "a", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-bi" }, { .mode = MODE_NEWALIASES }, 0 },
	{ { "-bi", "-bm" }, { .mode = MODE_DELIVER }, 0 },
	{ { "-q" }, { .mode = MODE_FLUSH }, 0 },
	{ { "-qf" }, { .mode = MODE_FLUSH }, 0 },
	{ { "-C", "/x", "-q" }, { .mode = MODE_FLUSH, .config = "/x" }, 0 },
	{ { "--help" }, { .mode = MODE_HELP }, -1 },
	{ { "-t", "--version" },
	  { .mode = MODE_VERSION, .recipients_in_header = true }, -1 },
};

/* And what is refused, with what the message has in it. */
static const struct {
	const char *argv[WORDS];
	const char *error;
} bad[] = {
	{ { "-Z" }, "-Z" },
	{ { "-tZ" }, "-Z" },
	{ { "-d" }, "-d" },
	{ { "-D", "x" }, "-D" },
	{ { "-M", "x" }, "-M" },
	{ { "-f" }, "-f" },
	{ { "-t", "-F" }, "-F" },
	{ { "-if" }, "-f" },
	{ { "-b" }, "-b" },
	{ { "-o" }, "-o" },
	{ { "-bd" }, "-bd" },
	{ { "-bD" }, "-bD" },
	{ { "-bt" }, "-bt" },
	{ { "-bx", "a@x" }, "-bx" },
	{ { "-bmm" }, "-bmm" },
	{ { "-q15m" }, "-q15m" },
	{ { "--unknown" }, "-" },
	{ { "-N" }, "-N" },
	{ { "-N", "" }, "-N ''" },
	{ { "-N", "never,delay", "a@x" }, "-N 'never,delay'" },
	{ { "-Nall", "a@x" }, "-N 'all'" },
	{ { "-R", "none", "a@x" }, "-R 'none'" },
	{ { "-R", "", "a@x" }, "-R ''" },
	{ { "-V", "", "a@x" }, "-V ''" },
	{ { "-Vj\303\266rg", "a@x" }, "-V 'j\303\266rg'" },
	{ { "a@x", "-t" }, "-t" },
	{ { "a@x", "-fb@x" }, "-fb@x" },
	{ { "a@x", "b@x", "-C/etc/shadow" }, "-C/etc/shadow" },
	{ { "a@x", "--", "b@x" }, "--" },
	{ { "", "-t" }, "-t" },
};

static int
parse(const char *name, const char *const words[WORDS], struct options *opts,
    struct buf *error, char *argv[WORDS + 2])
{
	int argc = 1;

	argv[0] = strdup(name);
	for (; argc <= WORDS && words[argc - 1] != NULL; argc++)
		argv[argc] = strdup(words[argc - 1]);
	argv[argc] = NULL;
	buf_clear(error);
	buf_adds(error, "");
	return options_parse(opts, argc, argv, error);
}

static void
free_words(char *argv[WORDS + 2])
{
	for (; *argv != NULL; argv++)
		free(*argv);
}

static void
check_string(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void
test_good(void **state)
{
	struct buf error = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct options *want = &good[i].want;
		struct options opts;
		char *argv[WORDS + 2];
		int n = 0, argc = 0;

		if (parse("/usr/sbin/sendmail", good[i].argv, &opts, &error,
		    argv) == -1)
			fail_msg("row %zu: %s", i, error.data);
		assert_string_equal(error.data, "");
		assert_int_equal(opts.mode, want->mode);
		assert_int_equal(opts.recipients_in_header,
		    want->recipients_in_header);
		assert_int_equal(opts.ignore_dots, want->ignore_dots);
		assert_int_equal(opts.notify, want->notify);
		assert_int_equal(opts.ret, want->ret);
		check_string(opts.envid, want->envid);
		check_string(opts.config, want->config);
		check_string(opts.sender, want->sender);
		check_string(opts.full_name, want->full_name);
		while (argv[argc] != NULL)
			argc++;
		while (good[i].words != -1 && opts.recipients[n] != NULL)
			n++;
		if (good[i].words != -1 && (n != good[i].words ||
		    opts.recipients + n != argv + argc))
			fail_msg("row %zu: %d recipients", i, n);
		free_words(argv);
	}
	buf_free(&error);
}

static void
test_bad(void **state)
{
	struct buf error = { 0 };
	struct options opts;
	char *argv[WORDS + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse("sendmail", bad[i].argv, &opts, &error, argv) !=
		    -1 || strstr(error.data, bad[i].error) == NULL ||
		    strchr(error.data, '\n') != NULL)
			fail_msg("row %zu: %s", i, error.data);
		free_words(argv);
	}
	buf_free(&error);
}

/* The name it is called by: the last part of a path, or no path, or none. */
static void
test_names(void **state)
{
	static const char *const words[WORDS] = { "", "-Z" };
	static const char *const nothing[WORDS] = { NULL };
	static const struct {
		const char *name;
		enum mode mode;
	} names[] = {
		{ "sendmail", MODE_DELIVER },
		{ "/usr/lib/sendmail", MODE_DELIVER },
		{ "", MODE_DELIVER },
		{ "/", MODE_DELIVER },
		{ "/newaliases/sendmail", MODE_DELIVER },
		{ "newaliases", MODE_NEWALIASES },
		{ "/usr/bin/newaliases", MODE_NEWALIASES },
	};
	struct buf error = { 0 };
	struct options opts;
	char *argv[WORDS + 2] = { NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool aliases = names[i].mode == MODE_NEWALIASES;

		assert_int_equal(parse(names[i].name,
		    aliases ? words : nothing, &opts, &error, argv), 0);
		assert_int_equal(opts.mode, names[i].mode);
		free_words(argv);
	}
	argv[0] = NULL;
	assert_int_equal(options_parse(&opts, 0, argv, &error), 0);
	assert_int_equal(opts.mode, MODE_DELIVER);
	assert_null(opts.recipients[0]);
	buf_free(&error);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
