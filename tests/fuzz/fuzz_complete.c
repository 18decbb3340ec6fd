#include <config.h>

#include <sys/mman.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/header.h"
#include "sendmail/complete.h"
#include "sendmail/input.h"
#include "sendmail/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
count_lines(const struct buf *header)
{
	size_t n = 0;

	for (const char *p = header->data; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* Whole fields only, each line ended by CRLF, and no blind recipients. */
static void
check(const struct buf *out)
{
	const char *p = out->data, *end = p + out->len, *next;
	unsigned from = 0, date = 0;
	struct field f;

	assert(strlen(p) == out->len);
	for (; (next = header_next(p, end, &f)) != NULL; p = next) {
		assert(header_line(p, (size_t)(strchr(p, '\r') - p)) ==
		    HEADER_FIELD);
		assert(memcmp(next - 2, "\r\n", 2) == 0);
		assert(!field_is(&f, "Bcc") && !field_is(&f, "Resent-Bcc"));
		assert(!field_is(&f, "Return-Path"));
		from += field_is(&f, "From");
		date += field_is(&f, "Date");
	}
	assert(from > 0 && date > 0);
	for (p = out->data; (p = strpbrk(p, "\r\n")) != NULL; p += 2)
		assert(p[0] == '\r' && p[1] == '\n');
	assert(strstr(out->data, "\r\n\r\n") == NULL);
}

/* A message as it comes in: nothing of its body gets into its header. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct origin o = { .id = "5F5E1000ABCDE", .host = "h",
		.domain = "d", .sender = "s@d", .full_name = "N" };
	struct buf text = { 0 }, header = { 0 }, out = { 0 };
	static int fd = -1;
	struct reader reader;
	struct canon canon;
	struct input in;

	if (fd == -1)
		fd = memfd_create("message", MFD_CLOEXEC);
	assert(ftruncate(fd, 0) == 0);
	assert(pwrite(fd, data, len, 0) == (ssize_t)len);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	reader_init(&reader, fd, &canon, len % 2 == 0);
	input_init(&in, reader_more, &reader, &text);
	assert(input_header(&in, &header) == 0);
	buf_remove(&header, '\0');
	complete_header(&header, &o, &out);
	check(&out);
	/* Received is two lines; at most three fields and two more are new. */
	assert(count_lines(&out) <= count_lines(&header) + 2 + 5);
	buf_free(&text);
	buf_free(&header);
	buf_free(&out);
	return 0;
}
