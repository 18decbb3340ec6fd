#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/hostname.h"

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{ "localhost", true },
	{ "a", true },
	{ "mail.example.com", true },
	{ "MAIL-1.example.com", true },
	{ "my_host", true },
	{ "192.0.2.1", true },
	{ "b\303\274cher.example", true },
	{ "", false },
	{ ".", false },
	{ ".a", false },
	{ "a.", false },
	{ "a..b", false },
	{ "a b", false },
	{ "a\n", false },
	{ "a\r\nMAIL", false },
	{ "a\177", false },
	{ "a\302\205b", false },
	{ "a\342\200\250b", false },
	{ "a\303", false },
	{ "a\377.example", false },
	{ "a@b", false },
	{ "a:25", false },
	{ "[::1]", false },
	{ "a/b", false },
	{ "(none)", false },
};

static void
test_valid(void **state)
{
	char name[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hostname_valid(names[i].name, strlen(names[i].name)) !=
		    names[i].valid)
			fail_msg("\"%s\"", names[i].name);
	memset(name, 'a', sizeof(name));
	assert_true(hostname_valid(name, 255));
	assert_false(hostname_valid(name, 256));
	/* The length counts, and a NUL is no part of a name. */
	assert_true(hostname_valid("a.b.", 3));
	assert_false(hostname_valid("a\0b", 3));
}

static const struct {
	const char *text;
	const char *found;	/* for "web1"; NULL: nothing */
} hosts[] = {
	{ "", NULL },
	{ "\n", NULL },
	{ "127.0.1.1 web1.example.com web1\n", "web1.example.com" },
	{ "127.0.1.1\tweb1\tweb1.example.com", "web1.example.com" },
	{ "127.0.1.1 WEB1 web1.example.com\r\n", "web1.example.com" },
	{ "127.0.0.1 localhost\n\n# x\n::1 a.b web1 c.d\n", "a.b" },
	{ "127.0.1.1 web1\n", NULL },
	{ "127.0.1.1 web1\n127.0.1.2 web1.example.com web1\n",
	  "web1.example.com" },
	{ "127.0.1.1 web1\n127.0.1.2 web2.example.com\n", NULL },
	{ "127.0.1.1 web1.example.com\n", NULL },
	{ "127.0.1.1 web11 web11.example.com\n", NULL },
	{ "127.0.1.1 web web.example.com\n", NULL },
	{ "web1 web.example.com\n", NULL },	/* is the address */
	{ "#127.0.1.1 web1.example.com web1\n", NULL },
	{ "127.0.1.1 web1 # web1.example.com\n", NULL },
	{ "127.0.1.1 web1 #web1.example.com\n", NULL },
	{ "127.0.1.1 web1.example.com # web1\n", NULL },
	{ "127.0.1.1 web1.example.com web1#\n", "web1.example.com" },
	{ "127.0.1.1", NULL },
	{ " 127.0.1.1  web1\tweb1.example.com ", "web1.example.com" },
};

static void
test_hosts(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		const char *want = hosts[i].found;
		int result;

		buf_clear(&out);
		buf_adds(&out, "=");
		result = hostname_in_hosts(hosts[i].text, "web1", &out);
		if (result != (want != NULL ? 0 : -1) ||
		    strcmp(out.data + 1, want != NULL ? want : "") != 0)
			fail_msg("%s: %d %s", hosts[i].text, result, out.data);
	}
	buf_free(&out);
}

/* Whatever this host is called, it has a name that will do. */
static void
test_here(void **state)
{
	struct buf fqdn = { 0 }, domain = { 0 };

	(void)state;
	buf_adds(&fqdn, "@");
	hostname_fqdn(&fqdn);
	assert_int_equal(fqdn.data[0], '@');
	assert_true(hostname_valid(fqdn.data + 1, fqdn.len - 1));
	assert_int_equal(strlen(fqdn.data), fqdn.len);
	hostname_domain(NULL, fqdn.data + 1, &domain);
	assert_true(hostname_valid(domain.data, domain.len));
	buf_clear(&domain);
	hostname_domain("example.com", "h", &domain);
	assert_string_equal(domain.data, "example.com");
	buf_free(&fqdn);
	buf_free(&domain);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
