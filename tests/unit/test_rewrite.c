#include <config.h>

#include <sys/stat.h>
#include <sys/utsname.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "mail/address.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/rewrite.h"
#include "spool/warnings.h"

/* What one row works with, in the current directory. */
struct site {
	struct config *cfg;
	struct rewrite *rw;
	struct buf warnings;
	int log;		/* the file "log" and */
	int stderr_copy;	/* what it stands for */
};

static char directory[] = "/tmp/onehop-test-XXXXXX";
static char host[sizeof(((struct utsname *)NULL)->nodename)];

static void
write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(io_write(fd, text, strlen(text)), 0);
	close(fd);
}

/* "%" in a text stands for the directory, "$" for the name of the host. */
static void
fill_in(struct buf *out, const char *text)
{
	buf_clear(out);
	buf_adds(out, "");
	for (; *text != '\0'; text++)
		if (*text == '%')
			buf_adds(out, directory);
		else if (*text == '$')
			buf_adds(out, host);
		else
			buf_addc(out, *text);
}

static void
begin(struct site *s, const char *settings)
{
	struct buf text = { 0 }, errors = { 0 };

	*s = (struct site){ 0 };
	fill_in(&text, settings);
	s->cfg = conffile_parse("F", text.data, text.len, &errors);
	assert_int_equal(errors.len, 0);
	s->rw = rewrite_open(s->cfg, "d.example", "f.example");
	s->log = open("log", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
	s->stderr_copy = dup(STDERR_FILENO);
	dup2(s->log, STDERR_FILENO);
	buf_free(&text);
}

/* From here on warnings holds what has been logged. */
static void
end(struct site *s)
{
	dup2(s->stderr_copy, STDERR_FILENO);
	close(s->stderr_copy);
	close(s->log);
	assert_int_equal(io_read_file(AT_FDCWD, "log", &s->warnings, 65536),
	    0);
	buf_adds(&s->warnings, "");
	rewrite_close(s->rw);
	config_free(s->cfg);
}

static void
add(void *arg, const char *address)
{
	assert_null(address_check(address, strlen(address)));
	buf_printf(arg, "%s ", address);
}

static void
check(const char *what, const char *got, const char *want)
{
	struct buf filled = { 0 };

	fill_in(&filled, want);
	if (strcmp(got, filled.data) != 0)
		fail_msg("%s\ngave %s\nnot  %s", what, got, filled.data);
	buf_free(&filled);
}

#define PIPE "mail goes to addresses only, not to programs, files or lists"
#define NOWHERE "the alias leads nowhere, and is not used"
#define ADMIN "aliases %/aliases\nadmin admin@a.example\n"

/*
 * With these aliases (NULL: there is no file) and settings, mail to this goes
 * there, and this is logged.
 */
static const struct {
	const char *aliases;
	const char *settings;	/* NULL: only the file */
	const char *spec;
	const char *want;
	const char *log;
} recipients[] = {
	/* Without a file, which is worth a word if it is needed. */
	{ NULL, NULL, "a@x.example", "a@x.example ", "" },
	{ NULL, NULL, "root", "root@d.example ", "t: %/aliases: cannot be "
	  "read: No such file or directory\n" },
	{ NULL, "aliases %\n", "root", "root@d.example ", "t: %: cannot be "
	  "read: it is not a file\n" },
	{ NULL, "aliases %/fifo\n", "root", "root@d.example ", "t: %/fifo: "
	  "cannot be read: it is not a file\n" },
	{ NULL, "aliases /dev/null\n", "root", "root@d.example ", "" },
	/* What is local. */
	{ "root: joe@x", NULL, "root", "joe@x ", "" },
	{ "root: joe@x", NULL, "ROOT", "joe@x ", "" },
	{ "ROOT: joe@x", NULL, "root", "joe@x ", "" },
	{ "root: joe@x", NULL, "root@localhost", "joe@x ", "" },
	{ "root: joe@x", NULL, "root@LocalHost", "joe@x ", "" },
	{ "root: joe@x", NULL, "root@localhost.localdomain", "joe@x ", "" },
	{ "root: joe@x", NULL, "root@$", "joe@x ", "" },
	{ "root: joe@x", NULL, "root@d.example", "joe@x ", "" },
	{ "root: joe@x", NULL, "ann@d.example", "ann@d.example ", "" },
	{ "root: root@d.example, joe@x", NULL, "root",
	  "root@d.example joe@x ", "" },
	{ "root: joe@x", NULL, "root@x.example", "root@x.example ", "" },
	{ "root: joe@x", NULL, "root@localhost.x", "root@localhost.x ", "" },
	{ "root: joe@x", NULL, "root@[127.0.0.1]", "root@[127.0.0.1] ", "" },
	{ "a b: joe@x\n\"c d\": joe@x", NULL, "\"c d\"@localhost", "joe@x ",
	  "t: %/aliases:1: a name with blanks or commas in it needs "
	  "quotes\n" },
	{ "\"a@b\": joe@x", NULL, "\"a@b\"", "\"a@b\"@d.example ",
	  "t: %/aliases:1: aliases are for names without a domain\n" },
	/* No alias. */
	{ "", NULL, "Root", "Root@d.example ", "" },
	{ "", NULL, "root@localhost.localdomain", "root@d.example ", "" },
	{ "", NULL, "root@$", "root@d.example ", "" },
	{ "", NULL, "\"a@localhost\"", "\"a@localhost\"@d.example ", "" },
	{ "", NULL, "host!u", "host!u@d.example ", "" },
	{ "", NULL, "user!host", "user!host@d.example ", "" },
	{ "", ADMIN, "root", "admin@a.example ", "" },
	{ "", ADMIN, "root@localhost", "admin@a.example ", "" },
	{ "", ADMIN, "root@d.example", "root@d.example ", "" },
	{ "root: joe", ADMIN, "root", "admin@a.example ", "" },
	{ "root: joe@localhost, jim@x", ADMIN, "root",
	  "admin@a.example jim@x ", "" },
	{ "root: \\joe, jim@x", ADMIN, "root", "joe@d.example jim@x ", "" },
	/* The values. */
	{ "a: b@x, C D <c@x>, d@x (e)", NULL, "a", "b@x c@x d@x ", "" },
	{ "a: b@x c@x", NULL, "a", "b@x c@x ", "" },
	{ "a: b@x,\n c@x", NULL, "a", "b@x c@x ", "" },
	{ "a: b\nb: c\nc: d@x", NULL, "a", "d@x ", "" },
	{ "a: b, c\nb: d@x\nc: d@x", NULL, "a", "d@x d@x ", "" },
	{ "a: b, c\nb: d\nc: d\nd: e@x", NULL, "a", "e@x ", "" },
	{ "a: b@localhost\nb: c@x", NULL, "a", "c@x ", "" },
	{ "a: \\b, \\c@x\nb: d@x", NULL, "a", "b@d.example c@x ", "" },
	{ "a: \\b@localhost\nb: d@x", NULL, "a", "b@d.example ", "" },
	{ "a: \"b c\", \"d e\"@x\n\"b c\": f@x", NULL, "a",
	  "f@x \"d e\"@x ", "" },
	{ "a: B\n", NULL, "a", "B@d.example ", "" },
	{ "a: b@x\nA: c@x", NULL, "a", "c@x ", "t: %/aliases:2: 'a' stands "
	  "in line 1 already; this one counts\n" },
	/* Details. */
	{ "a: b@x", NULL, "a+c", "b@x ", "" },
	{ "a: b@x\na+*: d@x", NULL, "a+c", "d@x ", "" },
	{ "a: b@x\na+*: d@x\nA+C: e@x", NULL, "a+c", "e@x ", "" },
	{ "a: b@x\na+*: d@x\na+c: e@x", NULL, "a", "b@x ", "" },
	{ "a+b: b@x\n", NULL, "a+b+c", "a+b+c@d.example ", "" },
	{ "a: b@x\n", NULL, "a+b+c", "b@x ", "" },
	{ "+*: b@x\n", NULL, "+c", "+c@d.example ", "" },
	{ "a: b@x", NULL, "a+c@localhost", "b@x ", "" },
	/* Loops. */
	{ "root: root, a@b", NULL, "root", "root@d.example a@b ", "" },
	{ "root: Root, a@b", ADMIN, "root", "Root@d.example a@b ", "" },
	{ "root: root@localhost, a@b", NULL, "root",
	  "root@d.example a@b ", "" },
	{ "root: root", NULL, "root", "root@d.example ", "" },
	{ "a: b, a\nb: c@x", NULL, "a", "c@x a@d.example ", "" },
	{ "a: b\nb: a, c@x", NULL, "a", "a@d.example c@x ",
	  "t: %/aliases:2: 'a': the alias leads back to itself\n" },
	{ "a: b\nb: c\nc: b, c@x", NULL, "a", "b@d.example c@x ",
	  "t: %/aliases:3: 'b': the alias leads back to itself\n" },
	{ "a: a+b, c@x", NULL, "a", "a+b@d.example c@x ", "" },
	/* What mail does not go to. */
	{ "a: |cmd, b@x", NULL, "a", "b@x ", "t: %/aliases:1: '|cmd': " PIPE
	  "\n" },
	{ "a: \"|cmd -x\",\n /var/mail/a", NULL, "a", "a@d.example ",
	  "t: %/aliases:1: '|cmd -x': " PIPE "\n"
	  "t: %/aliases:2: '/var/mail/a': " PIPE "\n"
	  "t: %/aliases:1: 'a': " NOWHERE "\n" },
	{ "a: |cmd", ADMIN, "a", "admin@a.example ",
	  "t: %/aliases:1: '|cmd': " PIPE "\n"
	  "t: %/aliases:1: 'a': " NOWHERE "\n" },
	{ "a: b, c@x\nb: |cmd", NULL, "a", "b@d.example c@x ",
	  "t: %/aliases:2: '|cmd': " PIPE "\n"
	  "t: %/aliases:2: 'b': " NOWHERE "\n" },
	{ "a: b@x \"|cmd\"", NULL, "a", "b@x ",
	  "t: %/aliases:1: 'b@x \"|cmd\"': " PIPE "\n" },
	{ "a: \\|cmd, b@x", NULL, "a", "b@x ", "t: %/aliases:1: '|cmd': " PIPE
	  "\n" },
	{ "a:", NULL, "a", "a@d.example ", "t: %/aliases:1: 'a': " NOWHERE
	  "\n" },
	{ "a: b@@x, c@x", NULL, "a", "c@x ", "t: %/aliases:1: 'b@@x': "
	  "no domain after the @\n" },
	{ "a: <>, c@x", NULL, "a", "c@x ", "t: %/aliases:1: '<>': "
	  "it is empty\n" },
	{ "a: \\, c@x", NULL, "a", "c@x ", "t: %/aliases:1: '': "
	  "there is no address\n" },
	{ "a: \"b, c@x\n d@x", NULL, "a", "d@x ", "t: %/aliases:1: "
	  "'\"b, c@x': quote that is not closed\n" },
	{ "a: b@x\nbad\n c\n:d\ne: f@x", NULL, "e", "f@x ",
	  "t: %/aliases:2: there is no colon after the name\n"
	  "t: %/aliases:4: there is no name before the colon\n" },
	/* Lists. */
	{ "a: :include:%/list", NULL, "a", "b@x c@x d@d.example ", "" },
	{ "a: :include:%/list, e@x\nd: f@x", NULL, "a",
	  "b@x c@x f@x e@x ", "" },
	{ "a: :include:%/loop", NULL, "a", "a@d.example g@x ", "" },
	{ "a: :include:%/bad", NULL, "a", "h@x ",
	  "t: %/bad:1: '|cmd': " PIPE "\nt: %/bad:2: '/file': " PIPE "\n"
	  "t: %/bad:3: '/x': a list is not included from another\n" },
	{ "a: :include:list", NULL, "a", "a@d.example ", "t: %/aliases:1: "
	  "the list 'list' is not named by a path that begins with a slash\n"
	  "t: %/aliases:1: 'a': " NOWHERE "\n" },
	{ "a: b@x, :include:%/none", NULL, "a", "b@x ", "t: %/aliases:1: the "
	  "list %/none cannot be read: No such file or directory\n" },
	{ "a: b@x, :include:%/fifo", NULL, "a", "b@x ", "t: %/aliases:1: the "
	  "list %/fifo cannot be read: it is not a file\n" },
	/* What is no recipient at all. */
	{ "", NULL, "", "!it is empty", "" },
	{ "", NULL, "-", "!it is not an address", "" },
	{ "", NULL, "|cmd", "!" PIPE, "" },
	{ "", NULL, "\"|cmd x\"", "!" PIPE, "" },
	{ "", NULL, "/file", "!" PIPE, "" },
	{ "", NULL, "\":include:/x\"", "!" PIPE, "" },
	{ "", NULL, "a@b\r\nc", "!control character", "" },
};

static void
recipient(struct site *s, const char *text, struct buf *got, struct buf *why)
{
	struct buf spec = { 0 };
	const char *wrong;

	fill_in(&spec, text);
	buf_clear(got);
	buf_adds(got, "");
	wrong = rewrite_recipient(s->rw, spec.data, add, got, why);
	if (wrong != NULL) {
		assert_int_equal(got->len, 0);
		buf_printf(got, "!%s", wrong);
	}
	buf_free(&spec);
}

static void
test_recipients(void **state)
{
	struct buf text = { 0 }, got = { 0 }, why = { 0 };
	struct site s;

	(void)state;
	for (size_t i = 0; i < sizeof(recipients) / sizeof(recipients[0]);
	    i++) {
		unlink("aliases");
		if (recipients[i].aliases != NULL) {
			fill_in(&text, recipients[i].aliases);
			write_file("aliases", text.data);
		}
		begin(&s, recipients[i].settings != NULL ?
		    recipients[i].settings : "aliases %/aliases\n");
		recipient(&s, recipients[i].spec, &got, &why);
		check(recipients[i].aliases, got.data, recipients[i].want);
		/* A second time it is the same, and nothing more is said. */
		recipient(&s, recipients[i].spec, &got, NULL);
		end(&s);
		check(recipients[i].aliases, got.data, recipients[i].want);
		check(recipients[i].aliases, s.warnings.data,
		    recipients[i].log);
		buf_free(&s.warnings);
	}
	buf_free(&text);
	buf_free(&got);
	buf_free(&why);
}

/* Aliases may be nested as deep as anybody likes, and cost no more. */
static void
test_depth(void **state)
{
	struct buf text = { 0 }, got = { 0 };
	struct site s;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "n%d: n%d, n%d, a%d@x\n", i, i + 1, i + 1,
		    i);
	write_file("aliases", text.data);
	begin(&s, "aliases %/aliases\n");
	recipient(&s, "n99990", &got, NULL);
	check("n99990", got.data, "n100000@d.example n100000@d.example "
	    "a99999@x a99998@x a99997@x a99996@x a99995@x a99994@x a99993@x "
	    "a99992@x a99991@x a99990@x ");
	recipient(&s, "n0", &got, NULL);
	end(&s);
	check("n0", s.warnings.data, "t: %/aliases:50: 'n50': aliases are "
	    "nested too deep\n");
	assert_non_null(strstr(got.data, "n50@d.example "));
	assert_non_null(strstr(got.data, " a0@x "));
	buf_free(&s.warnings);
	buf_free(&text);
	buf_free(&got);
}

