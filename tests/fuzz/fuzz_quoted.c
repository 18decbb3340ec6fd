#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/quoted.h"
#include "mail/wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
encode(const struct buf *in, size_t piece, struct buf *out)
{
	struct quoted q = { .column = 0 };
	size_t len;

	for (size_t at = 0; at < in->len; at += len) {
		len = in->len - at < piece ? in->len - at : piece;
		quoted_add(&q, in->data + at, len, out);
	}
	quoted_finish(&q, out);
	buf_adds(out, "");
}

static void
wrap(const struct buf *in, size_t piece, struct buf *out)
{
	struct buf line = { 0 };
	struct wrap w = { .style = WRAP_QUOTED, .line = &line };
	size_t len;

	for (size_t at = 0; at < in->len; at += len) {
		len = in->len - at < piece ? in->len - at : piece;
		wrap_add(&w, in->data + at, len, out);
	}
	assert(line.len == 0);
	buf_adds(out, "");
	buf_free(&line);
}

/* Strict: what quoted_add writes has nothing that is malformed. */
static void
decode(const char *p, struct buf *out)
{
	char hex[3] = "";

	for (; *p != '\0'; p++) {
		if (*p != '=') {
			buf_addc(out, *p);
			continue;
		}
		memcpy(hex, p + 1, 2);
		p += 2;
		if (strcmp(hex, "\r\n") != 0)
			buf_addc(out, (char)strtoul(hex, NULL, 16));
	}
	buf_adds(out, "");
}

static size_t
longest_line(const char *p)
{
	size_t max = 0;

	for (const char *lf; (lf = strchr(p, '\n')) != NULL; p = lf + 1)
		if ((size_t)(lf - p) > max)
			max = (size_t)(lf - p);
	/* The CR was counted too. */
	return strlen(p) >= max ? strlen(p) : max - 1;
}

static void
check_text(const char *p)
{
	for (; *p != '\0'; p++) {
		assert((*p >= ' ' && *p <= '~') || strchr("\t\r\n", *p));
		assert((p[0] != ' ' && p[0] != '\t') || p[1] != '\r');
		assert(p[0] != '\n' || strncmp(p + 1, "From ", 5) != 0);
		assert(p[0] != '\n' || strncmp(p + 1, ".\r", 2) != 0);
		assert(p[0] != '=' || p[1] == '\r' ||
		    strspn(p + 1, "0123456789ABCDEF") >= 2);
	}
}

/* Quoted-printable with long lines, by leaving out its soft line breaks. */
static void
check_wrap(const struct buf *decoded, const struct buf *encoded, size_t piece)
{
	struct buf joined = { 0 }, whole = { 0 }, pieces = { 0 };
	struct buf text = { 0 };

	for (const char *p = encoded->data; *p != '\0'; p++)
		if (strncmp(p, "=\r\n", 3) == 0)
			p += 2;
		else
			buf_addc(&joined, *p);
	wrap(&joined, joined.len, &whole);
	wrap(&joined, piece, &pieces);
	assert(strcmp(whole.data, pieces.data) == 0);
	assert(longest_line(whole.data) <= LINE_MAX_BYTES);
	decode(whole.data, &text);
	assert(strcmp(text.data, decoded->data) == 0);
	buf_free(&joined);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&text);
}

/* A short line, and whatever the input is cut into, decodes to the input. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf in = { 0 }, whole = { 0 }, pieces = { 0 }, text = { 0 };
	struct canon c;

	if (len < 1)
		return 0;
	canon_init(&c, false);
	canon_add(&c, (const char *)data + 1, len - 1, &in);
	canon_finish(&c, &in);
	buf_remove(&in, '\0');
	buf_adds(&in, "");
	encode(&in, in.len + 1, &whole);
	encode(&in, data[0] + 1U, &pieces);
	assert(strcmp(whole.data, pieces.data) == 0);
	assert(longest_line(whole.data) <= 76);
	check_text(whole.data);
	decode(whole.data, &text);
	assert(strcmp(text.data, in.data) == 0);
	check_wrap(&in, &whole, data[0] + 1U);
	buf_free(&in);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&text);
	return 0;
}
