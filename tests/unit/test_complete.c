#include <config.h>

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sendmail/complete.h"

#define RECEIVED \
	"Received: by h.example (onehop, from userid 33)\r\n" \
	"\tid 5F5E1000ABCDE; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
#define DATE "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
#define ID "<5F5E1000ABCDE.????????@d.example>\r\n"
#define MESSAGE_ID "Message-ID: " ID
#define RESENT_DATE "Resent-Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
#define RESENT_MESSAGE_ID "Resent-Message-ID: " ID
/* What has all that is needed. */
#define WHOLE "Date: x\r\nFrom: a@b\r\nMessage-ID: <x>\r\n"

static const struct {
	const char *header;
	const char *full_name;
	const char *want;	/* after Received; a pattern of fnmatch(3) */
} rows[] = {
	{ "", "", DATE "From: s@d.example\r\n" MESSAGE_ID },
	{ "", "Alice", DATE "From: Alice <s@d.example>\r\n" MESSAGE_ID },
	{ "", "Al, O.", DATE "From: \"Al, O.\" <s@d.example>\r\n" MESSAGE_ID },
	{ "", "J\303\266rg", DATE
	  "From: =[?]utf-8[?]Q[?]J=C3=B6rg[?]= <s@d.example>\r\n" MESSAGE_ID },
	{ "", "a\r\nBcc: b", DATE
	  "From: \"a  Bcc: b\" <s@d.example>\r\n" MESSAGE_ID },
	{ WHOLE, "Alice", WHOLE },
	{ "date: x\r\nFROM : a@b\r\nMessage-Id: <x>\r\n", "",
	  "date: x\r\nFROM: a@b\r\nMessage-Id: <x>\r\n" },
	{ "From: a@b\r\nFrom: c@d\r\n", "Alice",
	  DATE MESSAGE_ID "From: a@b\r\nFrom: c@d\r\n" },
	/* An empty one counts as missing. */
	{ "Date:\r\nFrom: \r\n \r\nMessage-ID: \t\r\nTo: a@b\r\n", "",
	  DATE "From: s@d.example\r\n" MESSAGE_ID "To: a@b\r\n" },
	{ WHOLE "From:\r\n", "", WHOLE },
	/* Nothing else is invented, and what may be empty stays. */
	{ WHOLE "To:\r\nSubject:\r\n", "", WHOLE "To:\r\nSubject:\r\n" },
	/* Resent fields, where there is a Resent-From. */
	{ WHOLE "Resent-To: a@b\r\n", "", WHOLE "Resent-To: a@b\r\n" },
	{ WHOLE "Resent-From: a@b\r\n", "", RESENT_DATE RESENT_MESSAGE_ID
	  WHOLE "Resent-From: a@b\r\n" },
	{ WHOLE "Resent-From: a@b\r\nResent-Date: y\r\n", "",
	  RESENT_MESSAGE_ID WHOLE "Resent-From: a@b\r\nResent-Date: y\r\n" },
	{ WHOLE "Resent-From: a@b\r\nResent-Message-ID: <y>\r\n"
	  "Resent-Date:\r\n", "", RESENT_DATE WHOLE "Resent-From: a@b\r\n"
	  "Resent-Message-ID: <y>\r\n" },
	{ WHOLE "Resent-From: \r\n", "", WHOLE },
	/* What never leaves. */
	{ WHOLE "Bcc: c@d\r\nBCC: e@f,\r\n\tg@h\r\nbcc :\r\nX: y\r\n", "",
	  WHOLE "X: y\r\n" },
	{ WHOLE "Resent-Bcc: c@d\r\nReturn-Path: <x@y>\r\n", "", WHOLE },
	{ WHOLE "X-Bcc: c@d\r\n", "", WHOLE "X-Bcc: c@d\r\n" },
	/* Everything else is as it was, but for bare names. */
	{ WHOLE "To: root (Cron),\r\n\tb@x\r\nSubject :  root\r\n a\377\r\n",
	  "", WHOLE "To: root@d.example (Cron),\r\n\tb@x\r\n"
	  "Subject:  root\r\n a\377\r\n" },
	{ WHOLE "To: \"x\r\n y\r\nReceived: z\r\nX:\r\n  \r\n z\r\n", "",
	  WHOLE "To: \"x\r\n y\r\nReceived: z\r\nX:\r\n  \r\n z\r\n" },
};

static const struct origin origin = {
	.id = "5F5E1000ABCDE",
	.host = "h.example",
	.domain = "d.example",
	.sender = "s@d.example",
	.full_name = "",
	.uid = 33,
	.now = 1700000000,
};

static void
complete(const char *header, const char *full_name, struct buf *out)
{
	struct origin o = origin;
	struct buf in = { 0 };

	o.full_name = full_name;
	buf_adds(&in, header);
	complete_header(&in, &o, out);
	buf_free(&in);
}

static void
test_rows(void **state)
{
	struct buf out = { 0 }, want = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		complete(rows[i].header, rows[i].full_name, &out);
		buf_clear(&want);
		buf_printf(&want, "%s%s", RECEIVED, rows[i].want);
		if (fnmatch(want.data, out.data, 0) != 0)
			fail_msg("row %zu:\n%s\nfor\n%s", i, out.data,
			    want.data);
	}
	buf_free(&want);
	buf_free(&out);
}

