#include <config.h>

#include "mail/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crc32.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "mail/address.h"

static const char version[] = "onehop 1\n";

/* What is left to decode, and what was found wrong. */
struct cursor {
	const char *p;
	const char *end;
	const char *error;
};

void
envelope_add_recipient(struct envelope *e, const char *address)
{
	size_t n = e->nrecipients;

	/* Room grows by doubling: whenever n is a power of two. */
	if ((n & (n - 1)) == 0)
		e->recipients = xreallocarray(e->recipients,
		    n == 0 ? 1 : 2 * n, sizeof(*e->recipients));
	e->recipients[e->nrecipients++] = (struct recipient){
		.state = RECIPIENT_DUE,
		.address = xstrdup(address),
		.reason = xstrdup(""),
	};
}

void
envelope_seal(const struct envelope *e, char first[ENVELOPE_SEAL])
{
	char text[ENVELOPE_SEAL + 1];

	snprintf(text, sizeof(text),
	    "%ssize %019" PRIu64 "\nbody %s\ncrc32 %08" PRIX32 "\n", version,
	    (uint64_t)e->size, e->eightbit ? "8bit" : "7bit", e->crc);
	memcpy(first, text, ENVELOPE_SEAL);
}

void
envelope_mark(const struct recipient *r, char mark[ENVELOPE_MARK])
{
	size_t len = strlen(r->reason);

	if (len > ENVELOPE_REASON)
		len = ENVELOPE_REASON;
	mark[0] = (char)r->state;
	mark[1] = ' ';
	memcpy(mark + 2, r->reason, len);
	memset(mark + 2 + len, ' ', ENVELOPE_REASON - len);
	for (char *c = mark; c < mark + ENVELOPE_MARK; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

void
envelope_encode(struct envelope *e, struct buf *out)
{
	size_t start = out->len;
	char seal[ENVELOPE_SEAL], mark[ENVELOPE_MARK];

	envelope_seal(e, seal);
	buf_add(out, seal, sizeof(seal));
	buf_printf(out, "uid %" PRIu64 "\nfrom <%s>\n", (uint64_t)e->uid,
	    e->sender);
	for (size_t i = 0; i < e->nrecipients; i++) {
		struct recipient *r = &e->recipients[i];

		buf_adds(out, "to ");
		r->mark = (off_t)(out->len - start);
		envelope_mark(r, mark);
		buf_add(out, mark, sizeof(mark));
		buf_printf(out, " <%s>\n", r->address);
	}
	buf_addc(out, '\n');
	e->length = (off_t)(out->len - start);
}

/*
 * Takes the next line, which must begin with keyword.  Sets *value and *len
 * to the rest of it without its line end.
 */
static int
line(struct cursor *c, const char *keyword, const char **value, size_t *len)
{
	size_t klen = strlen(keyword);
	const char *nl = memchr(c->p, '\n', (size_t)(c->end - c->p));

	if (nl == NULL || (size_t)(nl - c->p) < klen ||
	    memcmp(c->p, keyword, klen) != 0) {
		c->error = "a field is missing or out of place";
		return -1;
	}
	*value = c->p + klen;
	*len = (size_t)(nl - *value);
	c->p = nl + 1;
	return 0;
}

static int
number(struct cursor *c, const char *keyword, unsigned base, uint64_t max,
    uint64_t *value)
{
	const char *text;
	size_t len;

	if (line(c, keyword, &text, &len) == -1)
		return -1;
	if (number_parse(text, len, base, max, value) == -1) {
		c->error = "a number is malformed";
		return -1;
	}
	return 0;
}

/* Takes "<address>"; the null sender is for from only. */
static char *
address(struct cursor *c, const char *text, size_t len, bool may_be_empty)
{
	if (len < 2 || text[0] != '<' || text[len - 1] != '>') {
		c->error = "an address is not in angle brackets";
		return NULL;
	}
	text++;
	len -= 2;
	if (len > 0 || !may_be_empty) {
		c->error = address_check(text, len);
		if (c->error != NULL)
			return NULL;
	}
	return xstrndup(text, len);
}

static int
decode_seal(struct envelope *e, struct cursor *c)
{
	uint64_t size, crc;
	const char *body;
	size_t len;

	c->p += strlen(version);
	if (number(c, "size ", 10, INT64_MAX, &size) == -1 ||
	    line(c, "body ", &body, &len) == -1)
		return -1;
	if (len != 4 || (memcmp(body, "7bit", 4) != 0 &&
	    memcmp(body, "8bit", 4) != 0)) {
		c->error = "body is neither 7bit nor 8bit";
		return -1;
	}
	if (number(c, "crc32 ", 16, UINT32_MAX, &crc) == -1)
		return -1;
	e->size = (off_t)size;
	e->eightbit = body[0] == '8';
	e->crc = (uint32_t)crc;
	return 0;
}

static bool
printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

static int
decode_recipient(struct envelope *e, struct cursor *c, const char *start)
{
	struct recipient *r;
	const char *mark;
	char *addr;
	size_t len, reason = ENVELOPE_REASON;

	if (line(c, "to ", &mark, &len) == -1)
		return -1;
	if (len < ENVELOPE_MARK + 1 || mark[1] != ' ' ||
	    mark[ENVELOPE_MARK] != ' ' || !printable(mark, ENVELOPE_MARK) ||
	    (mark[0] != RECIPIENT_DUE && mark[0] != RECIPIENT_DELIVERED &&
	    mark[0] != RECIPIENT_FAILED)) {
		c->error = "a recipient's mark is malformed";
		return -1;
	}
	addr = address(c, mark + ENVELOPE_MARK + 1, len - ENVELOPE_MARK - 1,
	    false);
	if (addr == NULL)
		return -1;
	while (reason > 0 && mark[2 + reason - 1] == ' ')
		reason--;
	envelope_add_recipient(e, addr);
	free(addr);
	r = &e->recipients[e->nrecipients - 1];
	r->state = (enum recipient_state)mark[0];
	r->mark = mark - start;
	free(r->reason);
	r->reason = xstrndup(mark + 2, reason);
	return 0;
}

static int
decode(struct envelope *e, struct cursor *c)
{
	const char *start = c->p, *from;
	char seal[ENVELOPE_SEAL];
	uint64_t uid;
	size_t len;

	if (decode_seal(e, c) == -1)
		return -1;
	envelope_seal(e, seal);
	if (c->p - start != ENVELOPE_SEAL ||
	    memcmp(start, seal, sizeof(seal)) != 0) {
		c->error = "the first lines do not have their fixed width";
		return -1;
	}
	if (number(c, "uid ", 10, (uid_t)-1, &uid) == -1 ||
	    line(c, "from ", &from, &len) == -1)
		return -1;
	e->uid = (uid_t)uid;
	e->sender = address(c, from, len, true);
	if (e->sender == NULL)
		return -1;
	while (c->p < c->end)
		if (decode_recipient(e, c, start) == -1)
			return -1;
	if (e->nrecipients == 0) {
		c->error = "there is no recipient";
		return -1;
	}
	e->length = c->end + 1 - start;
	return 0;
}

int
envelope_decode(struct envelope *e, const char *text, size_t len,
    const char **error)
{
	size_t vlen = strlen(version);
	struct cursor c = { .p = text };
	const char *empty;

	*e = (struct envelope){ 0 };
	if (memcmp(text, version, len < vlen ? len : vlen) != 0) {
		*error = "it does not begin as a spool file";
		return -1;
	}
	empty = memmem(text, len, "\n\n", 2);
	if (empty == NULL)
		return 1;
	c.end = empty + 1;
	if (decode(e, &c) == 0)
		return 0;
	*error = c.error;
	envelope_free(e);
	return -1;
}

void
envelope_free(struct envelope *e)
{
	for (size_t i = 0; i < e->nrecipients; i++) {
		free(e->recipients[i].address);
		free(e->recipients[i].reason);
		free(e->recipients[i].orcpt);
	}
	free(e->recipients);
	free(e->envid);
	free(e->sender);
	*e = (struct envelope){ 0 };
}

uint32_t
envelope_crc(const struct envelope *e, const char *text)
{
	off_t at = ENVELOPE_SEAL;
	uint32_t crc = 0;

	for (size_t i = 0; i < e->nrecipients; i++) {
		off_t mark = e->recipients[i].mark;

		crc = crc32_add(crc, text + at, (size_t)(mark - at));
		at = mark + ENVELOPE_MARK;
	}
	return crc32_add(crc, text + at, (size_t)(e->length - at));
}

const char *
envelope_reason_text(const struct recipient *r)
{
	const char *blank = strchr(r->reason, ' ');

	return blank != NULL ? blank + 1 : r->reason;
}

size_t
envelope_count(const struct envelope *e, enum recipient_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipients[i].state == state)
			n++;
	return n;
}
