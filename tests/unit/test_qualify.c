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

static const struct {
	const char *spec;
	const char *want;
} specs[] = {
	{ "root", "root@d.example" },
	{ "root@localhost", "root@d.example" },
	{ "root@LocalHost", "root@d.example" },
	{ "root@x.example", "root@x.example" },
	{ "root@localhost.localdomain", "root@localhost.localdomain" },
	{ "root@notlocalhost", "root@notlocalhost" },
	{ "host!u", "host!u@d.example" },
	{ "user%host", "user%host@d.example" },
	{ "\"a b\"", "\"a b\"@d.example" },
	{ "\"a b\"@x", "\"a b\"@x" },
	{ "\"a@b\"@localhost", "\"a@b\"@d.example" },
	{ "\"a@b\"@x", "\"a@b\"@x" },
	{ "\"a@b\"", "\"a@b\"@d.example" },
	{ "\"a@localhost\"", "\"a@localhost\"@d.example" },
};

static void
test_specs(void **state)
{
	struct buf spec = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		buf_clear(&spec);
		buf_adds(&spec, specs[i].spec);
		qualify_spec(&spec, "d.example");
		if (strcmp(spec.data, specs[i].want) != 0)
			fail_msg("%s: %s", specs[i].spec, spec.data);
	}
	buf_free(&spec);
}

/* What -f gives; NULL where it is refused. */
static const struct {
	const char *text;
	const char *want;
} senders[] = {
	{ "a@b", "a@b" },
	{ "<a@b>", "a@b" },
	{ "Name <a@b>", "a@b" },
	{ "a@b (Name)", "a@b" },
	{ "\"odd local\"@b", "\"odd local\"@b" },
	{ "\"o@l\"@b", "\"o@l\"@b" },
	{ "host!u@d", "host!u@d" },
	{ "host!u", "host!u@d.example" },
	{ "root", "root@d.example" },
	{ "root@localhost", "root@d.example" },
	{ "MAILER-DAEMON", "MAILER-DAEMON@d.example" },
	{ "-i", "-i@d.example" },
	{ " a@b ", "a@b" },
	{ "a@b,", "a@b" },
	{ "", "" },
	{ " ", "" },
	{ "<>", "" },
	{ " < > ", "" },
	{ "\"o@l\"", "\"o@l\"@d.example" },
	{ "a@b c@d", NULL },
	{ "a@b, c@d", NULL },
	{ "<> a@b", NULL },
	{ "a@", NULL },
	{ "@b", NULL },
	{ "a@b\r\nRCPT TO:<x@y>", NULL },
	{ "a\001@b", NULL },
	{ "<a@b> SIZE=1", NULL },
	{ "\"a@b", NULL },
};

static void
test_senders(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		const char *wrong;

		buf_clear(&out);
		buf_adds(&out, "");
		wrong = qualify_sender(senders[i].text, "d.example", &out);
		if ((wrong == NULL) != (senders[i].want != NULL) ||
		    (wrong == NULL && strcmp(out.data, senders[i].want) != 0))
			fail_msg("%s: %s, %s", senders[i].text, out.data,
			    wrong != NULL ? wrong : "taken");
	}
	buf_free(&out);
}

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
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
