#include <config.h>

#include "sendmail/transfer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mail/canon.h"
#include "mail/dotted.h"
#include "sendmail/client.h"

struct transfer {
	struct client *client;
	struct canon canon;
	bool cut;
	bool by_data;
	struct dotted dotted;	/* with DATA: the text, */
	struct buf raw;		/* and a piece of it without its dots */
	bool (*next)(void *);	/* with BDAT */
	void *arg;
	uint64_t left;		/* of this chunk */
	bool last;
};

static struct transfer *
new(struct client *client)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->client = client;
	canon_init(&t->canon, false);
	return t;
}

struct transfer *
transfer_data(struct client *client)
{
	struct transfer *t = new(client);

	t->by_data = true;
	dotted_init(&t->dotted, client_uses_lf(client));
	return t;
}

struct transfer *
transfer_chunks(struct client *client, bool (*next)(void *), void *arg)
{
	struct transfer *t = new(client);

	t->next = next;
	t->arg = arg;
	return t;
}

void
transfer_chunk(struct transfer *t, uint64_t size, bool last)
{
	t->left = size;
	t->last = last;
}

void
transfer_free(struct transfer *t)
{
	buf_free(&t->raw);
	free(t);
}

bool
transfer_is_cut(const struct transfer *t)
{
	return t->cut;
}

bool
transfer_has_bare_lf(const struct transfer *t)
{
	return t->canon.bare_lf && client_is_network(t->client);
}

/* The next bytes from the client; 0 when it leaves before the end. */
static size_t
get_bytes(struct transfer *t, const char **bytes)
{
	size_t n = client_bytes(t->client, bytes);

	t->cut = n == 0;
	return n;
}

/* There is no more, and the message has no end; errno 0 would be one. */
static int
fail(int error)
{
	errno = error;
	return -1;
}

/* Reads a piece of the text after DATA.  0, or -1 when the client is gone. */
static int
read_data(struct transfer *t)
{
	const char *bytes;
	size_t n = get_bytes(t, &bytes);

	if (n == 0)
		return -1;
	buf_clear(&t->raw);
	n = dotted_add(&t->dotted, bytes, n, &t->raw);
	client_take(t->client, n);
	return 0;
}

static int
more_data(struct transfer *t, struct buf *text)
{
	if (read_data(t) == -1)
		return fail(ECANCELED);
	canon_add(&t->canon, t->raw.data, t->raw.len, text);
	return 1;
}

static int
more_chunk(struct transfer *t, struct buf *text)
{
	const char *bytes;
	size_t n = get_bytes(t, &bytes);

	if (n == 0)
		return fail(ECANCELED);
	if (n > t->left)
		n = (size_t)t->left;
	canon_add(&t->canon, bytes, n, text);
	client_take(t->client, n);
	t->left -= n;
	return 1;
}

/* The last line may still lack its end; after that there is nothing. */
static int
finish(struct transfer *t, struct buf *text)
{
	size_t len = text->len;

	if (transfer_has_bare_lf(t))
		return fail(EBADMSG);
	canon_finish(&t->canon, text);
	return text->len > len;
}

int
transfer_more(void *arg, struct buf *text)
{
	struct transfer *t = arg;

	if (t->cut)
		return fail(ECANCELED);
	if (t->by_data)
		return t->dotted.ended ? finish(t, text) :
		    more_data(t, text);
	while (t->left == 0 && !t->last) {
		t->cut = !t->next(t->arg);
		if (t->cut)
			return fail(ECANCELED);
	}
	return t->left == 0 ? finish(t, text) : more_chunk(t, text);
}

void
transfer_skip(struct transfer *t)
{
	if (t->by_data)
		while (!t->cut && !t->dotted.ended)
			read_data(t);
	else
		client_skip(t->client, t->left);
}
