#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/import/dma.h"
#include "ctl/import/importcheck.h"
#include "ctl/import/imported.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

static const struct old_case cases[] = {
	{ {
		{ "/etc/dma/dma.conf",
		  "# x\n"
		  "SMARTHOST smtp.example.com\n"
		  "PORT 587\n"
		  "AUTHPATH /etc/dma/auth.conf\n"
		  "SECURETRANSFER\n"
		  "STARTTLS\n"
		  "MAILNAME web.example.com # y\n"
		  "NULLCLIENT\n" },
		{ "/etc/dma/auth.conf",
		  "# x\n"
		  "you|other:p\n"
		  "me@example.com|smtp.example.com:pass:word |x\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me@example.com\n"
	  "aliases /dev/null\n"
	  "lost auth.conf:2\n"
	  "note dma.conf:6\n"
	  "lost dma.conf:7\n"
	  "password pass:word |x\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST localhost\n"
		  "NULLCLIENT\n"
		  "AUTHPATH /etc/dma/auth.conf\n"
		  "SECURETRANSFER\n"
		  "PORT 465\n"
		  "MAILNAME web.example.com\n" },
		{ "/etc/dma/auth.conf",
		  "bad line\n"
		  "me|localhost p\n" },
	  },
	  "relay smtps://localhost:465\n"
	  "user me\n"
	  "domain web.example.com\n"
	  "helo web.example.com\n"
	  "aliases /dev/null\n"
	  "lost auth.conf:1\n"
	  "note dma.conf:4\n"
	  "password p\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST localhost\n"
		  "NULLCLIENT\n"
		  "AUTHPATH /etc/dma/auth.conf\n"
		  "SECURETRANSFER\n"
		  "STARTTLS\n"
		  "OPPORTUNISTIC_TLS\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls opportunistic\n"
	  "aliases /dev/null\n"
	  "note dma.conf:5\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST localhost\n"
		  "NULLCLIENT\n"
		  "AUTHPATH /etc/dma/auth.conf\n"
		  "SECURETRANSFER\n"
		  "FINGERPRINT "
		  "ababababababababababababababababababababababababababab"
		  "ababababab\n"
		  "CERTFILE /c.pem\n" },
	  },
	  "relay smtps://localhost:25\n"
	  "tls-fingerprint "
	  "SHA256:abababababababababababababababababababababababa"
	  "babababababababab\n"
	  "tls-cert-file /c.pem\n"
	  "tls-key-file /c.pem\n"
	  "aliases /dev/null\n"
	  "note dma.conf:6\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST localhost\n"
		  "NULLCLIENT\n"
		  "AUTHPATH /etc/dma/auth.conf\n"
		  "FINGERPRINT "
		  "ababababababababababababababababababababababababababab"
		  "ababababab\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "aliases /dev/null\n"
	  "lost dma.conf:4\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST h.example\n"
		  "NULLCLIENT\n"
		  "INSECURE\n"
		  "AUTHPATH /etc/dma/auth.conf\n"
		  "MASQUERADE ops@\n"
		  "MAILNAME /etc/mailname\n" },
		{ "/etc/mailname",
		  "web.example.com\n" },
		{ "/etc/dma/auth.conf",
		  "u|h.example:p\n" },
	  },
	  "relay smtp://h.example:25\n"
	  "tls opportunistic\n"
	  "user u\n"
	  "envelope-from ops@web.example.com\n"
	  "aliases /dev/null\n"
	  "note dma.conf:1\n"
	  "password p\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST localhost\n"
		  "MASQUERADE example.com\n"
		  "ALIASES /etc/mail/aliases\n"
		  "MAILNAME /etc/name\n"
		  "DEFER\n"
		  "BOGUS x\n"
		  "SPOOLDIR /x\n" },
		{ "/etc/mail/aliases",
		  "root: a\n"
		  "* : ops@example.com\n" },
		{ "/etc/name",
		  "n.example\r\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain example.com\n"
	  "helo n.example\n"
	  "aliases /etc/mail/aliases\n"
	  "admin ops@example.com\n"
	  "lost dma.conf:5\n"
	  "lost dma.conf:6\n"
	  "lost dma.conf:7\n"
	  "note dma.conf:1\n"
	  "note dma.conf:2\n"
	  "note dma.conf:1\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "SMARTHOST localhost\n"
		  "NULLCLIENT\n"
		  "MASQUERADE me@example.com\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "envelope-from me@example.com\n"
	  "aliases /dev/null\n"
	  "note dma.conf:1\n" },
	{ {
		{ "/etc/dma/dma.conf",
		  "NULLCLIENT\n"
		  "MASQUERADE ops@\n" },
	  },
	  "envelope-from ops@host.example.com\n"
	  "aliases /dev/null\n"
	  "lost dma.conf\n" },
};

static void
test_cases(void **state)
{
	static const char *const files[2] = { "/etc/dma/dma.conf", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_old_case(&cases[i], files, dma_import);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
