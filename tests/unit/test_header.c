#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/header.h"

static const struct {
	const char *line;
	enum header_line kind;
} lines[] = {
	{ "", HEADER_END },
	{ "To: a@b", HEADER_FIELD },
	{ "To:", HEADER_FIELD },
	{ "to:a", HEADER_FIELD },
	{ "To : a", HEADER_FIELD },
	{ "To \t : a", HEADER_FIELD },
	{ "X-!#$%&'*+/=?^_`{|}~.\"(),;<>@[\\]1: a", HEADER_FIELD },
	{ " a", HEADER_FOLDED },
	{ "\ta", HEADER_FOLDED },
	{ " ", HEADER_FOLDED },
	{ " To: a", HEADER_FOLDED },
	{ ":", HEADER_BODY },
	{ ": a", HEADER_BODY },
	{ "To", HEADER_BODY },
	{ "To ", HEADER_BODY },
	{ "Dear all: hello", HEADER_BODY },
	{ "From alice Fri Nov 21 09:55:06 1997", HEADER_BODY },
	{ ">From alice Fri Nov 21 09:55:06 1997", HEADER_BODY },
	{ "S\303\274bject: a", HEADER_BODY },
	{ "To\177: a", HEADER_BODY },
	{ "To\001: a", HEADER_BODY },
	{ "text", HEADER_BODY },
	{ ".", HEADER_BODY },
};

static void
test_lines(void **state)
{
	char name[FIELD_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (header_line(lines[i].line, strlen(lines[i].line)) !=
		    lines[i].kind)
			fail_msg("\"%s\"", lines[i].line);
	/* The length counts, not what stands behind. */
	memset(name, 'x', FIELD_NAME_MAX + 1);
	name[FIELD_NAME_MAX] = ':';
	assert_int_equal(header_line(name, sizeof(name)), HEADER_FIELD);
	name[FIELD_NAME_MAX] = 'x';
	name[FIELD_NAME_MAX + 1] = ':';
	assert_int_equal(header_line(name, sizeof(name)), HEADER_BODY);
	assert_int_equal(header_line("To: a", 2), HEADER_BODY);
	assert_int_equal(header_line("To: a", 3), HEADER_FIELD);
	assert_int_equal(header_line("To\0: a", 6), HEADER_BODY);
}

/* RFC 5322, appendix A.3 and 2.2.3, with obsolete blanks as in A.6.3. */
static const char header[] =
    "Received: from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600\r\n"
    "From  : John Doe <jdoe@node.example>\r\n"
    "To\t: Mary Smith\r\n"
    "  <mary@example.net>,\r\n"
    " \r\n"
    "\tjdoe@test\r\n"
    "Bcc:\r\n"
    "Cc:  \r\n"
    "\t\r\n"
    "Subject::x: \r\n";

static const struct {
	const char *field;
	const char *name;
	const char *value;
	bool blank;
} fields[] = {
	{ "Received: from node.example by x.y.test; 21 Nov 1997 10:01:22 "
	  "-0600\r\n", "received",
	  " from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600",
	  false },
	{ "From  : John Doe <jdoe@node.example>\r\n", "FROM",
	  " John Doe <jdoe@node.example>", false },
	{ "To\t: Mary Smith\r\n  <mary@example.net>,\r\n \r\n\tjdoe@test\r\n",
	  "To",
	  " Mary Smith\r\n  <mary@example.net>,\r\n \r\n\tjdoe@test", false },
	{ "Bcc:\r\n", "bcc", "", true },
	{ "Cc:  \r\n\t\r\n", "cC", "  \r\n\t", true },
	{ "Subject::x: \r\n", "Subject", ":x: ", false },
};

static void
test_fields(void **state)
{
	const char *p = header;
	const char *end = header + sizeof(header) - 1;
	struct field f;

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *start = p;

		p = header_next(p, end, &f);
		assert_non_null(p);
		assert_ptr_equal(f.start, start);
		assert_ptr_equal(f.start + f.len, p);
		assert_int_equal(f.len, strlen(fields[i].field));
		assert_memory_equal(f.start, fields[i].field, f.len);
		assert_ptr_equal(f.name, f.start);
		assert_true(field_is(&f, fields[i].name));
		assert_int_equal(f.valuelen, strlen(fields[i].value));
		assert_memory_equal(f.value, fields[i].value, f.valuelen);
		assert_int_equal(field_is_blank(&f), fields[i].blank);
	}
	assert_ptr_equal(p, end);
	assert_null(header_next(p, end, &f));
}

static void
test_names(void **state)
{
	static const char text[] = "Resent-To: a\r\n";
	struct field f;

	(void)state;
	header_next(text, text + sizeof(text) - 1, &f);
	assert_true(field_is(&f, "Resent-To"));
	assert_true(field_is(&f, "RESENT-TO"));
	assert_false(field_is(&f, "Resent-T"));
	assert_false(field_is(&f, "Resent-To2"));
	assert_false(field_is(&f, "To"));
	assert_false(field_is(&f, ""));
}

static void
test_nothing(void **state)
{
	struct field f;

	(void)state;
	assert_null(header_next(NULL, NULL, &f));
	assert_null(header_next(header, header, &f));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