#define REST "Date: x\r\nMessage-ID: <x>\r\n"

/* With another author, p@q.example: the fields after Received. */
static const struct {
	const char *header;
	const char *want;
} authors[] = {
	{ REST "From: Al <a@b>\r\n",
	  REST "From: Al <p@q.example>\r\nReply-To: Al <a@b>\r\n" },
	{ REST "From: root (Cron \"D\")\r\n",
	  REST "From: \"Cron \\\"D\\\"\" <p@q.example>\r\n"
	  "Reply-To: root@d.example (Cron \"D\")\r\n" },
	{ REST "From: root\r\n", REST "From: \"root@d.example\" "
	  "<p@q.example>\r\nReply-To: root@d.example\r\n" },
	{ REST "From: \"A, B\" <a@b>\r\n", REST "From: \"A, B\" "
	  "<p@q.example>\r\nReply-To: \"A, B\" <a@b>\r\n" },
	{ REST "From: =?utf-8?Q?=C3=B6?=\r\n <a@b>\r\n",
	  REST "From: =?utf-8?Q?=C3=B6?= <p@q.example>\r\n"
	  "Reply-To: =?utf-8?Q?=C3=B6?=\r\n <a@b>\r\n" },
	/* Several authors become one, and are all answered. */
	{ REST "From: a@b, c@d\r\n", REST "From: \"a@b\" <p@q.example>\r\n"
	  "Reply-To: a@b, c@d\r\n" },
	{ REST "From: p@q.example, c@d\r\n",
	  REST "From: \"p@q.example\" <p@q.example>\r\n"
	  "Reply-To: p@q.example, c@d\r\n" },
	/* Who is to be answered already stays. */
	{ REST "From: Al <a@b>\r\nReply-To: c@d\r\n",
	  REST "From: Al <p@q.example>\r\nX-Original-From: Al <a@b>\r\n"
	  "Reply-To: c@d\r\n" },
	{ REST "From: <>\r\n",
	  REST "From: <p@q.example>\r\nReply-To: <>\r\n" },
	{ REST "From: Al\r\nSender: s@t\r\n",
	  REST "From: \"Al@d.example\" <p@q.example>\r\n"
	  "Reply-To: Al@d.example\r\n"
	  "Sender: \"s@t\" <p@q.example>\r\n" },
	/* It is the right one already. */
	{ REST "From: Al <p@Q.Example>\r\nSender: p@q.example (x)\r\n",
	  REST "From: Al <p@Q.Example>\r\nSender: p@q.example (x)\r\n" },
	{ REST "To: a@b\r\nResent-From: c@d\r\nResent-Date: x\r\n"
	  "Resent-Message-ID: x\r\nFrom: p@q.example\r\n",
	  REST "To: a@b\r\nResent-From: c@d\r\nResent-Date: x\r\n"
	  "Resent-Message-ID: x\r\nFrom: p@q.example\r\n" },
};

static void
test_author(void **state)
{
	struct origin o = origin;

	(void)state;
	o.author = "p@q.example";
	for (size_t i = 0; i < sizeof(authors) / sizeof(authors[0]); i++) {
		struct buf in = { 0 }, out = { 0 };

		buf_adds(&in, authors[i].header);
		complete_header(&in, &o, &out);
		assert_string_equal(out.data + strlen(RECEIVED),
		    authors[i].want);
		buf_free(&in);
		buf_free(&out);
	}
}

/* Too long a line is folded, but not where that breaks a signature. */
static void
test_fold(void **state)
{
	static const char *const signatures[] = {
		"DKIM-Signature", "ARC-Seal",
	};
	struct buf in = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_printf(&in, WHOLE "Subject: %0900d %0900d\r\n", 0, 0);
		complete(in.data, "", &out);
		assert_non_null(strstr(out.data, "0\r\n 0"));
		buf_printf(&in, "%s: x\r\n", signatures[i]);
		buf_clear(&out);
		complete(in.data, "", &out);
		assert_null(strstr(out.data, "0\r\n 0"));
		assert_non_null(strstr(out.data, in.data));
		buf_free(&in);
		buf_free(&out);
	}
}

/* The one that is made up is another each time. */
static void
test_message_id(void **state)
{
	struct buf one = { 0 }, two = { 0 };

	(void)state;
	complete("", "", &one);
	complete("", "", &two);
	assert_int_equal(one.len, two.len);
	assert_string_not_equal(one.data, two.data);
	buf_free(&one);
	buf_free(&two);
}

static void
test_has_from(void **state)
{
	static const struct {
		const char *header;
		bool has_from;
	} froms[] = {
		{ "", false },
		{ "To: a@b\r\n", false },
		{ "From:\r\n", false },
		{ "From: \r\n\t\r\n", false },
		{ "Resent-From: a@b\r\n", false },
		{ "X-From: a@b\r\n", false },
		{ "From: a@b\r\n", true },
		{ "To: x\r\nFROM : x\r\n", true },
		{ "From:\r\nFrom: x\r\n", true },
	};
	struct buf header = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++) {
		buf_clear(&header);
		buf_adds(&header, froms[i].header);
		assert_int_equal(complete_has_from(&header),
		    froms[i].has_from);
	}
	buf_free(&header);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_author),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_has_from),
	};

	setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
