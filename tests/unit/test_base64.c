#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "smtp/base64.h"

/* RFC 4648, section 10, and all values of six bits. */
static const struct {
	const char *bytes;
	size_t len;
	const char *text;
} rows[] = {
#define ROW(bytes, text) { bytes, sizeof(bytes) - 1, text }
	ROW("", ""),
	ROW("f", "Zg=="),
	ROW("fo", "Zm8="),
	ROW("foo", "Zm9v"),
	ROW("foob", "Zm9vYg=="),
	ROW("fooba", "Zm9vYmE="),
	ROW("foobar", "Zm9vYmFy"),
	ROW("\0\0\0", "AAAA"),
	ROW("\xff\xff\xff", "////"),
	ROW("\0\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51"
	    "\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a"
	    "\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf",
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "+/"),
#undef ROW
};

static const char *const malformed[] = {
	"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "=Zg=", "Zg=v",
	"Zg==Zg==", "Zm9v\n", "Zm9 ", "Zm-v", "Zm_v", "Zh==", "Zm9=", "Zm\xc3v",
};

static void
test_rows(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		base64_encode(rows[i].bytes, rows[i].len, &out);
		assert_int_equal(out.len, strlen(rows[i].text));
		assert_memory_equal(out.len > 0 ? out.data : "", rows[i].text,
		    out.len);
		buf_clear(&out);
		assert_int_equal(base64_decode(rows[i].text,
		    strlen(rows[i].text), &out), 0);
		assert_int_equal(out.len, rows[i].len);
		assert_memory_equal(out.len > 0 ? out.data : "",
		    rows[i].bytes, out.len);
	}
	buf_free(&out);
}

static void
test_malformed(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		assert_int_equal(base64_decode(malformed[i],
		    strlen(malformed[i]), &out), -1);
	assert_int_equal(base64_decode("AA\0A", 4, &out), -1);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