/* What the domain makes too long is refused, or passed over in a file. */
static void
test_long(void **state)
{
	struct buf name = { 0 }, text = { 0 }, got = { 0 };
	struct site s;
	bool replaced;

	(void)state;
	for (int i = 0; i < ADDRESS_MAX - 5; i++)
		buf_addc(&name, 'x');
	buf_printf(&text, "a: %s, b@x\n", name.data);
	write_file("aliases", text.data);
	begin(&s, "aliases %/aliases\n");
	recipient(&s, "a", &got, NULL);
	check("alias", got.data, "b@x ");
	recipient(&s, name.data, &got, NULL);
	check("recipient", got.data, "!address that is too long");
	buf_clear(&got);
	assert_non_null(rewrite_sender(s.rw, name.data, &got,
	    &replaced, NULL));
	assert_int_equal(got.len, 0);
	end(&s);
	assert_non_null(strstr(s.warnings.data, "': address that is too "
	    "long\n"));
	buf_free(&s.warnings);
	buf_free(&name);
	buf_free(&text);
	buf_free(&got);
}

static void
test_many_warnings(void **state)
{
	struct buf text = { 0 }, got = { 0 };
	struct site s;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "bad%d\n", i);
	buf_adds(&text, "a: b@x");
	write_file("aliases", text.data);
	begin(&s, "aliases %/aliases\n");
	recipient(&s, "a", &got, NULL);
	end(&s);
	assert_string_equal(got.data, "b@x ");
	for (const char *p = s.warnings.data; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, WARNINGS_MAX + 1);
	buf_free(&s.warnings);
	buf_free(&text);
	buf_free(&got);
}

