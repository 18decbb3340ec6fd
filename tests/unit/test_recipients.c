#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/envelope.h"
#include "sendmail/recipients.h"
#include "spool/conffile.h"
#include "spool/config.h"
#include "spool/rewrite.h"

static struct rewrite *rewrite;

/* The recipients, each with a blank after it; "!" where it is refused. */
static const struct {
	const char *text;
	const char *want;
} words[] = {
	{ "a@x", "a@x " },
	{ "a@x,b@x", "a@x b@x " },
	{ "a@x, b@x", "a@x b@x " },
	{ "a@x,", "a@x " },
	{ "a@x; b@x", "a@x b@x " },
	{ "a@x b@x", "a@x b@x " },
	{ "Full Name <a@x>", "a@x " },
	{ "<a@x>", "a@x " },
	{ "a@x (c)", "a@x " },
	{ "\"odd local\"@x", "\"odd local\"@x " },
	{ "\"a@b\"@x", "\"a@b\"@x " },
	{ "\"a@b\"", "\"a@b\"@d.example " },
	{ "root", "root@d.example " },
	{ "root@localhost", "root@d.example " },
	{ "-t", "-t@d.example " },
	{ "", "" },
	{ " ", "" },
	{ ",", "" },
	{ "undisclosed-recipients:;", "" },
	{ "a@", "!" },
	{ "@b", "!" },
	{ "-", "!" },
	{ "<>", "!" },
	{ "a@x, <>", "!" },
	{ "a@x\r\nRCPT TO:<b@y>", "!" },
	{ "a\001@x", "!" },
	{ "a\177@x", "!" },
	{ "|/bin/sh", "!" },
	{ "\"|/bin/sh\"", "!" },
	{ "\"|/bin/sh -c x\"", "!" },
	{ "/etc/passwd", "!" },
	{ ":include:/etc/passwd", "!" },
	{ "\":include:/etc/passwd\"", "!" },
	{ "/a=b/@x", "/a=b/@x " },
};

/* The same for a header. */
static const struct {
	const char *text;
	const char *want;
} headers[] = {
	{ "", "" },
	{ "Subject: a@x\r\nFrom: b@x\r\n", "" },
	{ "To: a@x\r\n", "a@x " },
	{ "To: a@x\r\nCC: b@x\r\nbcc: c@x\r\nto: d@x\r\n",
	  "a@x b@x c@x d@x " },
	{ "Bcc : a@x\r\n", "a@x " },
	{ "To: A <a@x>,\r\n\t\"b, c\" <b@x> (d@x),\r\n g: e@x;\r\n",
	  "a@x b@x e@x " },
	{ "To: root\r\n", "root@d.example " },
	{ "To: undisclosed-recipients:;\r\nBcc: a@x\r\n", "a@x " },
	{ "To:\r\nCc: \r\nBcc: a@x\r\n", "a@x " },
	{ "To: a@x\r\nResent-To: b@x\r\nBcc: c@x\r\nResent-Bcc: d@x\r\n",
	  "b@x d@x " },
	{ "Resent-Cc: b@x\r\nTo: a@x\r\n", "b@x " },
	{ "Resent-Bcc:\r\nTo: a@x\r\n", "" },
	{ "To: a@x\r\nResent-From: b@x\r\n", "a@x " },
	{ "To: a@x\r\nCc: <>\r\n", "!" },
	{ "To: a@x\r\nReply-To: <\r\n", "a@x " },
	{ "X-To: b@x\r\nTo: a@x\r\n", "a@x " },
};

static void
check(const struct envelope *e, int result, const char *text,
    const char *want, const struct buf *error)
{
	struct buf got = { 0 };

	buf_adds(&got, result == -1 ? "!" : "");
	for (size_t i = 0; result == 0 && i < e->nrecipients; i++)
		buf_printf(&got, "%s ", e->recipients[i].address);
	if (strcmp(got.data, want) != 0)
		fail_msg("%s: %s (%s)", text, got.data, error->data);
	assert_int_equal(error->len > 0, result == -1);
	buf_free(&got);
}

static void
test_words(void **state)
{
	struct buf error = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct envelope e = { 0 };

		buf_clear(&error);
		buf_adds(&error, "");
		check(&e, recipients_add_word(&e, words[i].text, rewrite,
		    &error), words[i].text, words[i].want, &error);
		envelope_free(&e);
	}
	buf_free(&error);
}

static void
test_headers(void **state)
{
	struct buf error = { 0 }, header = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct envelope e = { 0 };

		buf_clear(&error);
		buf_adds(&error, "");
		buf_clear(&header);
		buf_adds(&header, headers[i].text);
		check(&e, recipients_add_header(&e, &header, rewrite,
		    &error), headers[i].text, headers[i].want, &error);
		envelope_free(&e);
	}
	buf_free(&header);
	buf_free(&error);
}

/* A NUL in a header makes an address malformed and never cuts it short. */
static void
test_nul(void **state)
{
	static const char text[] = "To: a@x\0.example, b@x\r\n";
	struct buf error = { 0 }, header = { 0 };
	struct envelope e = { 0 };

	(void)state;
	buf_add(&header, text, sizeof(text) - 1);
	assert_int_equal(recipients_add_header(&e, &header, rewrite,
	    &error), -1);
	envelope_free(&e);
	buf_free(&header);
	buf_free(&error);
}

/* Without aliases, but with what they are looked up for. */
static int
set_up(void **state)
{
	static const char text[] = "aliases /dev/null\n";
	struct buf errors = { 0 };

	*state = conffile_parse("F", text, sizeof(text) - 1, &errors);
	rewrite = rewrite_open(*state, "d.example", "h.example");
	return (int)errors.len;
}

static int
tear_down(void **state)
{
	rewrite_close(rewrite);
	config_free(*state);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
