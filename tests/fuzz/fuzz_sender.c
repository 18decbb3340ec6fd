#include <config.h>

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xmalloc.h"
#include "mail/address.h"
#include "mail/sender.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * A pattern that is an address matches it; one without "*" and "?" matches
 * nothing else.
 */
static void
check_rule(const struct sender_rule *r)
{
	char *pattern = xstrndup(r->pattern, r->patternlen);
	char *address = xstrndup(r->address, r->addresslen);
	bool whole = address_check(pattern, r->patternlen) == NULL;

	assert(address_check(r->address, r->addresslen) == NULL);
	assert(memchr(r->pattern, '\n', r->patternlen) == NULL);
	if (whole)
		assert(sender_rule_matches(r, pattern, false));
	if (strpbrk(pattern, "*?") == NULL &&
	    sender_rule_matches(r, address, false))
		assert(pattern[0] == '@' ||
		    strcasecmp(pattern, address) == 0);
	free(pattern);
	free(address);
}

/* The first line is a sender, the rest is the table. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len, *before;
	const char *newline = len > 0 ? memchr(p, '\n', len) : NULL;
	size_t first = newline != NULL ? (size_t)(newline - p) : len;
	char *sender = xstrndup(len > 0 ? p : "", first);
	struct sender_rule r = { 0 };
	unsigned line = 0;

	p += first;
	for (before = p; (p = sender_rule_next(p, end, &r)) != NULL;
	    before = p) {
		assert(p > before && p <= end && r.line > line);
		assert(r.pattern >= before && r.patternlen > 0);
		assert(r.pattern + r.patternlen <= p);
		line = r.line;
		if (r.error != NULL)
			continue;
		check_rule(&r);
		if (*sender != '\0')
			(void)sender_rule_matches(&r, sender, true);
	}
	free(sender);
	return 0;
}
