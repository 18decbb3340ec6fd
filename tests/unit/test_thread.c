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
#include "mail/thread.h"
#include "tests/unit/expand.h"

struct row {
	const char *header;	/* as in expand.h */
	const char *want;
};

static const struct row references[] = {
	{ "", "" },
	{ "Subject: x\n", "" },
	{ "message-id: <a@b>\n", "In-Reply-To: <a@b>\nReferences: <a@b>\n" },
	{ "Message-ID:\n <a@b>\n", "In-Reply-To: <a@b>\nReferences: <a@b>\n" },
	{ "References: <1> x <2>\nMessage-ID: <a>\n",
	    "In-Reply-To: <a>\nReferences: <1> <2> <a>\n" },
	{ "Message-ID: <a>\nIn-Reply-To: <1>\n",
	    "In-Reply-To: <a>\nReferences: <1> <a>\n" },
	{ "Message-ID: <a>\nIn-Reply-To: <1> <2>\n",
	    "In-Reply-To: <a>\nReferences: <a>\n" },
	{ "Message-ID: <a>\nIn-Reply-To: <1>\nReferences: <2>\n",
	    "In-Reply-To: <a>\nReferences: <2> <a>\n" },
	/* The first and the last are kept. */
	{ "References: <1> <2> <3>{ <x>*15} <4> <5>\nMessage-ID: <a>\n",
	    "In-Reply-To: <a>\nReferences: <1> <3>{ <x>*14}\n <x> <4> <5> <a>"
	    "\n" },
	{ "References: <1>\n{ <x>\n*100}Message-ID: <a>\n",
	    "In-Reply-To: <a>\nReferences: <1>{ <x>*15}\n{ <x>*3} <a>\n" },
	/* What is not sound is passed over. */
	{ "Message-ID: a@b\n", "" },
	{ "Message-ID: <>\n", "" },
	{ "Message-ID: <a b>\n", "" },
	{ "Message-ID: <a\n", "" },
	{ "Message-ID: <a\n b>\n", "" },
	{ "Message-ID: <a\r>\n", "" },
	{ "Message-ID: <a\303\251>\n", "" },
	{ "Message-ID: <a\"b\">\n", "" },
	{ "Message-ID: <a<b>\n", "In-Reply-To: <b>\nReferences: <b>\n" },
	{ "Message-ID: <{a*248}>\n",
	    "In-Reply-To:\n <{a*248}>\nReferences:\n <{a*248}>\n" },
	{ "Message-ID: <{a*249}>\n", "" },
	{ "References: <1> <\001> <2>\nMessage-ID: <a>\n",
	    "In-Reply-To: <a>\nReferences: <1> <2> <a>\n" },
};

static const struct row subjects[] = {
	{ "", "Subject: Lost\n" },
	{ "Subject:\n", "Subject: Lost\n" },
	{ "Subject:  \n \n", "Subject: Lost\n" },
	{ "Subject: a  b\n c\n", "Subject: Lost: a b c\n" },
	{ "SUBJECT :a\nSubject: b\n", "Subject: Lost: a\n" },
	{ "Subject: =?utf-8?Q?caf=C3=A9?=\n",
	    "Subject: Lost: =?utf-8?Q?caf=C3=A9?=\n" },
	{ "Subject: caf\303\251\n",
	    "Subject: Lost:\n =?utf-8?Q?caf=C3=A9?=\n" },
	{ "Subject: caf\351\n",
	    "Subject: Lost:\n =?unknown-8bit?Q?caf=E9?=\n" },
	{ "Subject: a\001\033b\n", "Subject: Lost: a??b\n" },
	{ "Subject: a\r\rBcc: x\n", "Subject: Lost: a Bcc: x\n" },
	/* Cut between words, else between characters. */
	{ "Subject: {abcdefghi *30}\n",
	    "Subject: Lost:{ abcdefghi*6}\n{ abcdefghi*7}\n{ abcdefghi*7}\n" },
	{ "Subject: {x*300}\n", "Subject: Lost:\n {x*200}\n" },
	{ "Subject: a{\303\251*100}\n",
	    "Subject: Lost:\n =?utf-8?Q?a{=C3=A9*9}?=\n"
	    "{ =?utf-8?Q?=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9=C3=A9"
	    "=C3=A9?=\n*10}" },
};

static void
check(const struct row *row, bool subject)
{
	struct buf header = { 0 }, want = { 0 }, out = { 0 };

	expand(&header, row->header);
	expand(&want, row->want);
	buf_adds(&out, "");
	if (subject)
		thread_add_subject("Lost", header.data, header.len, &out);
	else
		thread_add_references(header.data, header.len, &out);
	assert_string_equal(out.data, want.data);
	buf_free(&header);
	buf_free(&want);
	buf_free(&out);
}

static void
test_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		check(&references[i], false);
}

static void
test_subjects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		check(&subjects[i], true);
}

static void
test_nul(void **state)
{
	static const char header[] = "Subject: a\0b\r\nMessage-ID: <a\0b>\r\n";
	struct buf out = { 0 };

	(void)state;
	thread_add_subject("Lost", header, sizeof(header) - 1, &out);
	thread_add_references(header, sizeof(header) - 1, &out);
	assert_string_equal(out.data, "Subject: Lost: a?b\r\n");
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
