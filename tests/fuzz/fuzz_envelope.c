#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

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
	assert(e.size >= 0 && e.nrecipients > 0);
	assert(e.sender[0] == '\0' ||
	    address_check(e.sender, strlen(e.sender)) == NULL);
	for (size_t i = 0; i < e.nrecipients; i++)
		assert(address_check(e.recipients[i].address,
		    strlen(e.recipients[i].address)) == NULL);
	assert(envelope_count(&e, RECIPIENT_DUE) +
	    envelope_count(&e, RECIPIENT_DELIVERED) +
	    envelope_count(&e, RECIPIENT_FAILED) == e.nrecipients);
	(void)envelope_crc(&e, text);
	len = (size_t)e.length;
	assert(envelope_decode(&same, text, len - 1, &error) == 1);
	envelope_encode(&e, &once);
	assert(envelope_decode(&same, once.data, once.len, &error) == 0);
	assert(same.uid == e.uid && same.size == e.size && same.crc == e.crc);
	assert(same.nrecipients == e.nrecipients);
	envelope_encode(&same, &twice);
	assert(twice.len == once.len && strcmp(twice.data, once.data) == 0);
	envelope_free(&e);
	envelope_free(&same);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
