#include <config.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/notification.h"
#include "mail/wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Known to the input, so that it may try. */
#define BOUNDARY "--onehop=_0000000000000007"

/* The input after its first byte: strings that end in NULs, and a header. */
enum { REASON, ADDRESS, ORCPT, ENVID, TO, RELAY, STRINGS };

static const char *const message_fields[] = {
	"Date", "From", "To", "Subject", "Message-ID", "In-Reply-To",
	"References", "Auto-Submitted", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", NULL,
};
static const char *const part_fields[] = {
	"Content-Type", "Content-Transfer-Encoding", NULL,
};
static const char *const status_fields[] = {
	"Original-Envelope-Id", "Reporting-MTA", "X-Onehop-Queue-ID",
	"X-Onehop-Sender", "Arrival-Date", NULL,
};
static const char *const recipient_fields[] = {
	"Original-Recipient", "Final-Recipient", "Action", "Status",
	"Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date",
	"Will-Retry-Until", NULL,
};

static char *
take(const char **p, const char *end)
{
	const char *nul = memchr(*p, '\0', (size_t)(end - *p));
	char *s = xstrndup(*p, (size_t)((nul != NULL ? nul : end) - *p));

	*p = nul != NULL ? nul + 1 : end;
	return s;
}

/*
 * Lines end in CRLF, are not too long, and are not blank but for a CRLF; three
 * begin as a delimiter does.
 */
static void
check_lines(const struct buf *out)
{
	const char *p = out->data, *cr;
	unsigned delimiters = 0;

	assert(strlen(p) == out->len);
	for (; (cr = strpbrk(p, "\r\n")) != NULL; p = cr + 2) {
		assert(cr[0] == '\r' && cr[1] == '\n');
		assert(cr - p <= LINE_MAX_BYTES);
		assert(cr == p || strspn(p, " \t") < (size_t)(cr - p));
		if (strncmp(p, BOUNDARY, strlen(BOUNDARY)) == 0)
			delimiters++;
	}
	assert(*p == '\0' && delimiters == 3);
}

static void
check_characters(const struct buf *out)
{
	size_t n;

	for (size_t i = 0; i < out->len; i += n) {
		unsigned char c = (unsigned char)out->data[i];

		n = utf8_length(out->data + i, out->len - i);
		assert(n > 0 && c != 0x7f);
		assert(c >= ' ' || c == '\r' || c == '\n');
	}
}

static size_t
place(const struct field *f, const char *const *names)
{
	size_t i = 0;

	while (!field_is(f, names[i]))
		assert(names[++i] != NULL);
	return i;
}

/* Fields of these names alone, each at most once; returns their end. */
static const char *
check_fields(const char *p, const char *const *names)
{
	const char *end = strstr(p, "\r\n\r\n") + 2;
	unsigned seen = 0;
	struct field f;

	assert(header_line(p, 1) != HEADER_FOLDED);
	while ((p = header_next(p, end, &f)) != NULL) {
		unsigned bit = 1U << place(&f, names);

		assert((seen & bit) == 0 && !field_is_blank(&f));
		assert(f.name[f.namelen] == ':');
		seen |= bit;
	}
	return end + 2;
}

static const char *
check_part(const char *p, const char **next)
{
	const char *start = strstr(p, "\r\n" BOUNDARY "\r\n");

	assert(start != NULL);
	start += strlen("\r\n" BOUNDARY "\r\n");
	p = check_fields(start, part_fields);
	*next = strstr(p, "\r\n" BOUNDARY);
	return p;
}

static void
check(const struct buf *out, size_t recipients)
{
	const char *p = check_fields(out->data, message_fields), *end;

	/* An empty line, then what is asked for by the last part. */
	p = check_part(p - 2, &end);
	p = check_part(end, &end);
	p = check_fields(p, status_fields);
	for (size_t i = 0; i < recipients; i++)
		p = check_fields(p, recipient_fields);
	assert(p == end + 2);
	p = check_part(end, &end);
	assert(*p == '\0' && end == NULL);
}

static void
compose(const struct notification *n, const char *header, size_t len)
{
	struct buf out = { 0 };

	notification_begin(n, header, len, &out);
	check_lines(&out);
	check_characters(&out);
	check(&out, n->nrecipients);
	buf_clear(&out);
	notification_end(n, &out);
	assert(strcmp(out.data, "\r\n" BOUNDARY "--\r\n") == 0);
	buf_free(&out);
}

/* Whatever comes from outside stays in its place; all else is as it was. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data + 1, *end = p + len - 1;
	char *s[STRINGS];

	if (len < 1)
		return 0;
	for (int i = 0; i < STRINGS; i++)
		s[i] = take(&p, end);
	/* No relay of the configuration has a blank. */
	s[RELAY][strcspn(s[RELAY], " ")] = '\0';
	const struct recipient r = {
		.address = s[ADDRESS],
		.reason = s[REASON],
		.orcpt = *s[ORCPT] != '\0' ? s[ORCPT] : NULL,
	};
	const struct recipient *const all[] = { &r, &r };
	const struct envelope e = {
		.sender = s[TO],
		.envid = *s[ENVID] != '\0' ? s[ENVID] : NULL,
		.eightbit = (data[0] & 4) != 0,
	};
	const struct notification n = {
		.kind = (enum notification_kind)(data[0] % 3),
		.about = &e,
		.recipients = all,
		.nrecipients = 1 + (data[0] >> 6 & 1),
		.id = "5F0000000000A",
		.own_id = "5F0000000000A.F",
		.random = 7,
		.host = "host.example.org",
		.domain = "example.org",
		.relay = *s[RELAY] != '\0' ? s[RELAY] : NULL,
		/* An address, by contract: more than blanks. */
		.to = s[TO][strspn(s[TO], " ")] != '\0' ? s[TO] : "a@b",
		.attempt = data[0] & 8,
		.until = data[0] & 16,
		.whole = (data[0] & 32) != 0,
		.kept = data[0] & 64,
	};

	compose(&n, p, (size_t)(end - p));
	for (int i = 0; i < STRINGS; i++)
		free(s[i]);
	return 0;
}
