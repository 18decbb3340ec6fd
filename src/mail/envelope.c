#include <config.h>

#include "mail/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/crc32.h"
#include "base/xmalloc.h"
#include "mail/cursor.h"
#include "mail/dsn.h"

static const char version[] = "onehop 1\n";

static struct recipient *
add_recipient(struct envelope *e)
{
	size_t n = e->nrecipients;

	/* Room grows by doubling: whenever n is a power of two. */
	if ((n & (n - 1)) == 0)
		e->recipients = xreallocarray(e->recipients,
		    n == 0 ? 1 : 2 * n, sizeof(*e->recipients));
	e->recipients[e->nrecipients++] = (struct recipient){ 0 };
	return &e->recipients[n];
}

void
envelope_add_recipient(struct envelope *e, const char *address)
{
	struct recipient *r = add_recipient(e);

	r->state = RECIPIENT_DUE;
	r->told = TOLD_NOTHING;
	r->address = xstrdup(address);
	r->reason = xstrdup("");
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
	mark[1] = (char)r->told;
	memcpy(mark + 2, r->reason, len);
	memset(mark + 2 + len, ' ', ENVELOPE_REASON - len);
	for (char *c = mark; c < mark + ENVELOPE_MARK; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

static void
encode_from(const struct envelope *e, struct buf *out)
{
	buf_printf(out, "from <%s>", e->sender);
	if (e->ret != DSN_RET_NONE)
		buf_printf(out, " ret=%s", dsn_ret_name((enum dsn_ret)e->ret));
	if (e->envid != NULL)
		buf_printf(out, " envid=%s", e->envid);
	if (e->require_tls)
		buf_adds(out, " tls=required");
	buf_addc(out, '\n');
}

static void
encode_recipient(struct recipient *r, size_t start, struct buf *out)
{
	char mark[ENVELOPE_MARK];

	buf_adds(out, "to ");
	r->mark = (off_t)(out->len - start);
	envelope_mark(r, mark);
	buf_add(out, mark, sizeof(mark));
	buf_printf(out, " <%s>", r->address);
	if (r->notify != 0) {
		buf_adds(out, " notify=");
		dsn_print_notify(r->notify, out);
	}
	if (r->orcpt != NULL)
		buf_printf(out, " orcpt=%s", r->orcpt);
	buf_addc(out, '\n');
}

void
envelope_encode(struct envelope *e, struct buf *out)
{
	size_t start = out->len;
	char seal[ENVELOPE_SEAL];

	envelope_seal(e, seal);
	buf_add(out, seal, sizeof(seal));
	buf_printf(out, "uid %" PRIu64 "\n", (uint64_t)e->uid);
	encode_from(e, out);
	for (size_t i = 0; i < e->nrecipients; i++)
		encode_recipient(&e->recipients[i], start, out);
	buf_addc(out, '\n');
	e->length = (off_t)(out->len - start);
}

static int
decode_seal(struct envelope *e, struct cursor *c)
{
	uint64_t size, crc;
	struct cursor body;

	c->p += strlen(version);
	if (cursor_number(c, "size ", 10, INT64_MAX, &size) == -1 ||
	    cursor_line(c, "body ", &body) == -1)
		return -1;
	if (body.end - body.p != 4 || (memcmp(body.p, "7bit", 4) != 0 &&
	    memcmp(body.p, "8bit", 4) != 0)) {
		c->error = "body is neither 7bit nor 8bit";
		return -1;
	}
	if (cursor_number(c, "crc32 ", 16, UINT32_MAX, &crc) == -1)
		return -1;
	e->size = (off_t)size;
	e->eightbit = *body.p == '8';
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

static void
decode_asked(struct envelope *e, struct cursor *c)
{
	enum dsn_ret ret = DSN_RET_NONE;
	const char *value;
	size_t len;

	if (cursor_field(c, " ret=", &value, &len) &&
	    dsn_parse_ret(value, len, &ret) == -1)
		c->error = "ret is neither FULL nor HDRS";
	e->ret = ret;
	if (cursor_field(c, " envid=", &value, &len)) {
		if (dsn_check_envid(value, len) != NULL)
			c->error = "envid is malformed";
		e->envid = xstrndup(value, len);
	}
	e->require_tls = cursor_field(c, " tls=", &value, &len);
	if (e->require_tls && (len != strlen("required") ||
	    memcmp(value, "required", len) != 0))
		c->error = "tls is not required";
}

static int
decode_from(struct envelope *e, struct cursor *c)
{
	struct cursor rest;

	if (cursor_line(c, "from ", &rest) == -1)
		return -1;
	e->sender = cursor_address(&rest, true);
	if (e->sender != NULL)
		decode_asked(e, &rest);
	return cursor_end(c, &rest);
}

/* What was told of a recipient has happened. */
static bool
valid_mark(char state, char told)
{
	if (state != RECIPIENT_DUE && state != RECIPIENT_DELIVERED &&
	    state != RECIPIENT_FAILED)
		return false;
	return told == TOLD_NOTHING || told == TOLD_DELAYED ||
	    (told == TOLD_RELAYED && state == RECIPIENT_DELIVERED) ||
	    (told == TOLD_FAILED && state == RECIPIENT_FAILED);
}

/* Takes the mark, and leaves c where the address begins. */
static int
decode_mark(struct recipient *r, struct cursor *c)
{
	const char *mark = c->p;
	size_t reason = ENVELOPE_REASON;

	if (c->end - mark < ENVELOPE_MARK + 1 ||
	    !valid_mark(mark[0], mark[1]) || mark[ENVELOPE_MARK] != ' ' ||
	    !printable(mark, ENVELOPE_MARK)) {
		c->error = "a recipient's mark is malformed";
		return -1;
	}
	while (reason > 0 && mark[2 + reason - 1] == ' ')
		reason--;
	r->state = (enum recipient_state)mark[0];
	r->told = (enum recipient_told)mark[1];
	r->reason = xstrndup(mark + 2, reason);
	c->p += ENVELOPE_MARK + 1;
	return 0;
}

static void
decode_notification(struct recipient *r, struct cursor *c)
{
	const char *value;
	size_t len;

	if (cursor_field(c, " notify=", &value, &len) &&
	    dsn_parse_notify(value, len, &r->notify) == -1)
		c->error = "notify is malformed";
	if (cursor_field(c, " orcpt=", &value, &len)) {
		if (dsn_check_orcpt(value, len) != NULL)
			c->error = "orcpt is malformed";
		r->orcpt = xstrndup(value, len);
	}
}

static int
decode_recipient(struct envelope *e, struct cursor *c, const char *start)
{
	struct cursor rest;
	struct recipient *r;

	if (cursor_line(c, "to ", &rest) == -1)
		return -1;
	r = add_recipient(e);
	r->mark = rest.p - start;
	if (decode_mark(r, &rest) == 0 &&
	    (r->address = cursor_address(&rest, false)) != NULL)
		decode_notification(r, &rest);
	return cursor_end(c, &rest);
}

static int
decode_uid(struct cursor *c, uid_t *uid)
{
	uint64_t value;

	if (cursor_number(c, "uid ", 10, (uid_t)-1, &value) == -1)
		return -1;
	*uid = (uid_t)value;
	return 0;
}

int
envelope_uid(const char *text, size_t len, uid_t *uid)
{
	struct cursor c = { .p = text + ENVELOPE_SEAL, .end = text + len };

	return len < ENVELOPE_SEAL ? -1 : decode_uid(&c, uid);
}

static int
decode(struct envelope *e, struct cursor *c)
{
	const char *start = c->p;
	char seal[ENVELOPE_SEAL];

	if (decode_seal(e, c) == -1)
		return -1;
	envelope_seal(e, seal);
	if (c->p - start != ENVELOPE_SEAL ||
	    memcmp(start, seal, sizeof(seal)) != 0) {
		c->error = "the first lines do not have their fixed width";
		return -1;
	}
	if (decode_uid(c, &e->uid) == -1 || decode_from(e, c) == -1)
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
envelope_truncate(struct envelope *e, size_t n)
{
	while (e->nrecipients > n) {
		struct recipient *r = &e->recipients[--e->nrecipients];

		free(r->address);
		free(r->reason);
		free(r->orcpt);
	}
}

void
envelope_free(struct envelope *e)
{
	envelope_truncate(e, 0);
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
