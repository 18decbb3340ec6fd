#include <config.h>

#include <sys/socket.h>

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/addresses.h"

/* Addresses in order of preference, and the order in which to try them. */
static const struct {
	const char *list;
	int family;
	const char *first;
	const char *order;
} rows[] = {
	{ "192.0.2.1", AF_UNSPEC, NULL, "192.0.2.1 " },
	{ "192.0.2.1 192.0.2.2 192.0.2.3", AF_UNSPEC, NULL,
	  "192.0.2.1 192.0.2.2 192.0.2.3 " },
	{ "2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.1 192.0.2.2",
	  AF_UNSPEC, NULL,
	  "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 2001:db8::3 " },
	{ "192.0.2.1 192.0.2.2 2001:db8::1", AF_UNSPEC, NULL,
	  "192.0.2.1 2001:db8::1 192.0.2.2 " },
	{ "192.0.2.1 2001:db8::1 192.0.2.2", AF_UNSPEC, NULL,
	  "192.0.2.1 2001:db8::1 192.0.2.2 " },
	/* What worked before. */
	{ "2001:db8::1 2001:db8::2 192.0.2.1", AF_UNSPEC, "192.0.2.1",
	  "192.0.2.1 2001:db8::1 2001:db8::2 " },
	{ "2001:db8::1 2001:db8::2 192.0.2.1", AF_UNSPEC, "2001:db8::2",
	  "2001:db8::2 2001:db8::1 192.0.2.1 " },
	{ "2001:db8::1 192.0.2.1", AF_UNSPEC, "2001:db8::1",
	  "2001:db8::1 192.0.2.1 " },
	{ "2001:db8::1 192.0.2.1", AF_UNSPEC, "192.0.2.9",
	  "2001:db8::1 192.0.2.1 " },
	{ "2001:db8::1 192.0.2.1", AF_UNSPEC, "", "2001:db8::1 192.0.2.1 " },
	/* One family only. */
	{ "2001:db8::1 192.0.2.1 192.0.2.2", AF_INET, NULL,
	  "192.0.2.1 192.0.2.2 " },
	{ "2001:db8::1 192.0.2.1 2001:db8::2", AF_INET6, NULL,
	  "2001:db8::1 2001:db8::2 " },
	{ "2001:db8::1 192.0.2.1", AF_INET, "2001:db8::1", "192.0.2.1 " },
	{ "2001:db8::1 2001:db8::2", AF_INET, NULL, "" },
	{ "192.0.2.1", AF_INET6, NULL, "" },
};

/* Makes a list as getaddrinfo gives it. */
static struct addrinfo *
make_list(const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *word;
	struct addrinfo *list = NULL, **end = &list;
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};

	while ((word = strsep(&rest, " ")) != NULL) {
		assert_int_equal(getaddrinfo(word, "465", &hints, end), 0);
		end = &(*end)->ai_next;
	}
	free(copy);
	return list;
}

static void
test_rows(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addrinfo *list = make_list(rows[i].list);
		const struct addrinfo **order;
		size_t n = addresses_order(list, rows[i].family,
		    rows[i].first, &order);

		buf_clear(&out);
		buf_adds(&out, "");
		for (size_t k = 0; k < n; k++) {
			addresses_print(order[k], &out);
			buf_addc(&out, ' ');
		}
		assert_string_equal(out.data, rows[i].order);
		free(order);
		freeaddrinfo(list);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
