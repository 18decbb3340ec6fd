#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

/* A text and how it stands in a string of RFC 8259, section 7. */
static const struct {
	const char *text;
	const char *json;
} rows[] = {
	{ "", "" },
	{ "plain <a@b> / 'text'", "plain <a@b> / 'text'" },
	{ "\"quoted\" \\ back", "\\\"quoted\\\" \\\\ back" },
	{ "a\tb\r\nc", "a\\u0009b\\u000d\\u000ac" },
	{ "\001\037\177", "\\u0001\\u001f\\u007f" },
	{ "\033[31m", "\\u001b[31m" },
	{ "\302\205 \302\237", "\\u0085 \\u009f" },
	{ "\303\251 \342\202\254 \360\237\223\247",
	  "\303\251 \342\202\254 \360\237\223\247" },
	{ "\342\200\250\342\200\251", "\\u2028\\u2029" },
	/* Not UTF-8: a byte of Latin-1, a cut character, a surrogate. */
	{ "caf\351", "caf\\ufffd" },
	{ "\342\202", "\\ufffd\\ufffd" },
	{ "\355\240\200", "\\ufffd\\ufffd\\ufffd" },
	{ "\377\300\257", "\\ufffd\\ufffd\\ufffd" },
};

static void
test_strings(void **state)
{
	char line[256], expected[256];
	struct json j;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		j = json_open(line, sizeof(line));
		json_string(&j, "k", rows[i].text);
		len = json_close(&j);
		assert_int_equal(len, strlen(line));
		snprintf(expected, sizeof(expected), "{\"k\":\"%s\"}\n",
		    rows[i].json);
		assert_string_equal(line, expected);
	}
}

static void
test_objects(void **state)
{
	char line[256];
	struct json j = json_open(line, sizeof(line));

	(void)state;
	assert_int_equal(json_close(&j), 3);
	assert_string_equal(line, "{}\n");
	j = json_open(line, sizeof(line));
	json_number(&j, "n", "1.5");
	json_string(&j, "s", "a\"b");
	json_number(&j, "m", "0");
	json_close(&j);
	assert_string_equal(line, "{\"n\":1.5,\"s\":\"a\\\"b\",\"m\":0}\n");
}

/* As an object with strings and numbers only has it. */
static bool
is_object(const char *p)
{
	if (*p++ != '{')
		return false;
	while (*p == '"') {
		if (p[1] == '\0' || p[2] != '"' || p[3] != ':')
			return false;
		p += 4;
		if (*p == '"') {
			for (p++; *p != '"' && *p != '\0'; p++)
				if (*p == '\\' && *++p == 'u')
					p += 4;
			if (*p++ != '"')
				return false;
		} else if (strncmp(p, "12345", 5) == 0)
			p += 5;
		else
			return false;
		if (*p != ',')
			break;
		p++;
		if (*p != '"')
			return false;
	}
	return strcmp(p, "}\n") == 0;
}

/* The memory has exactly its size, which sanitizers watch. */
static void
test_every_size(void **state)
{
	char *line;
	struct json j;
	size_t len, before = 0;

	(void)state;
	for (size_t size = 4; size < 80; size++) {
		line = malloc(size);
		assert_non_null(line);
		j = json_open(line, size);
		json_string(&j, "a", "x\001\303\251\"\377");
		json_number(&j, "b", "12345");
		json_string(&j, "c", "\\text");
		len = json_close(&j);
		assert_int_equal(len, strlen(line));
		assert_true(len < size);
		assert_true(is_object(line));
		assert_true(len + 16 > size || len >= before);
		before = len;
		free(line);
	}
	assert_int_equal(before,
	    strlen("{\"a\":\"x\\u0001\303\251\\\"\\ufffd\",\"b\":12345,"
	    "\"c\":\"\\\\text\"}\n"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_every_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
