#include <config.h>

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "sendmail/input.h"
#include "sendmail/reader.h"

/* What comes in; what header and body are; with dots and without. */
static const struct row {
	const char *in;
	size_t inlen;
	bool dots;
	const char *header;
	size_t headerlen;
	const char *body;
} rows[] = {
#define ROW(in, dots, header, body) \
	{ in, sizeof(in) - 1, dots, header, sizeof(header) - 1, body }
	ROW("", true, "", ""),
	ROW("\n", true, "", ""),
	ROW("A: b\n\nc\n", true, "A: b\r\n", "c\r\n"),
	ROW("A: b\r\n\r\nc\r\n", true, "A: b\r\n", "c\r\n"),
	ROW("A: b\r\n\nc\n", true, "A: b\r\n", "c\r\n"),
	ROW("A: b\n\r\nc", true, "A: b\r\n", "c\r\n"),
	ROW("A: b\r\r\nC: d\n\nc\rd\r", true, "A: b\r\nC: d\r\n",
	    "c d\r\n"),
	ROW("A: b\n c\n\td\nE:f\n\n\n g\n", true,
	    "A: b\r\n c\r\n\td\r\nE:f\r\n", "\r\n g\r\n"),
	ROW("A: b\n \n\nc\n", true, "A: b\r\n \r\n", "c\r\n"),
	ROW("A: b", true, "A: b\r\n", ""),
	ROW("A: b\n", true, "A: b\r\n", ""),
	/* The header ends where no field goes on. */
	ROW("A: b\nhello\n\nC: d\n", true, "A: b\r\n",
	    "hello\r\n\r\nC: d\r\n"),
	ROW("hello\nA: b\n", true, "", "hello\r\nA: b\r\n"),
	ROW("Dear all: hello\n", true, "", "Dear all: hello\r\n"),
	ROW("hello", true, "", "hello\r\n"),
	ROW(" A: b\nC: d\n", true, "", " A: b\r\nC: d\r\n"),
	ROW("\nA: b\n", true, "", "A: b\r\n"),
	ROW("A : b\n: c\n", true, "A : b\r\n", ": c\r\n"),
	/* A line of a mailbox, and only the first. */
	ROW("From a Fri\nA: b\n\nFrom c\n", true, "A: b\r\n",
	    "From c\r\n"),
	ROW(">From a Fri\nA: b\n\nc\n", true, "A: b\r\n", "c\r\n"),
	ROW("From a\n", true, "", ""),
	ROW("From a", true, "", ""),
	ROW("From a\nFrom b\nA: b\n", true, "", "From b\r\nA: b\r\n"),
	ROW("From a\n\nA: b\n", true, "", "A: b\r\n"),
	ROW("A: b\nFrom a\nC: d\n", true, "A: b\r\n",
	    "From a\r\nC: d\r\n"),
	ROW("From: a\n\nb\n", true, "From: a\r\n", "b\r\n"),
	ROW("from a\n\nb\n", true, "", "from a\r\n\r\nb\r\n"),
	/* Dots. */
	ROW("A: b\n\nc\n.\nd\n", true, "A: b\r\n", "c\r\n"),
	ROW("A: b\n\nc\r\n.\r\nd\r\n", true, "A: b\r\n", "c\r\n"),
	ROW("A: b\n\nc\n.\nd\n", false, "A: b\r\n", "c\r\n.\r\nd\r\n"),
	ROW("A: b\n.\nC: d\n", true, "A: b\r\n", ""),
	ROW("A: b\n.\nC: d\n", false, "A: b\r\n", ".\r\nC: d\r\n"),
	ROW(".\nA: b\n", true, "", ""),
	ROW("A: b\n\n..c\n...\n.d\n..", true, "A: b\r\n",
	    ".c\r\n..\r\n.d\r\n.\r\n"),
	ROW("A: b\n\n..c\n", false, "A: b\r\n", "..c\r\n"),
	ROW("A: b\n\nc\n.", true, "A: b\r\n", "c\r\n"),
	/* NULs stay in the header, to be refused there, and nowhere else. */
	ROW("A: b\0c\nD: \0\n\ne\0f\0\n", true,
	    "A: b\0c\r\nD: \0\r\n", "ef\r\n"),
	ROW("A: b\n\0\nc\n", true, "A: b\r\n", "\r\nc\r\n"),
	ROW("A: b\nC\0: d\n", true, "A: b\r\n", "C: d\r\n"),
	ROW("\0A: b\n", true, "", "A: b\r\n"),
	ROW("A: b\n\n.\0\nc\n", true, "A: b\r\n", ""),
	ROW("A: b\n\0.\nc\n", true, "A: b\r\n", ""),
#undef ROW
};

/* Each packet is what one read(2) gives: the input, cut in pieces. */
struct feed {
	int read;
	int write;
};

static void
feed_open(struct feed *f)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	f->read = pair[0];
	f->write = pair[1];
}

static void
feed_add(const struct feed *f, const char *data, size_t len)
{
	if (len > 0)
		assert_int_equal(send(f->write, data, len, 0), len);
}

