#include <config.h>

#include "smtp/scram.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"
#include "base/xmalloc.h"
#include "smtp/base64.h"
#include "smtp/digest.h"
#include "smtp/exchange.h"
#include "smtp/gs2.h"

enum {
	/*
	 * RFC 5802, 5.1 asks for at least 4096: less would let who plays the
	 * smarthost guess passwords from our proof too fast.
	 */
	ITERATIONS_MIN = 4096,
	/* Some seconds of work; who asks for more wants to keep us busy. */
	ITERATIONS_MAX = 10 * 1000 * 1000,
};

_Static_assert(sizeof(((struct exchange *)0)->signature) == DIGEST_MAX,
    "the signature of the smarthost is a digest");

/* What server-first-message says; text belongs to the challenge. */
struct salting {
	const char *nonce;
	size_t nonce_len;
	struct buf salt;
	uint64_t iterations;
};

/*
 * Takes the attribute of this name, "x=value", from the front of a message,
 * and the comma after it.  0, or -1 when something else stands there.
 */
static int
take(const char **p, char name, const char **value, size_t *len)
{
	if ((*p)[0] != name || (*p)[1] != '=')
		return -1;
	*value = *p + 2;
	*len = strcspn(*value, ",");
	*p = *value + *len;
	if (**p == ',')
		++*p;
	return 0;
}

/* server-error: it is noted, and answered for the reply that follows it. */
static bool
is_refused(struct exchange *e, const char *text)
{
	const char *value;
	size_t len;

	if (take(&text, 'e', &value, &len) == -1)
		return false;
	exchange_refused(e, value, len);
	return true;
}

static int
client_first(struct exchange *e, struct buf *response)
{
	struct buf bare = { 0 };

	buf_adds(&bare, "n=");
	gs2_name(e->user, &bare);
	buf_printf(&bare, ",r=%s", e->nonce);
	e->first = xstrndup(bare.data, bare.len);
	gs2_header(e, NULL, response);
	buf_add(response, bare.data, bare.len);
	buf_free(&bare);
	e->unproved = true;
	return 0;
}

/* RFC 5802, 5.1: the nonce goes on from ours.  0 or -1. */
static int
parse_server_first(const struct exchange *e, const char *p,
    struct salting *s)
{
	size_t ours = strlen(e->nonce), len;
	const char *value;

	if (take(&p, 'r', &s->nonce, &s->nonce_len) == -1 ||
	    s->nonce_len <= ours || strncmp(s->nonce, e->nonce, ours) != 0)
		return -1;
	if (take(&p, 's', &value, &len) == -1 || len == 0 ||
	    base64_decode(value, len, &s->salt) == -1)
		return -1;
	if (take(&p, 'i', &value, &len) == -1)
		return -1;
	return number_parse(value, len, 10, UINT64_MAX, &s->iterations);
}

/* client-final-message-without-proof. */
static void
write_final(const struct exchange *e, const struct salting *s,
    struct buf *out)
{
	struct buf bound = { 0 };

	gs2_header(e, NULL, &bound);
	if (e->binding != NULL)
		buf_add(&bound, e->binding_data, e->binding_len);
	buf_adds(out, "c=");
	base64_encode(bound.data, bound.len, out);
	buf_adds(out, ",r=");
	buf_add(out, s->nonce, s->nonce_len);
	buf_free(&bound);
}

/*
 * RFC 5802, section 3: the proof for the smarthost, and the signature that
 * it has to give in return.  0 or -1.
 */
