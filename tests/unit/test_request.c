#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/request.h"

static void
test_there_and_back(void **state)
{
	char *words[] = { (char *)"sendmail", (char *)"", (char *)"-f",
	    (char *)"a b", (char *)"\xc3\xa4\n", NULL };
	struct request r;
	struct buf text = { 0 };

	(void)state;
	request_encode("/home/one", words, &text);
	assert_int_equal(request_decode(&r, text.data, text.len), 0);
	assert_string_equal(r.directory, "/home/one");
	assert_int_equal(r.count, 5);
	for (int i = 0; i < 5; i++)
		assert_string_equal(r.words[i], words[i]);
	assert_null(r.words[5]);
	request_free(&r);
	assert_null(r.words);
	buf_free(&text);
}

static void
test_no_words(void **state)
{
	char *words[] = { NULL };
	struct request r;
	struct buf text = { 0 };

	(void)state;
	request_encode("", words, &text);
	assert_int_equal(text.len, 1);
	assert_int_equal(request_decode(&r, text.data, text.len), 0);
	assert_string_equal(r.directory, "");
	assert_int_equal(r.count, 0);
	assert_null(r.words[0]);
	request_free(&r);
	buf_free(&text);
}

static void
test_malformed(void **state)
{
	char text[] = "/\0a\0b";
	struct request r;

	(void)state;
	assert_int_equal(request_decode(&r, text, 0), -1);
	assert_int_equal(request_decode(&r, text, 1), -1);
	assert_int_equal(request_decode(&r, text, 5), -1);
	assert_int_equal(request_decode(&r, text, 4), 0);
	request_free(&r);
}

/* The pointers count: what is all NULs would need eight times as much. */
static void
test_bound(void **state)
{
	size_t most = REQUEST_MAX / (1 + sizeof(char *));
	char *text = calloc(REQUEST_MAX + 1, 1);
	struct request r;

	(void)state;
	assert_int_equal(request_decode(&r, text, most), 0);
	assert_int_equal(r.count, most - 1);
	request_free(&r);
	assert_int_equal(request_decode(&r, text, most + 1), -1);
	memset(text, 'x', REQUEST_MAX);
	assert_int_equal(request_decode(&r, text, REQUEST_MAX + 1), -1);
	text[REQUEST_MAX - 9] = '\0';
	assert_int_equal(request_decode(&r, text, REQUEST_MAX - 8), 0);
	request_free(&r);
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
