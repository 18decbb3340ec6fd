#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/import/esmtp.h"
#include "ctl/import/importcheck.h"
#include "ctl/import/imported.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

static const struct old_case cases[] = {
	{ {
		{ "/etc/esmtprc",
		  "hostname = smtp.example.com:587\n"
		  "username = \"me\" # x\n"
		  "password = 'a \"b#c'\n"
		  "starttls=required\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me\n"
	  "lost esmtprc:4\n"
	  "password a \"b#c\n" },
	{ {
		{ "/etc/esmtprc",
		  "hostname localhost\n"
		  "username\n"
		  "=\n"
		  "me password a\\x41\\066\\\"b\\\\#c\n" },
	  },
	  "relay smtp://localhost:587\n"
	  "tls none\n"
	  "user me\n"
	  "password aAB\"b\\#c\n" },
	{ {
		{ "/etc/esmtprc",
		  "hostname=smtp.example.com:smtp starttls=enabled "
		  "helo=my.example qualifydomain = example.com\n" },
	  },
	  "relay smtp://smtp.example.com:25\n"
	  "tls opportunistic\n"
	  "helo my.example\n"
	  "domain example.com\n"
	  "note esmtprc:1\n"
	  "lost esmtprc:1\n" },
	{ {
		{ "/etc/esmtprc",
		  "mda = \"x %T\"\n"
		  "identity = a@b.example\n"
		  "hostname = localhost:25\n"
		  "identity c@d.example\n"
		  "hostname = other:25\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "envelope-from a@b.example\n"
	  "lost esmtprc:1\n"
	  "lost esmtprc:4\n" },
	{ {
		{ "/etc/esmtprc",
		  "hostname = localhost:25\n"
		  "identity a@b.example\n"
		  "hostname = other:25\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "lost esmtprc:2\n" },
	{ {
		{ "/etc/esmtprc",
		  "identity a@b.example\n"
		  "hostname x:1\n"
		  "identity c@d.example\n"
		  "hostname = localhost:25\n"
		  "default\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "envelope-from c@d.example\n"
	  "lost esmtprc:3\n" },
	{ {
		{ "/etc/esmtprc",
		  "hostname localhost:25\n"
		  "force reverse_path %u@example.com\n"
		  "force sender = a@b.example\n"
		  "message_id=disabled preconnect=\"ssh x\" bogus=x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain example.com\n"
	  "lost esmtprc:4\n"
	  "lost esmtprc:4\n"
	  "lost esmtprc:4\n"
	  "note esmtprc:2\n"
	  "lost esmtprc:3\n" },
	{ {
		{ "/etc/esmtprc",
		  "hostname localhost:25\n"
		  "force reverse_path me@example.com\n"
		  "username" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "envelope-from me@example.com\n"
	  "lost esmtprc:3\n" },
	{ {
		{ "/etc/esmtprc",
		  "hostname = \"localhost:nosuchport\"\n" },
	  },
	  "tls none\n"
	  "lost esmtprc:1\n" },
	{ {
	  },
	  "lost esmtprc\n" },
};

static void
test_cases(void **state)
{
	static const char *const files[2] = { "/etc/esmtprc", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_old_case(&cases[i], files, esmtp_import);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
