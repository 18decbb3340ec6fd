#include <config.h>

#include "smtp/oauth.h"

#include <stdbool.h>

#include "base/buf.h"
#include "smtp/exchange.h"
#include "smtp/gs2.h"

/* RFC 6750, 2.1: visible ASCII.  More could be read as a further field. */
static bool
is_token(const char *text)
{
	for (; *text > ' ' && *text < 0x7f; text++)
		;
	return *text == '\0';
}

/*
 * The first challenge must be empty.  One after our response is an error in
 * JSON, which is noted; how it is answered is in dummy.
 */
static int
respond(struct exchange *e, const struct buf *challenge, const char *dummy,
    struct buf *response)
{
	if (e->step == 0 && challenge->len > 0)
		return exchange_fail(e, "a challenge before the token");
	if (e->step == 0 && !is_token(e->secret))
		return exchange_fail(e,
		    "the token has more than visible ASCII in it");
	if (e->step > 1)
		return exchange_fail(e, "a challenge after its error");
	if (e->step == 1) {
		if (challenge->len > 0)
			exchange_refused(e, challenge->data, challenge->len);
		buf_adds(response, dummy);
	}
	return 0;
}

/* RFC 7628, sections 3.1 and 3.2.3. */
int
oauth_bearer(struct exchange *e, const struct buf *challenge,
    struct buf *response)
{
	if (respond(e, challenge, "\1", response) == -1)
		return -1;
	if (e->step > 0)
		return 0;
	gs2_header(e, e->user, response);
	buf_printf(response, "\1host=%s\1port=%s\1auth=Bearer ", e->host,
	    e->port);
	buf_adds(response, e->secret);
	buf_adds(response, "\1\1");
	return 0;
}

int
oauth_xoauth2(struct exchange *e, const struct buf *challenge,
    struct buf *response)
{
	if (respond(e, challenge, "", response) == -1)
		return -1;
	if (e->step > 0)
		return 0;
	buf_printf(response, "user=%s\1auth=Bearer ", e->user);
	buf_adds(response, e->secret);
	buf_adds(response, "\1\1");
	return 0;
}
