#include <config.h>

#include "smtp/sasl.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "smtp/base64.h"
#include "smtp/digest.h"
#include "smtp/exchange.h"
#include "smtp/oauth.h"
#include "smtp/scram.h"
#include "spool/config.h"

/* RFC 4616: an empty authorization identity, the user, the password. */
static int
plain(struct exchange *e, const struct buf *challenge, struct buf *response)
{
	if (e->step > 0 || challenge->len > 0)
		return exchange_fail(e, "a challenge, which PLAIN has not");
	buf_addc(response, '\0');
	buf_adds(response, e->user);
	buf_addc(response, '\0');
	buf_adds(response, e->secret);
	return 0;
}

/*
 * draft-murchison-sasl-login: the user, then the password.  The challenges
 * are prompts, worded and even encoded in many ways, so only their number
 * counts.
 */
static int
login(struct exchange *e, const struct buf *challenge, struct buf *response)
{
	(void)challenge;
	if (e->step > 1)
		return exchange_fail(e, "more questions than LOGIN has");
	buf_adds(response, e->step == 0 ? e->user : e->secret);
	return 0;
}

/* RFC 2195: the user and the keyed digest of the challenge. */
static int
cram_md5(struct exchange *e, const struct buf *challenge,
    struct buf *response)
{
	unsigned char digest[DIGEST_MAX];

	if (e->step > 0 || challenge->len == 0)
		return exchange_fail(e, "not the one challenge of CRAM-MD5");
	if (digest_hmac(DIGEST_MD5, e->secret, strlen(e->secret),
	    challenge->data, challenge->len, digest) == -1)
		return exchange_fail(e, "OpenSSL does not have MD5 here");
	buf_printf(response, "%s ", e->user);
	for (size_t i = 0; i < digest_size(DIGEST_MD5); i++)
		buf_printf(response, "%02x", digest[i]);
	explicit_bzero(digest, sizeof(digest));
	return 0;
}

/* RFC 4422, appendix A: whom to act for; TLS has shown who we are. */
static int
external(struct exchange *e, const struct buf *challenge,
    struct buf *response)
{
	if (e->step > 0 || challenge->len > 0)
		return exchange_fail(e, "a challenge, which EXTERNAL has not");
	buf_adds(response, e->user);
	return 0;
}

struct mechanism {
	uint64_t bit;
	const char *name;
	bool speaks_first;
	/* As scram.h has it. */
	int (*respond)(struct exchange *, const struct buf *challenge,
	    struct buf *response);
};

/*
 * Strongest first: what never shows the password comes before what does, and
 * of that, what cannot be used by somebody in between comes first.
 */
static const struct mechanism mechanisms[] = {
	{ AUTH_EXTERNAL, "EXTERNAL", true, external },
	{ AUTH_SCRAM_SHA_256_PLUS, "SCRAM-SHA-256-PLUS", true,
	    scram_sha_256 },
	{ AUTH_SCRAM_SHA_1_PLUS, "SCRAM-SHA-1-PLUS", true, scram_sha_1 },
	{ AUTH_SCRAM_SHA_256, "SCRAM-SHA-256", true, scram_sha_256 },
	{ AUTH_SCRAM_SHA_1, "SCRAM-SHA-1", true, scram_sha_1 },
	{ AUTH_CRAM_MD5, "CRAM-MD5", false, cram_md5 },
	{ AUTH_OAUTHBEARER, "OAUTHBEARER", true, oauth_bearer },
	{ AUTH_XOAUTH2, "XOAUTH2", true, oauth_xoauth2 },
	{ AUTH_PLAIN, "PLAIN", true, plain },
	{ AUTH_LOGIN, "LOGIN", false, login },
};
enum { NMECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

uint64_t
sasl_mechanism(const char *name, size_t len)
{
	for (size_t i = 0; i < NMECHANISMS; i++) {
		if (strlen(mechanisms[i].name) == len &&
		    strncasecmp(mechanisms[i].name, name, len) == 0)
			return mechanisms[i].bit;
	}
	return 0;
}

static const struct mechanism *
mechanism_of(uint64_t bit)
{
	const struct mechanism *m = mechanisms;

	while (m->bit != bit)
		m++;
	return m;
}

const char *
sasl_name(uint64_t mechanism)
{
	return mechanism_of(mechanism)->name;
}

/* The first of the table is the strongest. */
uint64_t
sasl_strongest(uint64_t set)
{
	for (size_t i = 0; i < NMECHANISMS; i++)
		if (mechanisms[i].bit & set)
			return mechanisms[i].bit;
	return 0;
}

bool
sasl_speaks_first(uint64_t mechanism)
{
	return mechanism_of(mechanism)->speaks_first;
}

/* Room for a response, so that it leaves no copies while it grows. */
static size_t
room(const struct exchange *e)
{
	size_t secret = e->secret != NULL ? strlen(e->secret) : 0;

	return 3 * strlen(e->user) + secret + strlen(e->host) + 512;
}

int
sasl_respond(uint64_t mechanism, struct exchange *e, const char *challenge,
    struct buf *response)
{
	struct buf asked = { 0 }, answer = { 0 };
	int result;

	if (mechanism != AUTH_LOGIN &&
	    base64_decode(challenge, strlen(challenge), &asked) == -1)
		result = exchange_fail(e, "a challenge is not base 64");
	else {
		buf_reserve(&answer, room(e));
		result = mechanism_of(mechanism)->respond(e, &asked, &answer);
	}
	if (result == 0) {
		buf_reserve(response, 2 * answer.len + 4);
		buf_grew(response, 0);
		base64_encode(answer.data, answer.len, response);
		e->step++;
	}
	buf_free(&asked);
	buf_free(&answer);
	return result;
}