/* Reads it all and compares it with what is wanted. */
static void
check(struct feed *f, const struct row *row, size_t cut)
{
	struct buf text = { 0 }, header = { 0 }, body = { 0 };
	struct reader reader;
	struct canon canon;
	struct input in;
	int more;

	close(f->write);
	reader_init(&reader, f->read, &canon, row->dots);
	input_init(&in, reader_more, &reader, &text);
	assert_int_equal(input_header(&in, &header), 0);
	buf_adds(&header, "");
	buf_adds(&body, "");
	do
		buf_add(&body, text.data, text.len);
	while ((more = input_body(&in)) == 1);
	assert_int_equal(more, 0);
	if (header.len != row->headerlen ||
	    memcmp(header.data, row->header, header.len) != 0 ||
	    strlen(body.data) != body.len ||
	    strcmp(body.data, row->body) != 0)
		fail_msg("\"%s\" cut at %zu: \"%s\", \"%s\"", row->in, cut,
		    header.data, body.data);
	/* Nothing comes after the end. */
	assert_int_equal(input_body(&in), 0);
	assert_int_equal(text.len, 0);
	close(f->read);
	buf_free(&text);
	buf_free(&header);
	buf_free(&body);
}

/* In one piece, in any two, and byte by byte. */
static void
test_pieces(void **state)
{
	struct feed f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		for (size_t cut = 0; cut < row->inlen; cut++) {
			feed_open(&f);
			feed_add(&f, row->in, cut);
			feed_add(&f, row->in + cut, row->inlen - cut);
			check(&f, row, cut);
		}
		feed_open(&f);
		for (size_t n = 0; n < row->inlen; n++)
			feed_add(&f, row->in + n, 1);
		check(&f, row, row->inlen);
	}
}

static int
memory_file(void)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	return fd;
}

/* Reads the header of len bytes of fields; the result and errno. */
static int
read_fields(size_t len)
{
	static const char field[] = "Bcc: a@example.org, b@example.org\n";
	struct buf text = { 0 }, header = { 0 };
	int fd = memory_file(), result, error;
	struct reader reader;
	struct canon canon;
	struct input in;

	for (size_t n = 0; n < len; n += sizeof(field) - 1)
		buf_adds(&text, field);
	assert_int_equal(write(fd, text.data, text.len), text.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	buf_clear(&text);
	reader_init(&reader, fd, &canon, true);
	input_init(&in, reader_more, &reader, &text);
	errno = 0;
	result = input_header(&in, &header);
	error = errno;
	assert_int_equal(header.len > len, result == 0);
	close(fd);
	buf_free(&text);
	buf_free(&header);
	errno = error;
	return result;
}

static void
test_limit(void **state)
{
	(void)state;
	assert_int_equal(read_fields(1000000), 0);
	assert_int_equal(read_fields(HEADER_MAX - 1024 * 1024), 0);
	assert_int_equal(read_fields(HEADER_MAX + 1024 * 1024), -1);
	assert_int_equal(errno, EFBIG);
}

/* It begins where the file is, and says what is wrong with it. */
static void
test_files(void **state)
{
	struct buf text = { 0 }, header = { 0 };
	int fd = memory_file();
	struct reader reader;
	struct canon canon;
	struct input in;

	(void)state;
	assert_int_equal(write(fd, "X: y\nA: b\n", 10), 10);
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	reader_init(&reader, fd, &canon, true);
	input_init(&in, reader_more, &reader, &text);
	assert_int_equal(input_header(&in, &header), 0);
	assert_string_equal(header.data, "A: b\r\n");
	close(fd);
	buf_clear(&text);
	reader_init(&reader, fd, &canon, true);
	input_init(&in, reader_more, &reader, &text);
	assert_int_equal(input_header(&in, &header), -1);
	assert_int_equal(errno, EBADF);
	buf_free(&text);
	buf_free(&header);
}

/* The writer is heard out after a lone dot, and where reading stopped. */
static void
test_drain(void **state)
{
	struct buf text = { 0 }, header = { 0 };
	struct reader reader;
	struct canon canon;
	struct feed f;
	struct input in;
	char byte;

	(void)state;
	for (int dots = 0; dots < 2; dots++) {
		feed_open(&f);
		feed_add(&f, "A: b\n\n.\n", 8);
		feed_add(&f, "x\n", 2);
		close(f.write);
		buf_clear(&text);
		reader_init(&reader, f.read, &canon, dots);
		input_init(&in, reader_more, &reader, &text);
		assert_int_equal(input_header(&in, &header), 0);
		reader_drain(&reader);
		assert_int_equal(read(f.read, &byte, 1), 0);
		close(f.read);
	}
	buf_free(&text);
	buf_free(&header);
}

/* A header of one line that comes byte by byte: left so many. */
static int
one_byte(void *arg, struct buf *text)
{
	size_t *left = arg;

	if (*left == 0)
		return 0;
	if (--*left == 0)
		buf_adds(text, "\r\n");
	else
		buf_addc(text, *left == 1 ? ' ' : 'a');
	return 1;
}

/* The processor time that such a header takes. */
static double
time_of_header(size_t len)
{
	struct buf text = { 0 }, header = { 0 };
	size_t left = len;
	struct input in;
	clock_t start;

	buf_adds(&text, "");
	input_init(&in, one_byte, &left, &text);
	buf_adds(&text, "A:");
	start = clock();
	assert_int_equal(input_header(&in, &header), 0);
	assert_int_equal(header.len, len + 3);
	buf_free(&text);
	buf_free(&header);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Eight times as much takes 64 times as long if each byte is searched anew. */
static void
test_single_bytes(void **state)
{
	enum { SMALL = 64 * 1024 };

	(void)state;
	assert_true(time_of_header(8 * SMALL) <
	    24 * (time_of_header(SMALL) + 0.001));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_single_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