#define SENDERS "senders %/senders\n"

/* The same for senders; no table. */
static const struct {
	const char *senders;
	const char *settings;
	const char *text;
	const char *want;
	const char *log;
} senders[] = {
	{ NULL, "", "a@b", "a@b", "" },
	{ NULL, "", "<a@b>", "a@b", "" },
	{ NULL, "", "Name <a@b>", "a@b", "" },
	{ NULL, "", "a@b (Name)", "a@b", "" },
	{ NULL, "", "\"odd local\"@b", "\"odd local\"@b", "" },
	{ NULL, "", "\"o@l\"@b", "\"o@l\"@b", "" },
	{ NULL, "", "host!u@d", "host!u@d", "" },
	{ NULL, "", "host!u", "host!u@d.example", "" },
	{ NULL, "", "root", "root@d.example", "" },
	{ NULL, "", "root@localhost", "root@d.example", "" },
	{ NULL, "", "root@localhost.localdomain", "root@d.example", "" },
	{ NULL, "", "MAILER-DAEMON", "MAILER-DAEMON@d.example", "" },
	{ NULL, "", "-i", "-i@d.example", "" },
	{ NULL, "", " a@b ", "a@b", "" },
	{ NULL, "", "a@b,", "a@b", "" },
	{ NULL, "", "", "", "" },
	{ NULL, "", " ", "", "" },
	{ NULL, "", "<>", "", "" },
	{ NULL, "", " < > ", "", "" },
	{ NULL, "", "\"o@l\"", "\"o@l\"@d.example", "" },
	{ NULL, "", "a@b c@d", "!there is more than one address", "" },
	{ NULL, "", "a@b, c@d", "!there is more than one address", "" },
	{ NULL, "", "<> a@b", "!there is more than one address", "" },
	{ NULL, "", "a@", "!no domain after the @", "" },
	{ NULL, "", "@b", "!nothing before the @", "" },
	{ NULL, "", "a@b\r\nRCPT TO:<x@y>", "!control character", "" },
	{ NULL, "", "a\001@b", "!control character", "" },
	{ NULL, "", "\"a@b", "!quote that is not closed", "" },
	{ NULL, "", "<a@b> SIZE=1", "!there is more than one address", "" },
	/* envelope-from. */
	{ NULL, "envelope-from e@x\n", "a@b", "e@x", "" },
	{ NULL, "envelope-from e@x\n", "root", "e@x", "" },
	{ NULL, "envelope-from e@x\n", "<>", "", "" },
	{ NULL, "envelope-from e@x\n", "a@", "!no domain after the @", "" },
	/* The table. */
	{ NULL, SENDERS, "a@b", "a@b", "t: %/senders: cannot be read: No such "
	  "file or directory\n" },
	{ NULL, "senders %\nenvelope-from e@x\n", "a@b", "e@x", "t: %: cannot "
	  "be read: it is not a file\n" },
	{ "a@b c@d", SENDERS, "a@b", "c@d", "" },
	{ "a@b c@d", SENDERS, "A@B", "c@d", "" },
	{ "a@b c@d", SENDERS, "A <a@b>", "c@d", "" },
	{ "a@b c@d", SENDERS, "x@b", "x@b", "" },
	{ "a@b c@d", SENDERS "envelope-from e@x\n", "a@b", "c@d", "" },
	{ "a@b c@d", SENDERS "envelope-from e@x\n", "x@b", "e@x", "" },
	{ "* c@d", SENDERS, "<>", "", "" },
	{ "* c@d", SENDERS, "a@b", "c@d", "" },
	{ "a c@d", SENDERS, "a", "c@d", "" },
	{ "a c@d", SENDERS, "a@localhost", "c@d", "" },
	{ "a c@d", SENDERS, "a@d.example", "c@d", "" },
	{ "a c@d", SENDERS, "a@$", "c@d", "" },
	{ "a c@d", SENDERS, "a@x", "a@x", "" },
	{ "a@d.example c@d", SENDERS, "a", "c@d", "" },
	{ "a c@d\na@d.example f@g\n", SENDERS, "a", "c@d", "" },
	{ "a@d.example f@g\na c@d\n", SENDERS, "a", "f@g", "" },
	{ "@d.example c@d", SENDERS, "a", "c@d", "" },
	{ "a c\na c@d\n", SENDERS, "a", "c@d", "t: %/senders:1: "
	  "'a': no domain; a line is a pattern and an address, such as "
	  "'www-data web@example.com'\n" },
	{ "bad\na c@d\na f@\n", SENDERS, "a", "c@d",
	  "t: %/senders:1: 'bad': no address after the pattern; a line is a "
	  "pattern and an address, such as 'www-data web@example.com'\n"
	  "t: %/senders:3: 'a': no domain after the @; a line is a "
	  "pattern and an address, such as 'www-data web@example.com'\n" },
};

