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
	{ { "-tv" }, { .recipients_in_header = true, .verbose = true }, 0 },
	{ { "-oi" }, { .ignore_dots = true }, 0 },
	{ { "-o", "i" }, { .ignore_dots = true }, 0 },
	{ { "-O", "IgnoreDots=true" }, { .ignore_dots = true }, 0 },
	{ { "-OIgnoreDots" }, { .ignore_dots = true }, 0 },
	{ { "-Oignoredots=TRUE" }, { .ignore_dots = true }, 0 },
	{ { "-OIgnoreDots=false" }, { .ignore_dots = false }, 0 },
	{ { "-O", "IgnoreDotsNot", "-OQueueDirectory=/tmp" },
	  { .ignore_dots = false }, 0 },
	/* As sendmail reads truth; what is neither cuts no message short. */
	{ { "-OIgnoreDots=Yes" }, { .ignore_dots = true }, 0 },
	{ { "-OIgnoreDots=0" }, { .ignore_dots = false }, 0 },
	{ { "-OIgnoreDots=?" }, { .ignore_dots = true }, 0 },
	{ { "-OIgnoreDots=" }, { .ignore_dots = true }, 0 },
	{ { "-i", "-OIgnoreDots=no" }, { .ignore_dots = false }, 0 },
	/* RFC 8689, by sendmail's kind of name and by Postfix's. */
	{ { "-O", "RequireTLS" }, { .require_tls = true }, 0 },
	{ { "-O", "requiretls=yes" }, { .require_tls = true }, 0 },
	{ { "-OREQUIRETLS=", "a@x" }, { .require_tls = true }, 1 },
	{ { "-O", "RequireTLS", "-O", "RequireTLS=no" },
	  { .require_tls = false }, 0 },
	{ { "-ORequireTLSx", "-ORequire" }, { .require_tls = false }, 0 },
	{ { "-oRequireTLS" }, { .require_tls = false }, 0 },
	{ { "-oitrue" }, { .ignore_dots = true }, 0 },
	{ { "-oifalse" }, { .ignore_dots = false }, 0 },
	{ { "-oiem" }, { .ignore_dots = true }, 0 },
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
	{ { "a@x", "-" }, { .mode = MODE_DELIVER }, 2 },
	{ { "" }, { .mode = MODE_DELIVER }, 1 },
	{ { "a@x", "" }, { .mode = MODE_DELIVER }, 2 },
	/* Nothing comes of these; some take the next word. */
	{ { "-oem", "-odb", "-om", "-o7", "-oQ/tmp", "-oMrX", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-odi", "-odq", "-oe", "-ee", "-em", "-e", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-odf", "-odd", "-odqs", "-oep", "-oeq", "-oew", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-oA/etc/aliases", "-oA", "-oX8", "-oT3d", "-os", "-oo", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-ov", "-or30s", "-oP/tmp/pid", "-oMx", "-oM", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-o", "db", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-o", "A/etc/aliases", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-O", "DeliveryMode=b", "-OQueueDirectory=/x", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-OAliasFile=/x", "-O", "", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	/* Exim's, each with a word that is no recipient. */
	{ { "-oMr", "scanned", "-oMa", "[192.0.2.1]", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-oMaa", "x", "-oMai", "x", "-oMas", "x", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-oMi", "x", "-oMm", "x", "-oMs", "x", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-oMt", "x", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-oMr" }, { .mode = MODE_DELIVER }, 0 },
	{ { "-fMr", "a@x", "b@x" }, { .sender = "Mr" }, 2 },
	{ { "-e", "-" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-B8BITMIME", "-B", "7BIT", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-BFOO", "-B", "", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	/* What is asked about notification. */
	{ { "-N", "success,failure", "-R", "hdrs", "-Vid", "a@x" },
	  { .notify = DSN_SUCCESS | DSN_FAILURE, .ret = DSN_RET_HDRS,
	    .envid = "id" }, 1 },
	{ { "-NNever", "-RFULL", "-V", "a b", "a@x" },
	  { .notify = DSN_NEVER, .ret = DSN_RET_FULL, .envid = "a b" }, 1 },
	{ { "-N", "never", "-N", "Delay", "-R", "full", "-Rhdrs" },
	  { .notify = DSN_DELAY, .ret = DSN_RET_HDRS }, 0 },
	{ { "-G", "-U", "-m", "-n", "-s", "-x", "-c", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-GUmnsxcvi", "a@x" },
	  { .ignore_dots = true, .verbose = true }, 1 },
	{ { "-h", "3", "-p", "SMTP:h", "-L", "tag", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-h3", "-pSMTP:h", "-Ltag", "-X/log", "-Ac", "-Am", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-X", "/log", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-A", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-A", "c", "-e", "m", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-tA", "m" }, { .recipients_in_header = true }, 0 },
	{ { "-ep", "-eq", "-ew", "-oee", "-e", "-i", "a@x" },
	  { .ignore_dots = true }, 1 },
	{ { "-E", "-J", "-Ejis", "-Jsjis", "a@x" },
	  { .mode = MODE_DELIVER }, 1 },
	{ { "-dropcr", "-t" }, { .recipients_in_header = true }, 0 },
	{ { "-G", "-oee", "-odi", "-oi", "-pUUCP:h.UUCP", "-fh!u@x", "a@x" },
	  { .ignore_dots = true, .sender = "h!u@x" }, 1 },
	/* Modes. */
	{ { "-bm", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-b", "a", "a@x" }, { .mode = MODE_DELIVER }, 1 },
	{ { "-bi" }, { .mode = MODE_NEWALIASES }, 0 },
	{ { "-bi", "", "-x" }, { .mode = MODE_NEWALIASES }, 2 },
	{ { "-bi", "-oA/x" }, { .mode = MODE_NEWALIASES }, 0 },
	{ { "-I" }, { .mode = MODE_NEWALIASES }, 0 },
	{ { "-bi", "-bm" }, { .mode = MODE_DELIVER }, 0 },
	{ { "-bs" }, { .mode = MODE_SMTP }, 0 },
	{ { "-bs", "-odb", "-oem", "-om", "-ov", "-t", "-i" },
	  { .mode = MODE_SMTP, .recipients_in_header = true,
	  .ignore_dots = true }, 0 },
	{ { "-bs", "-q" }, { .mode = MODE_SMTP }, 0 },
	{ { "-bp" }, { .mode = MODE_QUEUE }, 0 },
	{ { "-bpc" }, { .mode = MODE_QUEUE }, 0 },
	{ { "-bp", "-Ac", "-v" },
	  { .mode = MODE_QUEUE, .verbose = true }, 0 },
	{ { "-b", "p", "-C/x" }, { .mode = MODE_QUEUE, .config = "/x" }, 0 },
	{ { "-bv", "a@x", "b" }, { .mode = MODE_VERIFY }, 2 },
	{ { "-v", "-bv", "--", "-a@x" },
	  { .mode = MODE_VERIFY, .verbose = true }, 1 },
	{ { "-bd" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-bD" }, { .mode = MODE_DAEMON, .foreground = true }, 0 },
	{ { "-bd", "-q15m" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-q15m", "-bd" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-bD", "-q1h" },
	  { .mode = MODE_DAEMON, .foreground = true }, 0 },
	{ { "-bd", "-q" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-q", "-bd" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-L", "sm-mta", "-bd", "-q1h", "-C/x" },
	  { .mode = MODE_DAEMON, .config = "/x" }, 0 },
	{ { "-q15m" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-q0" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-qp" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-qp5m" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-qff30m" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-q" }, { .mode = MODE_FLUSH }, 0 },
	{ { "-qf" }, { .mode = MODE_FLUSH }, 0 },
	{ { "-qq" }, { .mode = MODE_FLUSH }, 0 },
	{ { "-qRexample.net" }, { .mode = MODE_FLUSH }, 0 },
	{ { "-qR", "example.net" }, { .mode = MODE_FLUSH }, 1 },
	{ { "-qSroot", "-qIabc", "-qGgroup", "-qQ", "-qL", "-q!I12" },
	  { .mode = MODE_FLUSH }, 0 },
	{ { "-q", "-v" }, { .mode = MODE_FLUSH, .verbose = true }, 0 },
	/* No message is read, whatever stands next to -q. */
	{ { "-q", "-bm", "a@x" }, { .mode = MODE_FLUSH }, 1 },
	{ { "-q15m", "-bm" }, { .mode = MODE_DAEMON }, 0 },
	{ { "-C", "/x", "-q" }, { .mode = MODE_FLUSH, .config = "/x" }, 0 },
	{ { "--help" }, { .mode = MODE_HELP }, 0 },
	{ { "-t", "--version" },
	  { .mode = MODE_VERSION, .recipients_in_header = true }, 0 },
};

/* And what is refused, with what the message has in it. */
static const struct {
	const char *argv[WORDS];
	const char *error;
} bad[] = {
	{ { "-Z" }, "-Z" },
	{ { "-tZ" }, "-Z" },
	{ { "-Qspam" }, "-Q" },
	{ { "-Sroot" }, "-S" },
	{ { "-d" }, "-d" },
	{ { "-d0.1", "-bv", "root" }, "-d" },
	{ { "-id99" }, "-d" },
	{ { "-dropcrs" }, "-d" },
	{ { "-D", "x" }, "-D" },
	{ { "-D/x", "a@x" }, "-D" },
	{ { "-M", "x" }, "-M" },
	{ { "-Mrm", "x" }, "-M" },
	{ { "-MCd" }, "-M" },
	{ { "-a" }, "-a" },
	{ { "-T" }, "-T" },
	{ { "-W" }, "-W" },
	{ { "-z", "x" }, "-z" },
	{ { "-?" }, "-?" },
	{ { "-\303\244" }, "-\303" },
	{ { "-f" }, "-f" },
	{ { "-t", "-F" }, "-F" },
	{ { "-if" }, "-f" },
	{ { "-b" }, "-b" },
	{ { "-b", "" }, "-b" },
	{ { "-o" }, "-o" },
	{ { "-B" }, "-B" },
	{ { "-C" }, "-C" },
	{ { "-D" }, "-D" },
	{ { "-L" }, "-L" },
	{ { "-M" }, "-M" },
	{ { "-N" }, "-N" },
	{ { "-O" }, "-O" },
	{ { "-R" }, "-R" },
	{ { "-V" }, "-V" },
	{ { "-X" }, "-X" },
	{ { "-h" }, "-h" },
	{ { "-p" }, "-p" },
	{ { "-r" }, "-r" },
	{ { "-bt" }, "-bt" },
	{ { "-bh" }, "-bh" },
	{ { "-bH" }, "-bH" },
	{ { "-bP" }, "-bP" },
	{ { "-bS" }, "-bS" },
	{ { "-bz" }, "-bz" },
	{ { "-bV" }, "-bV" },
	{ { "-bI:help" }, "-bI:help" },
	{ { "-bx", "a@x" }, "-bx" },
	{ { "-bmm" }, "-bmm" },
	{ { "-bdf" }, "-bdf" },
	{ { "-N", "" }, "-N ''" },
	{ { "-N", "never,delay", "a@x" }, "-N 'never,delay'" },
	{ { "-Nall", "a@x" }, "-N 'all'" },
	{ { "-R", "none", "a@x" }, "-R 'none'" },
	{ { "-R", "", "a@x" }, "-R ''" },
	{ { "-V", "", "a@x" }, "-V ''" },
	{ { "-Vj\303\266rg", "a@x" }, "-V 'j\303\266rg'" },
	{ { "--unknown" }, "--unknown" },
	{ { "--help=x" }, "--help" },
	{ { "a@x", "-t" }, "-t" },
	{ { "a@x", "-fb@x" }, "-fb@x" },
	{ { "a@x", "b@x", "-C/etc/shadow" }, "-C/etc/shadow" },
	{ { "a@x", "--", "b@x" }, "--" },
	{ { "a@x", "--help" }, "--help" },
	{ { "-", "-t" }, "-t" },
	{ { "-bv", "a@x", "-X/tmp/x" }, "-X/tmp/x" },
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
		if (opts.mode != want->mode)
			fail_msg("row %zu: mode %d", i, opts.mode);
		assert_int_equal(opts.recipients_in_header,
		    want->recipients_in_header);
		if (opts.ignore_dots != want->ignore_dots)
			fail_msg("row %zu: ignore_dots", i);
		if (opts.require_tls != want->require_tls)
			fail_msg("row %zu: require_tls", i);
		assert_int_equal(opts.notify, want->notify);
		assert_int_equal(opts.ret, want->ret);
		check_string(opts.envid, want->envid);
		assert_int_equal(opts.verbose, want->verbose);
		assert_int_equal(opts.foreground, want->foreground);
		assert_null(opts.mailq);
		check_string(opts.config, want->config);
		check_string(opts.sender, want->sender);
		check_string(opts.full_name, want->full_name);
		while (argv[argc] != NULL)
			argc++;
		while (opts.recipients[n] != NULL)
			n++;
		if (n != good[i].words || opts.recipients + n != argv + argc)
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
	static const struct {
		const char *name;
		const char *argv[WORDS];
		enum mode mode;
		bool ignore_dots;
		int words;
	} names[] = {
		{ "sendmail", { "a" }, MODE_DELIVER, false, 1 },
		{ "/usr/lib/sendmail", { "a" }, MODE_DELIVER, false, 1 },
		{ "send-mail", { "a" }, MODE_DELIVER, false, 1 },
		{ "", { "a" }, MODE_DELIVER, false, 1 },
		{ "/", { "a" }, MODE_DELIVER, false, 1 },
		{ "-sendmail", { "a" }, MODE_DELIVER, false, 1 },
		{ "/newaliases/sendmail", { NULL }, MODE_DELIVER, false, 0 },
		{ "mailqueue", { "a" }, MODE_DELIVER, false, 1 },
		{ "newaliases", { NULL }, MODE_NEWALIASES, false, 0 },
		{ "/usr/bin/newaliases", { "", "-Z" }, MODE_NEWALIASES, false,
		  0 },
		{ "/usr/bin/mailq", { "-j", "-Ac" }, MODE_QUEUE, false, 0 },
		{ "mailq", { NULL }, MODE_QUEUE, false, 0 },
		{ "rmail", { "a", "b" }, MODE_DELIVER, true, 2 },
		{ "/usr/sbin/runq", { NULL }, MODE_FLUSH, false, 0 },
	};
	struct buf error = { 0 };
	struct options opts;
	char *argv[WORDS + 2] = { NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int n = 0;

		assert_int_equal(parse(names[i].name, names[i].argv, &opts,
		    &error, argv), 0);
		assert_int_equal(opts.mode, names[i].mode);
		assert_int_equal(opts.ignore_dots, names[i].ignore_dots);
		while (opts.recipients[n] != NULL)
			n++;
		assert_int_equal(n, names[i].words);
		/* mailq gets all its words, by its own name. */
		if (names[i].mode == MODE_QUEUE)
			assert_ptr_equal(opts.mailq, argv);
		free_words(argv);
	}
	argv[0] = NULL;
	assert_int_equal(options_parse(&opts, 0, argv, &error), 0);
	assert_int_equal(opts.mode, MODE_DELIVER);
	assert_null(opts.recipients[0]);
	buf_free(&error);
}

/* Every letter of -o is taken, and none but -oM and a letter eats a word. */
static void
test_old_options(void **state)
{
	struct buf error = { 0 };
	struct options opts;

	(void)state;
	for (char c = '!'; c <= '~'; c++) {
		char word[] = { '-', 'o', c, '\0' };
		char *argv[] = { (char *)"sendmail", word, (char *)"a@x",
		    NULL };

		if (options_parse(&opts, 3, argv, &error) == -1 ||
		    opts.mode != MODE_DELIVER ||
		    opts.recipients != argv + 2 ||
		    opts.ignore_dots != (c == 'i'))
			fail_msg("-o%c", c);
	}
	buf_free(&error);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_old_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
