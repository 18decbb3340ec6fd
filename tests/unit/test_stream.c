#include <config.h>

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/date.h"
#include "smtp/stream.h"

/* What the other side sends, and the lines; NULL where reading fails. */
static const struct {
	const char *in;
	size_t inlen;
	const char *lines[4];
	const char *error;	/* of the last one, or a part of it */
} rows[] = {
#define ROW(in, error, ...) { in, sizeof(in) - 1, { __VA_ARGS__ }, error }
	ROW("220 hi\r\n", "closed", "220 hi", NULL),
	ROW("a\r\nb\r\n\r\n", "closed", "a", "b", "", NULL),
	/* A mere LF ends a line, a CR elsewhere does not. */
	ROW("a\nb\r\n", "closed", "a", "b", NULL),
	ROW("a\rb\r\r\n", "closed", "a\rb\r", NULL),
	ROW("", "closed", NULL),
	ROW("half a line", "closed", NULL),
	ROW("a\r\nb\0c\r\n", "NUL", "a", NULL),
#undef ROW
};

static struct stream *
new_stream(int *other)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    pair), 0);
	*other = pair[1];
	return stream_new(pair[0]);
}

static void
test_rows(void **state)
{
	const char *line, *want;
	struct stream *s;
	size_t len;
	int other;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s = new_stream(&other);
		assert_int_equal(write(other, rows[i].in, rows[i].inlen),
		    rows[i].inlen);
		close(other);
		stream_set_deadline(s, 10);
		for (size_t n = 0; (want = rows[i].lines[n]) != NULL; n++) {
			line = stream_line(s, &len);
			assert_non_null(line);
			assert_string_equal(line, want);
			assert_int_equal(len, strlen(want));
		}
		assert_null(stream_line(s, &len));
		assert_non_null(strstr(stream_error(s), rows[i].error));
		stream_free(s);
	}
}

/* Reads a line of n bytes and CRLF. */
static void
read_long(size_t n, bool good)
{
	static char line[2 * STREAM_LINE];
	struct stream *s;
	size_t len;
	int other;

	memset(line, 'x', n);
	memcpy(line + n, "\r\n", 2);
	s = new_stream(&other);
	assert_int_equal(write(other, line, n + 2), n + 2);
	stream_set_deadline(s, 10);
	assert_int_equal(stream_line(s, &len) != NULL, good);
	if (!good)
		assert_non_null(strstr(stream_error(s), "4096"));
	close(other);
	stream_free(s);
}

static void
test_long_lines(void **state)
{
	(void)state;
	read_long(STREAM_LINE - 1, true);
	read_long(STREAM_LINE, false);
	read_long(STREAM_LINE + 1000, false);
}

static void
test_deadline(void **state)
{
	double begun = date_clock();
	struct stream *s;
	size_t len;
	int other;

	(void)state;
	s = new_stream(&other);
	stream_set_deadline(s, 0.05);
	assert_int_equal(write(other, "220-", 4), 4);
	assert_null(stream_line(s, &len));
	assert_string_equal(stream_error(s), "timed out after 0.05 s");
	assert_true(date_clock() - begun >= 0.05);
	/* The first failure stays. */
	close(other);
	assert_null(stream_line(s, &len));
	assert_string_equal(stream_error(s), "timed out after 0.05 s");
	stream_free(s);
}

static void
test_input(void **state)
{
	struct stream *s;
	size_t len;
	int other;

	(void)state;
	s = new_stream(&other);
	stream_set_deadline(s, 10);
	assert_int_equal(stream_poke(s), 0);
	assert_false(stream_has_input(s));
	assert_int_equal(write(other, "220 go\r\n250 more", 16), 16);
	assert_string_equal(stream_line(s, &len), "220 go");
	assert_true(stream_has_input(s));
	close(other);
	assert_int_equal(stream_poke(s), -1);
	stream_free(s);
}

/*
 * A layer that takes no output until it has been read from: the other side
 * of two full pipes.
 */
struct stubborn {
	int fd;
	bool heard;
	size_t taken;
};

static ssize_t
stubborn_read(void *context, void *data, size_t len, const char **error)
{
	struct stubborn *b = context;

	(void)error;
	b->heard = true;
	return recv(b->fd, data, len, 0);
}

static ssize_t
stubborn_write(void *context, const void *data, size_t len,
    const char **error)
{
	struct stubborn *b = context;

	(void)data;
	*error = "too much";
	if (!b->heard)
		return STREAM_WANT_WRITE;
	if (b->taken + len > 1000)
		return STREAM_FAILED;
	b->taken += len;
	return (ssize_t)len;
}

static void
test_flush_listens(void **state)
{
	const struct stream_layer layer = { stubborn_read, stubborn_write };
	struct stubborn b = { 0 };
	struct stream *s;
	size_t len;
	int other;

	(void)state;
	s = new_stream(&other);
	b.fd = stream_fd(s);
	stream_set_layer(s, &layer, &b);
	stream_set_deadline(s, 10);
	assert_int_equal(write(other, "250 ok\r\n", 8), 8);
	buf_adds(stream_output(s), "MAIL FROM:<>\r\n");
	assert_int_equal(stream_flush(s), 0);
	assert_int_equal(b.taken, 14);
	assert_string_equal(stream_line(s, &len), "250 ok");
	/* And what the layer says is wrong is what is wrong. */
	buf_reserve(stream_output(s), 1000);
	buf_grew(stream_output(s), 1000);
	assert_int_equal(stream_flush(s), -1);
	assert_string_equal(stream_error(s), "too much");
	close(other);
	stream_free(s);
}

/* A layer that has always to read more before it has anything to give. */
static ssize_t
talkative_read(void *context, void *data, size_t len, const char **error)
{
	(void)context;
	(void)data;
	(void)len;
	(void)error;
	return STREAM_WANT_READ;
}

static void
test_nobody_holds_us(void **state)
{
	const struct stream_layer layer = { talkative_read, stubborn_write };
	struct stream *s;
	size_t len;
	int other;

	(void)state;
	s = new_stream(&other);
	stream_set_layer(s, &layer, NULL);
	stream_set_deadline(s, 0.05);
	assert_int_equal(write(other, "x", 1), 1);
	assert_false(stream_is_late(s));
	assert_null(stream_line(s, &len));
	assert_true(stream_is_late(s));
	assert_string_equal(stream_error(s), "timed out after 0.05 s");
	close(other);
	stream_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_flush_listens),
		cmocka_unit_test(test_nobody_holds_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
