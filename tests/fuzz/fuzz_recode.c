#include <config.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/canon.h"
#include "mail/recode.h"
#include "mail/wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Long lines from short inputs: a 1 repeats the byte before it. */
static void
expand(const uint8_t *data, size_t len, struct buf *out)
{
	struct buf text = { 0 };
	struct canon c;

	for (size_t i = 0; i < len; i++)
		if (data[i] == 1 && i > 0 && text.len < 65536)
			for (size_t n = 0; n < LINE_MAX_BYTES; n++)
				buf_addc(&text, (char)data[i - 1]);
		else
			buf_addc(&text, (char)data[i]);
	canon_init(&c, false);
	canon_add(&c, text.data, text.len, out);
	canon_finish(&c, out);
	buf_remove(out, '\0');
	buf_adds(out, "");
	buf_free(&text);
}

static void
recode(enum recode_need need, const struct buf *in, size_t piece,
    struct buf *out)
{
	struct recode *r = recode_new(need, "utf-8");
	size_t len;

	for (size_t at = 0; at < in->len; at += len) {
		len = in->len - at < piece ? in->len - at : piece;
		recode_add(r, in->data + at, len, out);
	}
	recode_finish(r, out);
	recode_free(r);
	buf_adds(out, "");
}

static bool
has_seal(const char *text)
{
	static const char *const words[] = {
		"signed", "encrypted", "pkcs7-", "DKIM-Signature", "ARC-Seal",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	return false;
}

static void
check_lines(const struct buf *text, size_t max)
{
	const char *p = text->data, *cr;

	for (; (cr = strpbrk(p, "\r\n")) != NULL; p = cr + 2) {
		assert(cr[0] == '\r' && cr[1] == '\n');
		assert((size_t)(cr - p) <= max);
	}
	assert(*p == '\0' && strlen(text->data) == text->len);
}

/*
 * The output is lines that end in CRLF, none too long, and the same however
 * the input, after two bytes of choices, is cut.  What has been recoded needs
 * that no more: its parts are those that were there before.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf in = { 0 }, whole = { 0 }, pieces = { 0 }, again = { 0 };
	enum recode_need need;

	if (len < 2)
		return 0;
	need = (enum recode_need)(data[0] % 3);
	expand(data + 2, len - 2, &in);
	recode(need, &in, in.len + 1, &whole);
	recode(need, &in, data[1] + 1U, &pieces);
	assert(strcmp(whole.data, pieces.data) == 0);
	check_lines(&whole, need == RECODE_LINES && !has_seal(in.data) ?
	    LINE_MAX_BYTES : whole.len);
	if (need == RECODE_NOTHING)
		assert(strcmp(whole.data, in.data) == 0);
	if (need == RECODE_LINES) {
		recode(need, &whole, whole.len, &again);
		assert(strcmp(whole.data, again.data) == 0);
	}
	buf_free(&in);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&again);
	return 0;
}