static void
test_senders(void **state)
{
	struct buf got = { 0 }, why = { 0 }, text = { 0 };
	const char *wrong;
	struct site s;
	bool replaced;

	(void)state;
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		unlink("senders");
		if (senders[i].senders != NULL)
			write_file("senders", senders[i].senders);
		begin(&s, senders[i].settings);
		buf_clear(&got);
		buf_adds(&got, "");
		buf_clear(&why);
		fill_in(&text, senders[i].text);
		wrong = rewrite_sender(s.rw, text.data, &got,
		    &replaced, &why);
		if (wrong != NULL) {
			assert_int_equal(got.len, 0);
			buf_printf(&got, "!%s", wrong);
		} else {
			if (got.len > 0)
				assert_int_equal(replaced, strstr(why.data,
				    "nothing replaces") == NULL);
			rewrite_sender(s.rw, text.data, &text,
			    &replaced, NULL);
		}
		end(&s);
		check(senders[i].text, got.data, senders[i].want);
		check(senders[i].text, s.warnings.data, senders[i].log);
		buf_free(&s.warnings);
	}
	buf_free(&text);
	buf_free(&got);
	buf_free(&why);
}

/* Whatever is decided is said, in a line each. */
static void
test_why(void **state)
{
	struct buf got = { 0 }, why = { 0 };
	struct site s;
	bool replaced;

	(void)state;
	write_file("aliases", "a: b, c@x, |cmd\nb: \\b");
	write_file("senders", "# no\nf* g@h\n");
	begin(&s, ADMIN SENDERS);
	recipient(&s, "a", &got, &why);
	recipient(&s, "z", &got, &why);
	rewrite_sender(s.rw, "f", &got, &replaced, &why);
	end(&s);
	check("why", why.data,
	    "a is local, and has an alias in %/aliases:1\n"
	    "  b is local, and has an alias in %/aliases:2\n"
	    "    b goes to b@d.example\n"
	    "  c@x is not local\n"
	    "  '|cmd' in %/aliases:1 is refused: " PIPE "\n"
	    "z is local, and has no alias\n"
	    "z goes to admin, admin@a.example\n"
	    "f gets the domain: f@d.example\n"
	    "f@d.example matches 'f*' in %/senders:2\n");
	buf_free(&s.warnings);
	buf_free(&got);
	buf_free(&why);
}

static int
set_up(void **state)
{
	struct utsname name;

	(void)state;
	log_open("t", NULL);
	assert_int_equal(uname(&name), 0);
	snprintf(host, sizeof(host), "%.*s",
	    (int)strcspn(name.nodename, "."), name.nodename);
	if (mkdtemp(directory) == NULL || chdir(directory) == -1 ||
	    mkfifo("fifo", 0600) == -1)
		return -1;
	write_file("list", "b@x\n# no\n c@x, d\n");
	write_file("loop", "a\ng@x\n");
	write_file("bad", "|cmd\n\"/file\"\n:include:/x\nh@x\n");
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
		"aliases", "bad", "fifo", "list", "log", "loop", "senders",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	return chdir("/") == -1 ? -1 : rmdir(directory);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many_warnings),
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_why),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
