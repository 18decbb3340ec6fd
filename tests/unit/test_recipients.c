#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/envelope.h"
#include "sendmail/recipients.h"

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
		check(&e, recipients_add_word(&e, words[i].text, "d.example",
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
		check(&e, recipients_add_header(&e, &header, "d.example",
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
	assert_int_equal(recipients_add_header(&e, &header, "d.example",
	    &error), -1);
	envelope_free(&e);
	buf_free(&header);
	buf_free(&error);
}

/* The same address, told from the contract: the domain ends it. */
static bool
same(const char *a, const char *b)
{
	size_t local = (size_t)(strrchr(a, '@') - a);

	return strlen(a) == strlen(b) && strncmp(a, b, local) == 0 &&
	    b[local] == '@' && strcasecmp(a + local, b + local) == 0;
}

static void
test_unique(void **state)
{
	static const char *const locals[] = {
		"a", "A", "ab", "aB", "b", "\"a@b\"", "\"a b\"", "\303\244",
	};
	static const char *const domains[] = { "x", "X", "x.y", "x.Y", "xy" };
	char address[32];

	(void)state;
	srandom(1);
	for (int round = 0; round < 500; round++) {
		struct envelope e = { 0 }, want = { 0 };
		long n = random() % 40;

		for (long i = 0; i < n; i++) {
			size_t seen = 0;

			snprintf(address, sizeof(address), "%s@%s",
			    locals[random() % 8], domains[random() % 5]);
			envelope_add_recipient(&e, address);
			while (seen < want.nrecipients && !same(address,
			    want.recipients[seen].address))
				seen++;
			if (seen == want.nrecipients)
				envelope_add_recipient(&want, address);
		}
		recipients_unique(&e);
		assert_int_equal(e.nrecipients, want.nrecipients);
		for (size_t i = 0; i < e.nrecipients; i++)
			assert_string_equal(e.recipients[i].address,
			    want.recipients[i].address);
		/* More can be added, wherever that has left off. */
		for (int i = 0; i < 10; i++)
			envelope_add_recipient(&e, "more@x");
		recipients_unique(&e);
		assert_int_equal(e.nrecipients, want.nrecipients + 1);
		envelope_free(&e);
		envelope_free(&want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
