#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
assert_same_text(const char *one, const char *other)
{
	assert((one == NULL) == (other == NULL));
	assert(one == NULL || strcmp(one, other) == 0);
}

static void
assert_same(const struct envelope *e, const struct envelope *same)
{
	assert(same->uid == e->uid && same->size == e->size);
	assert(same->crc == e->crc && same->ret == e->ret);
	assert(same->require_tls == e->require_tls);
	assert(strcmp(same->sender, e->sender) == 0);
	assert_same_text(same->envid, e->envid);
	assert(same->nrecipients == e->nrecipients);
	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipients[i];
		const struct recipient *s = &same->recipients[i];

		assert(strcmp(r->address, s->address) == 0);
		assert(r->notify == s->notify && r->told == s->told);
		assert_same_text(r->orcpt, s->orcpt);
	}
}

static void
check(const struct envelope *e)
{
	assert(e->size >= 0 && e->nrecipients > 0 && e->ret <= DSN_RET_HDRS);
	assert(e->sender[0] == '\0' ||
	    address_check(e->sender, strlen(e->sender)) == NULL);
	assert(e->envid == NULL ||
	    dsn_check_envid(e->envid, strlen(e->envid)) == NULL);
	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipients[i];

		assert(address_check(r->address, strlen(r->address)) == NULL);
		assert(r->orcpt == NULL ||
		    dsn_check_orcpt(r->orcpt, strlen(r->orcpt)) == NULL);
	}
}

/* An envelope that is accepted says the same when it is written again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	const char *error = NULL;
	struct envelope e, same;
	struct buf once = { 0 }, twice = { 0 };

	if (envelope_decode(&e, text, len, &error) != 0)
		return 0;
	assert(e.length > ENVELOPE_SEAL && (size_t)e.length <= len);
	check(&e);
	assert(envelope_count(&e, RECIPIENT_DUE) +
	    envelope_count(&e, RECIPIENT_DELIVERED) +
	    envelope_count(&e, RECIPIENT_FAILED) == e.nrecipients);
	(void)envelope_crc(&e, text);
	len = (size_t)e.length;
	assert(envelope_decode(&same, text, len - 1, &error) == 1);
	envelope_encode(&e, &once);
	assert(envelope_decode(&same, once.data, once.len, &error) == 0);
	assert_same(&e, &same);
	envelope_encode(&same, &twice);
	assert(twice.len == once.len && strcmp(twice.data, once.data) == 0);
	envelope_free(&e);
	envelope_free(&same);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
