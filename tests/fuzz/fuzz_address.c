#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is given as canonical reads as one address and as the same one. */
static void
check_spec(const struct address *a, const struct buf *spec)
{
	const char *end = spec->data + spec->len;
	struct buf again = { 0 };
	struct address b;
	const char *p;

	assert(strlen(spec->data) == spec->len);
	assert((address_check(spec->data, spec->len) == NULL) ==
	    a->qualified);
	p = address_next(spec->data, end, &b, &again);
	assert(p == end && b.error == NULL && !b.bracketed);
	assert(b.qualified == a->qualified && b.namelen == 0);
	assert(b.start == spec->data && b.end == end);
	assert(a->qualified ? *b.local_end == '@' : b.local_end == end);
	assert(strcmp(again.data, spec->data) == 0);
	assert(address_next(p, end, &b, &again) == NULL);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data;
	const char *end = p + len;
	const char *before = p;
	struct buf spec = { 0 };
	struct address a;

	if (address_check(p, len) == NULL)
		assert(memchr(p, '\0', len) == NULL && len <= ADDRESS_MAX);
	while ((p = address_next(p, end, &a, &spec)) != NULL) {
		assert(a.start >= before && a.start < a.end);
		assert(a.end <= p && p <= end);
		assert(a.error == NULL || spec.len == 0);
		if (a.namelen > 0)
			assert(a.name >= a.start && a.name[a.namelen] != '\0');
		if (a.error == NULL)
			assert(a.local_end > a.start && a.local_end <= a.end);
		if (spec.len > 0)
			check_spec(&a, &spec);
		else
			assert(a.error != NULL || a.bracketed);
		before = p;
	}
	buf_free(&spec);
	return 0;
}
