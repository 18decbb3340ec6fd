#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/import/importcheck.h"
#include "ctl/import/imported.h"
#include "ctl/import/nullmailer.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

static const struct old_case cases[] = {
	/* As nullmailer's own program for the protocol gets them. */
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost smtp \"us\"er=x\"y\"'z' pass='my \\n \"x'\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "user xyz\n"
	  "password my \\n \"x\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost smtp user=u --pass=\"$x \\$\\y\"a'b c' d\\\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "user u\n"
	  "lost remotes:1\n"
	  "password $x $yab c\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "# x\n"
		  "\n"
		  "smtp.example.com smtp port=587 starttls "
		  "user=me@example.com pass='my pass phrase'\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me@example.com\n"
	  "password my pass phrase\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "smtp.example.com smtp --tls --user=a\\ b "
		  "--pass=\"a\\\"b\\\\c d\"\\ e --auth-login\n" },
	  },
	  "relay smtps://smtp.example.com:465\n"
	  "auth LOGIN\n"
	  "lost remotes:1\n"
	  "password a\"b\\c d e\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "smtp.example.com\n"
		  "other.example\n" },
	  },
	  "relay smtp://smtp.example.com:25\n"
	  "tls none\n"
	  "note remotes:1\n"
	  "lost remotes:2\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "h qmqp\n"
		  "h smtp ssl insecure x509cafile=/ca source=192.0.2.1 "
		  "bogus=secret\n" },
	  },
	  "relay smtps://h:465\n"
	  "tls-ca-file /ca\n"
	  "source-address 192.0.2.1\n"
	  "lost remotes:1\n"
	  "lost remotes:2\n"
	  "note remotes:2\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "h smtp starttls insecure tls-anon-auth "
		  "x509certfile=/c x509keyfile=/k x509crlfile=/l "
		  "x509fmtder\n" },
	  },
	  "relay smtp://h:25\n"
	  "tls opportunistic\n"
	  "tls-cert-file /c\n"
	  "tls-key-file /k\n"
	  "lost remotes:1\n"
	  "lost remotes:1\n"
	  "note remotes:1\n"
	  "note remotes:1\n"
	  "lost remotes:1\n" },
	{ {
	  },
	  "lost remotes\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost\n" },
		{ "/etc/nullmailer/adminaddr",
		  " ops@example.com \n"
		  "x\n" },
		{ "/etc/nullmailer/defaulthost",
		  "web\n" },
		{ "/etc/nullmailer/defaultdomain",
		  "example.com\n" },
		{ "/etc/nullmailer/pausetime",
		  "36000\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain web.example.com\n"
	  "admin ops@example.com\n"
	  "retry-min 36000\n"
	  "retry-max 36000\n"
	  "note adminaddr:1\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost\n" },
		{ "/etc/nullmailer/adminaddr",
		  "a@example.com,b@example.com" },
		{ "/etc/nullmailer/defaultdomain",
		  "example.com\n" },
		{ "/etc/nullmailer/helohost",
		  "my.example\n" },
		{ "/etc/nullmailer/allmailfrom",
		  "me@example.com\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "envelope-from me@example.com\n"
	  "helo my.example\n"
	  "lost defaultdomain:1\n"
	  "lost adminaddr:1\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost\n" },
		{ "/etc/nullmailer/me",
		  "web.example.com\n" },
		{ "/etc/nullmailer/maxpause",
		  "60\n" },
		{ "/etc/nullmailer/queuelifetime",
		  "86400\n" },
		{ "/etc/nullmailer/sendtimeout",
		  "9\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain web.example.com\n"
	  "retry-max 60\n"
	  "lifetime 86400\n"
	  "retry-min 60\n"
	  "lost sendtimeout:1\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost\n" },
		{ "/etc/nullmailer/idhost",
		  "x\n" },
		{ "/etc/nullmailer/bounceto",
		  "x\n" },
		{ "/etc/nullmailer/pausetime",
		  "0\n" },
		{ "/etc/nullmailer/bouncelines",
		  "\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "lost pausetime:1\n"
	  "lost idhost:1\n"
	  "lost bounceto:1\n" },
	{ {
		{ "/etc/nullmailer/remotes",
		  "localhost\n" },
		{ "/etc/nullmailer/pausetime",
		  "500\n" },
		{ "/etc/nullmailer/maxpause",
		  "400\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "retry-min 500\n"
	  "retry-max 500\n"
	  "lost maxpause:1\n" },
};

static void
test_cases(void **state)
{
	static const char *const files[2] = { "/etc/nullmailer", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_old_case(&cases[i], files, nullmailer_import);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
