#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/fingerprint.h"

#define HEX31 "000102030405060708090a0b0c0d0e0f" \
	"101112131415161718191a1b1c1d1e"
#define HEX HEX31 "1f"
#define UPPER HEX31 "1F"
#define COLONS "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:" \
	"10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"

/* Lists, and what is printed of them; "!" where they make no sense. */
static const struct {
	const char *list;
	const char *printed;
} rows[] = {
	{ "", "" },
	{ " \t", "" },
	{ "SHA256:" HEX, "SHA256:" HEX " " },
	{ "sha256:" UPPER, "SHA256:" HEX " " },
	{ "SHA256:" COLONS, "SHA256:" HEX " " },
	{ "SPKI-SHA256:" HEX, "SPKI-SHA256:" HEX " " },
	{ "spki-sha256:" COLONS " ", "SPKI-SHA256:" HEX " " },
	{ "SHA256:" HEX "\t SPKI-SHA256:" HEX,
	  "SHA256:" HEX " SPKI-SHA256:" HEX " " },
	{ HEX, "!" },
	{ "SHA1:" HEX, "!" },
	{ "SHA256", "!" },
	{ "SHA256:", "!" },
	{ "SHA256::" HEX, "!" },
	{ "SHA256:" HEX31, "!" },
	{ "SHA256:" HEX31 "1", "!" },
	{ "SHA256:" HEX31 "1g", "!" },
	{ "SHA256:" HEX ":", "!" },
	{ "SHA256:" HEX "00", "!" },
	{ "SHA256:0:" HEX31 "1f", "!" },
	{ "SHA256:" HEX ",SHA256:" HEX, "!" },
	{ "SHA256:" HEX " x", "SHA256:" HEX " !" },
};

static void
test_rows(void **state)
{
	struct buf out = { 0 };
	struct fingerprint f;
	const char *p;
	bool malformed;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		buf_adds(&out, "");
		p = rows[i].list;
		while ((p = fingerprint_next(p, &f, &malformed)) != NULL) {
			fingerprint_print(&f, &out);
			buf_addc(&out, ' ');
		}
		if (malformed)
			buf_addc(&out, '!');
		assert_string_equal(out.data, rows[i].printed);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
