#include <config.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/base64.h"
#include "smtp/exchange.h"
#include "smtp/sasl.h"
#include "spool/config.h"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* Counts this high are for the machine to work on, not for the parser. */
static int
is_slow(const char *text)
{
	const char *i = strstr(text, "i=");

	return i != NULL && strspn(i + 2, "0123456789") > 4;
}

/* Challenges to a mechanism, in base 64 for the line that they make. */
static void
exchange(uint64_t mechanism, char *rest)
{
	struct exchange e = { .user = "tim", .secret = "secret",
	    .host = "localhost", .port = "587", .nonce = "nonce",
	    .binding = strchr(rest, '+') ? "tls-exporter" : NULL,
	    .binding_data = "x", .binding_len = 1 };
	struct buf line = { 0 }, out = { 0 }, bytes = { 0 };
	char *word;

	while ((word = strsep(&rest, "\n")) != NULL && !is_slow(word)) {
		buf_clear(&line);
		base64_encode(word, strlen(word), &line);
		buf_adds(&line, "");
		if (sasl_respond(mechanism, &e, word[0] == '!' ? word + 1 :
		    line.data, &out) == 0)
			assert(base64_decode(out.data, out.len, &bytes) == 0);
		else
			assert(e.error != NULL && out.len == 0);
		buf_clear(&out);
	}
	assert(e.step <= 3);
	/* Nobody proves a password without having it. */
	assert(e.unproved == (e.first != NULL));
	exchange_end(&e);
	buf_free(&line);
	buf_free(&bytes);
	buf_free(&out);
}

/* A mechanism and challenges to it, or a text in base 64. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	char *rest = text, *word = strsep(&rest, "\n");
	uint64_t mechanism = sasl_mechanism(word, strlen(word));
	struct buf out = { 0 }, bytes = { 0 };

	assert(sasl_strongest(mechanism) == mechanism);
	if (mechanism != 0 && rest != NULL)
		exchange(mechanism, rest);
	if (base64_decode((const char *)data, len, &bytes) == 0 && len > 0) {
		base64_encode(bytes.data, bytes.len, &out);
		assert(out.len == len && memcmp(out.data, data, len) == 0);
	}
	buf_free(&bytes);
	buf_free(&out);
	free(text);
	return 0;
}
