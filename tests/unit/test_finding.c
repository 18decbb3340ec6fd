#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/finding.h"

static const struct {
	struct finding finding;
	const char *line;
} good[] = {
	{ { FINDING_OK, "all is well", NULL, NULL }, "ok\tall is well\t\t" },
	{ { FINDING_NOTE, "", "", "" }, "note\t\t\t" },
	{ { FINDING_WARNING, "a", "b", "c" }, "warning\ta\tb\tc" },
	{ { FINDING_WRONG, "caf\303\251", "", "run: x" },
	  "wrong\tcaf\303\251\t\trun: x" },
	/* What somebody else has said is no fields, no lines, no controls. */
	{ { FINDING_WRONG, "a\tb\nok\tc", "\033[2J", "\377\302\205" },
	  "wrong\ta?b?ok?c\t?[2J\t???" },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct buf out = { 0 }, again = { 0 };
		struct finding f;

		finding_encode(&good[i].finding, &out);
		assert_int_equal(out.data[out.len - 1], '\n');
		out.data[--out.len] = '\0';
		assert_string_equal(out.data, good[i].line);
		assert_int_equal(finding_decode(&f, out.data), 0);
		assert_int_equal(f.kind, good[i].finding.kind);
		finding_encode(&f, &again);
		again.data[--again.len] = '\0';
		assert_string_equal(again.data, good[i].line);
		buf_free(&out);
		buf_free(&again);
	}
}

static void
test_bad(void **state)
{
	static const char *const lines[] = {
		"", "ok", "ok\ta", "ok\ta\tb", "ok\ta\tb\tc\td",
		"OK\ta\tb\tc", "ok \ta\tb\tc", "\ta\tb\tc", "fine\t\t\t",
		"onehop-smtp: no memory",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct finding f = { .kind = FINDING_NOTE };
		char line[64];

		strlcpy(line, lines[i], sizeof(line));
		assert_int_equal(finding_decode(&f, line), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
