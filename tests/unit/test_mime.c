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
#include "mail/mime.h"

static const struct {
	const char *value;
	const char *type;	/* NULL if malformed */
	const char *subtype;
	const char *rest;
} types[] = {
	{ " text/plain", "text", "plain", "" },
	{ "TEXT/html; charset=utf-8", "text", "html", "; charset=utf-8" },
	{ " (a)\r\n\ttext (b) / (c) plain (d);", "text", "plain", " (d);" },
	{ " application/vnd.ms-excel+x!#$&^_.", "application",
	    "vnd.ms-excel+x!#$&^_.", "" },
	{ "multipart/mixed charset", "multipart", "mixed", " charset" },
	{ "", NULL, NULL, NULL },
	{ " text", NULL, NULL, NULL },
	{ " text/", NULL, NULL, NULL },
	{ " /plain", NULL, NULL, NULL },
	{ " text;plain", NULL, NULL, NULL },
	{ " text / ; a=b", NULL, NULL, NULL },
	{ " \"text\"/plain", NULL, NULL, NULL },
	{ " (text/plain", NULL, NULL, NULL },
	{ " t\303\251xt/plain", NULL, NULL, NULL },
};

static void
test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const char *p = types[i].value, *end = p + strlen(p);
		struct mime_type t;

		if (mime_read_type(p, end, &t) !=
		    (types[i].type == NULL ? -1 : 0))
			fail_msg("\"%s\"", p);
		if (types[i].type == NULL)
			continue;
		assert_true(mime_type_is(&t, types[i].type,
		    types[i].subtype));
		assert_true(mime_type_is(&t, types[i].type, NULL));
		assert_false(mime_type_is(&t, types[i].type, "plai"));
		assert_false(mime_type_is(&t, "tex", NULL));
		assert_string_equal(t.rest, types[i].rest);
	}
}

static const struct {
	const char *value;
	const char *want;	/* of the parameter b; NULL if none */
} parameters[] = {
	{ ";b=x", "x" },
	{ "; B=x", "x" },
	{ " (c) ; (c) b (c) = (c) x (c) ; b=y", "x" },
	{ ";\r\n\tb=\"x y\"", "x y" },
	{ "; a=1; b=x", "x" },
	{ "; a=\"; b=y\"; b=x", "x" },
	{ "; a=(; b=y) 1; b=x", "x" },
	{ "; ab=y; b c=y; b; b=x", "x" },
	{ ";;; ;b=x;", "x" },
	{ "b=y; b=x", "x" },
	{ "; b=\"a\\\"b\\\\c\\d\"", "a\"b\\cd" },
	{ "; b=\"x\r\n y\"", "x y" },
	{ "; b=\"\"", "" },
	{ "; b=", "" },
	/* Malformed, but seen. */
	{ "; b=\"x", "x" },
	{ "; b=\"x\\", "x\\" },
	{ "; b=----=_Part/1:2?; c", "----=_Part/1:2?" },
	{ "; b=x(y)", "x" },
	{ "; b=x y", "x" },
	{ "", NULL },
	{ "b=x", NULL },
	{ "; b", NULL },
	{ "; b:x", NULL },
	{ "; b*=x", NULL },
	{ "; a=\"; b=x", NULL },
	{ "; (; b=x", NULL },
};

static void
test_parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]);
	    i++) {
		const char *p = parameters[i].value;
		struct buf value = { 0 };
		bool found = mime_parameter(p, p + strlen(p), "b", &value);

		buf_adds(&value, "");
		if (found != (parameters[i].want != NULL))
			fail_msg("\"%s\"", p);
		if (found)
			assert_string_equal(value.data, parameters[i].want);
		buf_free(&value);
	}
}

static const struct {
	const char *value;
	enum mime_encoding encoding;
} encodings[] = {
	{ "", MIME_IDENTITY },
	{ " (none)", MIME_IDENTITY },
	{ " 7bit", MIME_IDENTITY },
	{ " (c) 8BIT (c)", MIME_IDENTITY },
	{ "8-bit", MIME_IDENTITY },
	{ "\r\n\tbinary", MIME_IDENTITY },
	{ " Quoted-Printable", MIME_QUOTED_PRINTABLE },
	{ " base64;", MIME_BASE64 },
	{ " x-uuencode", MIME_OTHER_ENCODING },
	{ " base", MIME_OTHER_ENCODING },
	{ " base64x", MIME_OTHER_ENCODING },
	{ " \"base64\"", MIME_OTHER_ENCODING },
};

static void
test_encodings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		const char *p = encodings[i].value;

		if (mime_read_encoding(p, p + strlen(p)) !=
		    encodings[i].encoding)
			fail_msg("\"%s\"", p);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