static int
prove(struct exchange *e, enum digest d, const struct salting *s,
    const struct buf *message, unsigned char *proof)
{
	size_t size = digest_size(d);
	struct {
		unsigned char salted[DIGEST_MAX], client[DIGEST_MAX];
		unsigned char stored[DIGEST_MAX], server[DIGEST_MAX];
	} key = { { 0 }, { 0 }, { 0 }, { 0 } };
	int result = -1;

	if (digest_stretch(d, e->secret, s->salt.data, s->salt.len,
	    (unsigned)s->iterations, key.salted) == 0 &&
	    digest_hmac(d, key.salted, size, "Client Key", 10,
	    key.client) == 0 &&
	    digest_hash(d, key.client, size, key.stored) == 0 &&
	    digest_hmac(d, key.stored, size, message->data, message->len,
	    proof) == 0 &&
	    digest_hmac(d, key.salted, size, "Server Key", 10,
	    key.server) == 0 &&
	    digest_hmac(d, key.server, size, message->data, message->len,
	    e->signature) == 0)
		result = 0;
	for (size_t i = 0; i < size; i++)
		proof[i] ^= key.client[i];
	explicit_bzero(&key, sizeof(key));
	return result;
}

static int
client_final(struct exchange *e, enum digest d, const char *challenge,
    const struct salting *s, struct buf *response)
{
	unsigned char proof[DIGEST_MAX] = { 0 };
	struct buf message = { 0 };
	size_t start = response->len;
	int result;

	write_final(e, s, response);
	buf_printf(&message, "%s,%s,", e->first, challenge);
	buf_add(&message, response->data + start, response->len - start);
	result = prove(e, d, s, &message, proof);
	buf_adds(response, ",p=");
	base64_encode(proof, digest_size(d), response);
	explicit_bzero(proof, sizeof(proof));
	buf_free(&message);
	return result == 0 ? 0 :
	    exchange_fail(e, "OpenSSL does not have what SCRAM needs");
}

static int
answer_first(struct exchange *e, enum digest d, const char *challenge,
    struct buf *response)
{
	struct salting s = { 0 };
	int result;

	if (parse_server_first(e, challenge, &s) == -1)
		result = exchange_fail(e,
		    "its first message of SCRAM is malformed");
	else if (s.iterations < ITERATIONS_MIN)
		result = exchange_fail(e,
		    "it asks for less than 4096 iterations");
	else if (s.iterations > ITERATIONS_MAX)
		result = exchange_fail(e,
		    "it asks for more than 10000000 iterations");
	else
		result = client_final(e, d, challenge, &s, response);
	buf_free(&s.salt);
	return result;
}

static int
verify(struct exchange *e, enum digest d, const char *p)
{
	struct buf given = { 0 };
	const char *value;
	size_t len;

	if (take(&p, 'v', &value, &len) == -1 ||
	    base64_decode(value, len, &given) == -1)
		exchange_fail(e, "its last message of SCRAM is malformed");
	else if (given.len != digest_size(d) ||
	    !digest_equal(given.data, e->signature, given.len))
		exchange_fail(e, "the smarthost did not prove that it knows "
		    "the password: somebody may be in between");
	else
		e->unproved = false;
	buf_free(&given);
	return e->unproved ? -1 : 0;
}

static int
respond(struct exchange *e, enum digest d, const struct buf *challenge,
    struct buf *response)
{
	const char *text = challenge->len > 0 ? challenge->data : "";

	if (strlen(text) != challenge->len)
		return exchange_fail(e, "a NUL in a message of SCRAM");
	if (e->step > 2 || (e->step > 0 && e->refusal[0] != '\0'))
		return exchange_fail(e, "a challenge after the end of SCRAM");
	if (e->step == 0)
		return text[0] == '\0' ? client_first(e, response) :
		    exchange_fail(e, "a challenge before SCRAM begins");
	if (is_refused(e, text))
		return 0;
	return e->step == 1 ? answer_first(e, d, text, response) :
	    verify(e, d, text);
}

int
scram_sha_1(struct exchange *e, const struct buf *challenge,
    struct buf *response)
{
	return respond(e, DIGEST_SHA_1, challenge, response);
}

int
scram_sha_256(struct exchange *e, const struct buf *challenge,
    struct buf *response)
{
	return respond(e, DIGEST_SHA_256, challenge, response);
}
