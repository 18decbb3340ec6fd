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
#include "mail/header.h"
#include "sendmail/qualify.h"

/* Header fields, and what becomes of their values. */
static const struct {
	const char *field;
	const char *want;
} values[] = {
	{ "To: a@b\r\n", " a@b" },
	{ "To: root\r\n", " root@d.example" },
	{ "To:root\r\n", "root@d.example" },
	{ "From: root (Cron Daemon)\r\n",
	  " root@d.example (Cron Daemon)" },
	{ "From: Cron <root>\r\n", " Cron <root@d.example>" },
	{ "To: root@localhost\r\n", " root@localhost" },
	{ "Cc: a, b@x ,\r\n c\r\n",
	  " a@d.example, b@x ,\r\n c@d.example" },
	{ "To: a b; c\r\n", " a@d.example b@d.example; c@d.example" },
	{ "To: friends: a, B <b>;\r\n",
	  " friends: a@d.example, B <b@d.example>;" },
	{ "To: undisclosed-recipients:;\r\n", " undisclosed-recipients:;" },
	{ "To: \"a b\"\r\n", " \"a b\"@d.example" },
	{ "To: \"a@b\"\r\n", " \"a@b\"@d.example" },
	{ "To: (x) a(y)\r\n", " (x) a@d.example(y)" },
	{ "To: <>\r\n", " <>" },
	{ "To:\r\n", "" },
	{ "To: a@, root\r\n", " a@, root@d.example" },
	{ "To: \"open, root\r\n", " \"open, root" },
	{ "From: a, B <b>; c\r\n",
	  " a@d.example, B <b@d.example>; c@d.example" },
	{ "From: Web Server Admin\r\n", " Web Server Admin" },
	{ "From: root (a) root\r\n", " root (a) root" },
	{ "Reply-To: not an @ address\r\n", " not an @ address" },
	{ "Sender: a@, root\r\n", " a@, root" },
	{ "To: =?utf-8?Q?J=C3=B6rg?= <j>\r\n",
	  " =?utf-8?Q?J=C3=B6rg?= <j@d.example>" },
};

static void
test_values(void **state)
{
	struct buf out = { 0 };
	struct field f;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *text = values[i].field;

		header_next(text, text + strlen(text), &f);
		assert_true(qualify_is_address_field(&f));
		buf_clear(&out);
		buf_adds(&out, "");
		qualify_value(&f, "d.example", &out);
		if (strcmp(out.data, values[i].want) != 0)
			fail_msg("%s: \"%s\"", text, out.data);
	}
	buf_free(&out);
}

static void
test_fields(void **state)
{
	static const struct {
		const char *field;
		bool has_addresses;
	} rows[] = {
		{ "From:\r\n", true }, { "SENDER :\r\n", true },
		{ "reply-to:\r\n", true }, { "To:\r\n", true },
		{ "cc:\r\n", true }, { "Resent-From:\r\n", true },
		{ "Resent-Sender:\r\n", true }, { "Resent-To:\r\n", true },
		{ "Resent-Cc:\r\n", true }, { "Subject:\r\n", false },
		{ "X-To:\r\n", false }, { "Message-ID:\r\n", false },
		{ "Fro:\r\n", false }, { "Disposition:\r\n", false },
	};
	struct field f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		header_next(rows[i].field,
		    rows[i].field + strlen(rows[i].field), &f);
		assert_int_equal(qualify_is_address_field(&f),
		    rows[i].has_addresses);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
